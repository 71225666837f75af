"""A case: the tumour as Condition, and its board as CareTeam."""

from typing import Any

from careplans.api.fhir.datatypes import Resource, day, extension, meta, note, ref, refs, slug
from careplans.api.fhir.terms.systems import (
    CASE_STATUS,
    DISCIPLINE,
    FACT_VALUES,
    NCIT_BY_SITE,
    NCIT_CARCINOMA,
    NCIT_NEOPLASM,
    ROLE,
    hl7,
    ncit_coding,
)
from careplans.models import Case, Proforma

ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
TAKEN_ON = (Case.Status.ACCEPTED, Case.Status.LISTED, Case.Status.DISCUSSED, Case.Status.IN_CARE)
_STAGED_BY = ("t_stage", "n_stage", "m_stage", "extent")


def condition(case: Case) -> Resource:
    """Its clinical status is told while the board has taken the case on, and follows the case: nobody records a remission. Who
    asserted the diagnosis nobody asks either: the recorder is told."""
    facts = case.proforma
    return {
        "resourceType": "Condition",
        "id": str(case.pk),
        "meta": case_meta(case),
        "extension": [
            extension("case-status", valueCoding=CASE_STATUS.coding(case.status)),
            extension("responsible", valueReference=ref("Practitioner", case.responsible_id)),
            {"url": ASSERTED, "valueDateTime": day(facts.diagnosed_on)} if facts.diagnosed_on else None,
        ],
        "clinicalStatus": hl7("condition-clinical", "active") if case.status in TAKEN_ON else None,
        "code": {"coding": [_neoplasm(facts)], "text": case.title},
        "bodySite": [FACT_VALUES["primary_site"].concept(facts.primary_site, facts.primary_site_detail)]
        if facts.is_recorded("primary_site")
        else [],
        "subject": ref("Patient", case.patient_id),
        "recordedDate": case.created_at.date().isoformat(),
        "recorder": ref("Practitioner", case.created_by_id),
        "stage": _stage(case, facts),
        "note": note(case.question),
    }


def case_meta(case: Case) -> dict[str, Any]:
    return meta(case.changed_at or case.updated_at, synthetic=case.is_synthetic)  # type: ignore[attr-defined]  # annotated


def _neoplasm(facts: Proforma) -> dict[str, Any]:
    """By site and grade, as far as a code was checked; else the code of any site."""
    if facts.grade == "NEC":
        return ncit_coding(*NCIT_CARCINOMA)
    return ncit_coding(*NCIT_BY_SITE.get(facts.primary_site, NCIT_NEOPLASM))


def _stage(case: Case, facts: Proforma) -> list[dict[str, Any]]:
    found = [name for name in _STAGED_BY if facts.is_recorded(name)]
    basis = FACT_VALUES["stage_basis"]
    if not found and not facts.stage_group:
        return []
    return [
        {
            "summary": {"text": facts.stage_group} if facts.stage_group else None,
            "assessment": refs("Observation", *(f"fact-{case.pk}-{slug(name)}" for name in found)),
            "type": basis.concept(facts.stage_basis) if facts.is_recorded("stage_basis") else None,
        }
    ]


def care_team(case: Case) -> Resource:
    """The board of the case: who answers for it, and who is on the board now."""
    members: list[Any] = list(case.members)  # type: ignore[attr-defined]  # hung by the loader
    return {
        "resourceType": "CareTeam",
        "id": str(case.pk),
        "meta": case_meta(case),
        "extension": [extension("case-status", valueCoding=CASE_STATUS.coding(case.status))],
        "status": "active" if case.is_open else "inactive",
        "subject": ref("Patient", case.patient_id),
        "participant": [
            {
                "role": [ROLE.concept(one.role), *([DISCIPLINE.concept(one.discipline)] if one.discipline else [])],
                "member": ref("Practitioner", one.user_id),
            }
            for one in members
        ],
        "reasonReference": [ref("Condition", case.pk)],
        "managingOrganization": [ref("Organization", f"board-{case.board_id}")],
    }

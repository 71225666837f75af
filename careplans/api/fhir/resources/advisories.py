from careplans.api.fhir.datatypes import Resource, extension, instant, meta, ref
from careplans.api.fhir.resources.in_error import status_under
from careplans.api.fhir.terms.systems import ADVISORY_STATE, ANSWER, CANONICAL
from careplans.models import Advisory

RULES = f"{CANONICAL}/CodeSystem/rule"
# Advisories never block: none of them is of high severity.
SEVERITY = {"warning": "moderate", "caution": "low", "info": "low"}


def detected_issue(row: Advisory) -> Resource:
    """A rule that fired on a plan, with the board's answer. Whether it still fires says the extension `advisory-state`."""
    return {
        "resourceType": "DetectedIssue",
        "id": str(row.pk),
        "meta": meta(row.changed_at or row.fired_at, synthetic=row.is_synthetic),  # type: ignore[attr-defined]  # annotated
        "extension": [
            extension("advisory-state", valueCoding=ADVISORY_STATE.coding(row.state)),
            extension("ended", valueDateTime=instant(row.ended_at)),
            extension("rule-basis", valueCode=row.basis),
            *(extension("rule-statement", valueCode=str(number)) for number in row.statements),
        ],
        "status": status_under(row.plan_status, "final"),  # type: ignore[attr-defined]  # annotated
        "code": {
            "coding": [{"system": RULES, "version": row.rule_set, "code": row.rule, "display": row.rule}],
            "text": row.advice,
        },
        "severity": SEVERITY[row.severity],
        "patient": ref("Patient", row.patient),  # type: ignore[attr-defined]  # annotated
        "identifiedDateTime": instant(row.fired_at),
        "implicated": [
            ref("CarePlan", row.plan_id),
            ref("ServiceRequest", f"step-{row.step_id}" if row.step_id else None),
        ],
        "detail": _detail(row),
        "mitigation": _answer(row),
    }


def _detail(row: Advisory) -> str:
    """The advice with what it says is listed: the factors that are missing, the grounds that are recorded."""
    listed = "; ".join(row.details)
    return f"{row.advice} {listed}." if listed else row.advice


def _answer(row: Advisory) -> list[dict[str, object]]:
    if not row.answer:
        return []
    words = "; ".join(filter(None, [row.note, row.citation]))
    return [
        {
            "action": ANSWER.concept(row.answer, words),
            "date": instant(row.answered_at),
            "author": ref("Practitioner", row.answered_by_id),
        }
    ]

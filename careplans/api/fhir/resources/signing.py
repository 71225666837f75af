"""Signatures: asked for as Tasks, given as Provenance of the content that they cover."""

from collections.abc import Iterator
from typing import Any

from careplans.api.fhir.datatypes import Resource, instant, meta, note, ref
from careplans.api.fhir.resources.care_plans import plan_meta
from careplans.api.fhir.resources.in_error import status_under
from careplans.api.fhir.terms.systems import ACT, CONTENT_HASH, DISCIPLINE, SIGNATURE_STATUS, hl7
from careplans.models import Plan, Signature

TASK_STATUS = {
    "pending": "requested", "delegated": "requested", "approved": "completed", "approved_with_comment": "completed",
    "dissented": "completed", "declined": "rejected", "void": "cancelled",
}  # fmt: skip


def tasks(plan: Plan) -> Iterator[Resource]:
    for row in plan.signatures.all():
        yield {
            "resourceType": "Task",
            "id": f"signature-{row.pk}",
            "meta": plan_meta(plan) if plan.status == Plan.Status.ENTERED_IN_ERROR else _meta(plan, row),
            "basedOn": [ref("CarePlan", plan.pk)],
            "status": status_under(plan.status, TASK_STATUS[row.status]),
            "businessStatus": SIGNATURE_STATUS.concept(row.status),
            "intent": "order",
            "code": ACT.concept("sign"),
            "focus": _version(plan, row.content_version),
            "for": ref("Patient", plan.case.patient_id),
            "authoredOn": instant(row.requested_at),
            "lastModified": instant(max(row.requested_at, row.signed_at or row.requested_at)),
            "requester": ref("Practitioner", plan.submitted_by_id),
            "performerType": [DISCIPLINE.concept(code) for code in row.disciplines],
            "owner": ref("Practitioner", row.signer_id or row.delegated_to_id),
            "reasonReference": ref("Condition", plan.case_id),
            "note": note(row.comment),
        }


def provenances(plan: Plan) -> Iterator[Resource]:
    """Of each answer that was given, also where a later change voided it, and of the release."""
    for row in plan.signatures.all():
        if row.signer_id is not None and row.signed_at is not None:
            yield _of_signature(plan, row)
    if plan.released_at is not None and plan.released_by_id is not None:
        yield {
            **_provenance(plan, plan.content_version, plan.content_hash),
            "id": f"release-{plan.pk}",
            "meta": plan_meta(plan),
            "recorded": instant(plan.released_at),
            "activity": ACT.concept("release"),
            "agent": [_agent("attester", plan.released_by_id, [])],
        }


def _of_signature(plan: Plan, row: Signature) -> Resource:
    role = [DISCIPLINE.concept(row.signed_discipline)] if row.signed_discipline else []
    return {
        **_provenance(plan, row.content_version, row.content_hash),
        "id": f"signature-{row.pk}",
        "meta": _meta(plan, row),
        "recorded": instant(row.signed_at),
        "activity": SIGNATURE_STATUS.concept(row.status),
        "agent": [_agent("verifier", row.signer_id, role)],
    }


def _provenance(plan: Plan, version: int, content: str) -> Resource:
    return {
        "resourceType": "Provenance",
        "target": [_version(plan, version)],
        "entity": [{"role": "source", "what": {"identifier": {"system": CONTENT_HASH, "value": content}}}],
    }


def _version(plan: Plan, version: int) -> dict[str, str]:
    """The content that was read and signed, which is a version of its own."""
    return {"reference": f"CarePlan/{plan.pk}/_history/{version}"}


def _agent(kind: str, person: int | None, role: list[Any]) -> dict[str, Any]:
    return {"type": hl7("provenance-participant-type", kind), "role": role, "who": ref("Practitioner", person)}


def _meta(plan: Plan, row: Signature) -> dict[str, Any]:
    """What is void became so when the plan changed: that moment is not kept with the answer."""
    at = row.signed_at if row.signed_at and row.status != Signature.Status.VOID else None
    return plan_meta(plan) if at is None else meta(at, synthetic=plan.is_synthetic)  # type: ignore[attr-defined]  # annotated

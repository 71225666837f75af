"""Steps and follow-ups as requests."""

from collections.abc import Iterator
from typing import Any

from careplans.api.fhir.datatypes import Resource, day, extension, instant, meta, note, period, ref, refs
from careplans.api.fhir.resources.activities import (
    code_of,
    depends,
    extensions_of,
    gate_has_failed,
    performers,
    reason_of,
    timing_of,
)
from careplans.api.fhir.resources.in_error import status_under
from careplans.api.fhir.terms.systems import FOLLOW_UP, FOLLOW_UP_STATUS, TARGET, modality
from careplans.models import FollowUp, Plan, Step
from careplans.models.schedules import Kind
from careplans.models.step_values import ModalityCode

STEP_REQUEST = {
    "proposed": "draft", "planned": "active", "in_progress": "active", "on_hold": "on-hold", "completed": "completed",
    "stopped": "revoked", "not_done": "revoked", "set_aside": "revoked",
}  # fmt: skip
FOLLOW_UP_REQUEST = {"planned": "active", "done": "completed", "did_not_attend": "revoked", "cancelled": "revoked"}
MEDICATION_STATUS = {
    "proposed": "draft", "planned": "active", "in_progress": "active", "on_hold": "on-hold", "completed": "completed",
    "stopped": "stopped", "not_done": "cancelled", "set_aside": "cancelled",
}  # fmt: skip
# What is given by mouth or by injection. Of the others the agent is part of a procedure.
MEDICATED = (ModalityCode.OSA, ModalityCode.CHEMO)


def step_requests(plan: Plan) -> Iterator[Resource]:
    for step in plan.steps.all():
        yield {
            **_head(plan, step, "ServiceRequest"),
            "extension": [*extensions_of(step)],
            "replaces": refs("ServiceRequest", f"step-{step.carried_from_id}" if step.carried_from_id else None),
            "status": _status(plan, step, STEP_REQUEST),
            "code": code_of(step),
            "occurrencePeriod": None if step.is_repeated else period(day(step.planned_start), day(step.planned_end)),
            "occurrenceTiming": timing_of(step) if step.is_repeated else None,
            "performer": performers(step),
            "bodySite": [TARGET.concept(step.target)] if step.target else [],
            "note": note(step.rationale, step.alternatives),
        }


def medication_requests(plan: Plan) -> Iterator[Resource]:
    """Where a step names an agent. The record holds no dose, and nobody prescribes here: it is a plan, and in words."""
    for step in plan.steps.all():
        if step.modality_code in MEDICATED and step.agent:
            yield {
                **_head(plan, step, "MedicationRequest"),
                "status": _status(plan, step, MEDICATION_STATUS),
                "statusReason": reason_of(step),
                "medicationCodeableConcept": modality(step.modality_code, step.agent),
                "note": note(step.rationale),
            }


def _status(plan: Plan, step: Step, table: dict[str, str]) -> str:
    """Of a plan that was a mistake every request is one; what went over to another plan is asked for there. What waits in vain is
    nobody's to start until somebody has decided: a program that knows no extension reads the status alone."""
    state = "set_aside" if step.carried_over_at is not None else step.status
    if state == Step.Status.PLANNED and gate_has_failed(step):
        state = Step.Status.ON_HOLD
    return status_under(plan.status, table[state])


def _head(plan: Plan, step: Step, kind: str) -> Resource:
    return {
        "resourceType": kind,
        "id": f"step-{step.pk}",
        "meta": meta(step.changed_at, synthetic=plan.is_synthetic),  # type: ignore[attr-defined]  # annotated
        "basedOn": [ref("CarePlan", plan.pk)],
        # Of those that come only if something does, FHIR says that the group tells when.
        "intent": "option" if depends(step) else "plan",
        "subject": ref("Patient", plan.case.patient_id),
        "authoredOn": instant(plan.created_at),
        "requester": ref("Practitioner", plan.created_by_id),
        "reasonReference": [ref("Condition", plan.case_id)],
    }


def follow_up_request(row: FollowUp) -> Resource:
    later = row.replaces_id
    return {
        "resourceType": "ServiceRequest",
        "id": f"followup-{row.pk}",
        "meta": follow_up_meta(row),
        "extension": [
            extension("follow-up-status", valueCoding=FOLLOW_UP_STATUS.coding(row.status)),
            extension("done-on", valueDate=day(row.done_on)),
            extension("first-agreed", valueDate=day(row.agreed_on)),
            extension("times-moved", valuePositiveInt=row.times_moved or None),
        ],
        "basedOn": [ref("CarePlan", row.plan_id)],
        "replaces": refs("ServiceRequest", f"followup-{later}" if later else None),
        "status": status_under(row.plan_status, FOLLOW_UP_REQUEST[row.status]),  # type: ignore[attr-defined]  # annotated
        "intent": "plan",
        "code": FOLLOW_UP.concept(row.kind, row.title),
        "subject": ref("Patient", row.patient),  # type: ignore[attr-defined]  # annotated
        "occurrencePeriod": period(day(row.due_on), day(row.due_until)),
        "authoredOn": instant(row.created_at),
        "requester": ref("Practitioner", row.created_by_id),
        "performer": [ref("Practitioner", row.assignee_id)],
        "reasonReference": [ref("Condition", row.case_id)],
        "note": note(row.result, row.reason),
    }


def follow_up_meta(row: FollowUp) -> dict[str, Any]:
    return meta(row.changed_at or row.created_at, synthetic=row.is_synthetic)  # type: ignore[attr-defined]  # annotated


def appointments(row: FollowUp) -> Iterator[Resource]:
    """A re-discussion that is still to come, or was cancelled. One that took place would need hours (app-3), which nobody
    records: it is told as a request that is completed."""
    status = {"planned": "proposed", "cancelled": "cancelled"}.get(row.status)
    if row.kind != Kind.REDISCUSSION or status is None:
        return
    yield {
        "resourceType": "Appointment",
        "id": f"followup-{row.pk}",
        "meta": follow_up_meta(row),
        "status": status,
        "serviceType": [FOLLOW_UP.concept(row.kind, row.title)],
        "reasonReference": [ref("Condition", row.case_id)],
        "created": instant(row.created_at),
        "comment": row.reason,
        "basedOn": [ref("ServiceRequest", f"followup-{row.pk}")],
        "participant": [
            {"actor": ref("Patient", row.patient), "status": "needs-action"},  # type: ignore[attr-defined]  # annotated
            {"actor": ref("Practitioner", row.assignee_id), "status": "needs-action"},
        ],
        "requestedPeriod": [period(day(row.due_on), day(row.due_until))],
    }

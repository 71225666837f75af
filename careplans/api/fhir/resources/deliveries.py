"""What was delivered: steps that began, cycles that were given, treatments from before, as Procedures.

A step that an amendment took over is told where it goes on; what was over before that is told where it was recorded, so that
nothing counts twice.
"""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from careplans.api.fhir.datatypes import Resource, day, extension, meta, note, period, ref, refs
from careplans.api.fhir.resources.activities import code_of, reason_of
from careplans.api.fhir.resources.cases import case_meta
from careplans.api.fhir.resources.in_error import status_under
from careplans.api.fhir.terms.systems import (
    FULFILMENT,
    OCCURRENCE_STATUS,
    PRIOR_ENDED,
    REASON,
    RESPONSE,
    TARGET,
    modality,
)
from careplans.models import Case, Occurrence, Plan, PriorTreatment, Step
from careplans.models.step_values import Reason

STEP_PROCEDURE = {
    "in_progress": "in-progress", "on_hold": "on-hold", "completed": "completed", "stopped": "stopped",
    "not_done": "not-done",
}  # fmt: skip
PRIOR_STATUS = {"running": "in-progress", "ended": "completed", "not_known": "unknown"}


def is_told(step: Step) -> bool:
    """Whether this row is where the delivery of the step is told."""
    if step.is_decision or step.carried_over_at is not None or not _is_of_one(step):
        return False
    return bool(step.carried_from_id is None or step.was_open_before)  # type: ignore[attr-defined]  # hung by the loader


def _is_of_one(step: Step) -> bool:
    held = step.status == Step.Status.ON_HOLD and step.started_on is None
    return step.status in STEP_PROCEDURE and not held


def told_occurrences(step: Step) -> list[Occurrence]:
    known: frozenset[int] = step.told_before  # type: ignore[attr-defined]  # hung by the loader
    return [
        row
        for row in step.occurrences.all()
        if not row.is_open and row.number not in known and not _fell_away(step, row)
    ]


def _fell_away(step: Step, row: Occurrence) -> bool:
    """Whether the end of its step took it away before its day: it was never due, as in the report of the cycles. Of a step that
    never began no cycle is told: the step itself is, as not done."""
    if row.status != Occurrence.Status.OMITTED:
        return False
    if step.goes_on_with and step.carried_over_at is not None:
        gone_on = timezone.localdate(step.carried_over_at, step.board.zone)
        return row.reason in (Reason.GOES_ON, Reason.OTHER) and row.planned_on > gone_on
    if step.status == Step.Status.NOT_DONE:
        return row.reason == step.reason
    if step.ended_on is None or row.planned_on <= step.ended_on:
        return False
    stopped = step.status == Step.Status.STOPPED and row.reason == step.reason
    return stopped or (step.status == Step.Status.COMPLETED and step.runs_until_stopped)


def delivered(step: Step) -> Iterator[tuple[str, str]]:
    if is_told(step):
        yield "Procedure", f"step-{step.pk}"
    for row in told_occurrences(step):
        yield "Procedure", f"occurrence-{row.pk}"


def procedures(plan: Plan) -> Iterator[Resource]:
    for step in plan.steps.all():
        if is_told(step):
            yield _of_step(plan, step)
        for row in told_occurrences(step):
            yield _of_occurrence(plan, step, row)


def _of_step(plan: Plan, step: Step) -> Resource:
    return {
        **_head(plan, step),
        "id": f"step-{step.pk}",
        "meta": meta(step.changed_at, synthetic=plan.is_synthetic),  # type: ignore[attr-defined]  # annotated
        "status": status_under(plan.status, STEP_PROCEDURE[step.status]),
        "statusReason": reason_of(step),
        "performedPeriod": period(day(step.started_on), day(step.ended_on)),
        "outcome": FULFILMENT.concept(step.fulfilment, step.outcome) if step.fulfilment else None,
        # Where nobody said how far it was carried out, there are the words alone.
        "note": note("" if step.fulfilment else step.outcome),
    }


def _of_occurrence(plan: Plan, step: Step, row: Occurrence) -> Resource:
    return {
        **_head(plan, step),
        "id": f"occurrence-{row.pk}",
        "meta": meta(step.changed_at, synthetic=plan.is_synthetic),  # type: ignore[attr-defined]  # annotated
        "extension": [
            extension("occurrence", valuePositiveInt=row.number),
            extension("occurrence-status", valueCoding=OCCURRENCE_STATUS.coding(row.status)),
            extension("first-agreed", valueDate=day(row.agreed_on)),
            extension("postponed-for", valueCoding=REASON.coding(row.postponed_for) if row.postponed_for else None),
        ],
        "partOf": _whole_of(step),
        "status": status_under(plan.status, "completed" if row.is_given else "not-done"),
        "statusReason": REASON.concept(row.reason, row.reason_note) if row.reason and not row.is_given else None,
        "performedDateTime": day(row.given_on),
        "note": note(row.reason_note) if row.is_given else [],
    }


def _whole_of(step: Step) -> list[Any]:
    """The step that a cycle is of, where that is told: in the amendment that took it over."""
    last: Step = step.goes_on_as  # type: ignore[attr-defined]  # hung by the loader
    is_one = is_told(step) if last is step else _is_of_one(last)
    return refs("Procedure", f"step-{last.pk}") if is_one else []


def _head(plan: Plan, step: Step) -> Resource:
    return {
        "resourceType": "Procedure",
        "basedOn": [ref("CarePlan", plan.pk), ref("ServiceRequest", f"step-{step.pk}")],
        "code": code_of(step),
        "subject": ref("Patient", plan.case.patient_id),
        "reasonReference": [ref("Condition", plan.case_id)],
        "bodySite": [TARGET.concept(step.target)] if step.target else [],
    }


def prior_procedures(case: Case) -> Iterator[Resource]:
    for row in case.prior_treatments.all():
        yield _prior(case, row)


def _response(row: PriorTreatment) -> dict[str, Any] | None:
    return None if row.response == PriorTreatment.Response.NOT_RECORDED else RESPONSE.coding(row.response)


def _prior(case: Case, row: PriorTreatment) -> Resource:
    performed: dict[str, Any] = {"performedPeriod": period(day(row.started_on), day(row.ended_on))}
    return {
        "resourceType": "Procedure",
        "id": f"prior-{row.pk}",
        "meta": case_meta(case),
        "extension": [
            extension("prior-treatment-ended", valueCoding=PRIOR_ENDED.coding(row.has_ended)),
            extension("prior-response", valueCoding=_response(row)),
        ],
        "status": PRIOR_STATUS[row.has_ended],
        "code": modality(row.modality_code, row.description),
        "subject": ref("Patient", case.patient_id),
        **performed,
        "reasonReference": [ref("Condition", case.pk)],
        "note": note(row.stop_reason, row.toxicity),
    }

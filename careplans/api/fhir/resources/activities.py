"""What is said of a step wherever it stands: its status, code, course and what it waits for."""

from datetime import date
from typing import Any

from careplans.api.fhir.datatypes import day, extension, part, period, quantity, ref
from careplans.api.fhir.terms.systems import ACT, COURSE, PHASE, REASON, STEP_STATUS, TARGET, modality
from careplans.models import Step
from careplans.readers.steps.gates import gate_of

ACTIVITY_STATUS = {
    "proposed": "not-started", "planned": "not-started", "in_progress": "in-progress", "on_hold": "on-hold",
    "completed": "completed", "stopped": "stopped", "not_done": "cancelled", "set_aside": "cancelled",
}  # fmt: skip
PERIOD_UNITS = {"days": "d", "weeks": "wk", "months": "mo"}
SET_ASIDE = Step.Status.SET_ASIDE


def code_of(step: Step) -> dict[str, Any]:
    if step.is_decision:
        return ACT.concept("decision", step.description)
    return modality(step.modality_code, step.title_with_agent)


def depends(step: Step) -> bool:
    """Whether something has still to come before anybody acts on it: what it says in words, or the choice of its arm."""
    waits = bool(step.only_if or step.waits_for_arm)  # type: ignore[attr-defined]  # hung by the loader
    return waits and step.status in (Step.Status.PROPOSED, Step.Status.PLANNED) and step.carried_over_at is None


def gate_has_failed(step: Step) -> bool:
    """What the step waits for cannot come any more: nobody may take it as free to start. Which day it is says nothing here."""
    return gate_of(step, date.max).has_failed


def reason_of(step: Step) -> dict[str, Any] | None:
    """Why it was not done or ended; of a step that was set aside, that."""
    if step.status == SET_ASIDE:
        return STEP_STATUS.concept(SET_ASIDE)
    if not step.reason:
        return None
    told = REASON.concept(step.reason, step.reason_note)
    if step.reason_given:
        # Beside what happened: why a person ended that along with which it ended.
        told["coding"].append(REASON.coding(step.reason_given))
    return told


def scheduled_of(step: Step) -> dict[str, Any]:
    """When it is planned; of what is given repeatedly how often, too."""
    planned = period(day(step.planned_start), day(step.planned_end))
    if not step.is_repeated:
        return {"scheduledPeriod": planned}
    return {"scheduledTiming": timing_of(step)}


def timing_of(step: Step) -> dict[str, Any] | None:
    repeat: dict[str, Any] = {"boundsPeriod": period(day(step.planned_start), day(step.planned_end))}
    if step.is_counted:
        repeat["count"] = step.occurrences_planned
    if step.interval and step.interval_unit:
        repeat |= {"frequency": 1, "period": step.interval, "periodUnit": PERIOD_UNITS[step.interval_unit]}
    return {"repeat": repeat} if any(repeat.values()) else None


def planned_extensions(step: Step) -> list[Any]:
    """What R4 has no place for, and is signed: the order, the phase, the target, the course and the gate."""
    return [
        extension("sequence", valuePositiveInt=step.position),
        extension("step", valueReference=ref("ServiceRequest", f"step-{step.pk}")),
        extension("phase", valueCoding=PHASE.coding(step.phase)),
        extension("target", valueCoding=TARGET.coding(step.target) if step.target else None),
        extension("target-size", valueQuantity=quantity(step.target_mm, "mm", "mm") if step.target_mm else None),
        extension("course", valueCoding=COURSE.coding(step.course)),
        extension("agent", valueString=step.agent),
        extension("stop-when", valueString=step.stop_when),
        extension("arm", valueString=step.arm.name if step.arm else None),
        _gate(step),
    ]


def extensions_of(step: Step) -> list[Any]:
    """The same, and what became of it."""
    return [
        *planned_extensions(step),
        extension("chosen-arm", valueString=step.chosen_arm_name),  # type: ignore[attr-defined]  # hung by the loader
        extension("step-status", valueCoding=STEP_STATUS.coding(step.status)),
        extension("carried-over", valueBoolean=step.carried_over_at is not None or None),
        extension("gate-failed", valueBoolean=gate_has_failed(step) or None),
    ]


def _gate(step: Step) -> dict[str, Any] | None:
    parts = [
        part(
            "after", valueReference=ref("ServiceRequest", f"step-{step.after_step_id}" if step.after_step_id else None)
        ),
        part("event", valueCode=step.after_event if step.after_step_id else None),
        part("occurrence", valuePositiveInt=step.after_occurrence),
        part("not-before", valueDate=day(step.not_before)),
        part("only-if", valueString=step.only_if),
        # Whoever reads no text reads that there is one.
        part("conditional", valueBoolean=True if step.only_if else None),
    ]
    found = [one for one in parts if one]
    return extension("gate", extension=found) if found else None


def performers(step: Step) -> list[Any]:
    """Who sees to it now, and who was signed where nobody does yet."""
    return [ref("Practitioner", step.assignee_id or step.owner_id)]

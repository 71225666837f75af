"""The steps of a plan as rows of its sheet, with those of an arm below its name. Steps come from `Step.objects.for_plan()`."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from careplans.models import Plan, Step
from careplans.models.monitoring import monitoring_of
from careplans.readers.steps import gates
from careplans.readers.steps.courses import what_is_due
from careplans.views.ordering import ArmShown, Placed, with_arms

Row = dict[str, Any]
# A row stays on one sheet, unless it is so long that it would leave half of one empty.
LONGEST_IN_ONE_PIECE = 1200
# What is said of a step that has ended, where somebody has said it.
OUTCOMES = (
    ("Response", "response", "response_words"), ("Progression", "progression", "progression_words"),
    ("Worst toxicity", "toxicity", "toxicity_words"), ("Symptoms", "symptom_control", "symptom_control_words"),
)  # fmt: skip


def step_rows(plan: Plan, today: date) -> list[Row]:
    """Every step once. No query."""
    return list(_rows(with_arms(plan.steps.all()), today))


def _rows(placed: Iterable[Placed], today: date) -> Iterable[Row]:
    for place in placed:
        yield step_row(place.step, today, parallel=place.parallel)
        for arm in place.arms:
            yield _arm_row(arm)
            yield from _rows(arm.steps, today)


def _arm_row(shown: ArmShown) -> Row:
    arm = shown.arm
    return {
        "kind": "arm", "name": arm.name, "state": shown.label.lower(), "when": arm.condition, "none": arm.no_step
    }  # fmt: skip


def step_row(step: Step, today: date, *, parallel: bool) -> Row:
    told = {
        "what": _what(step, parallel), "goals": _goals(step), "owner": _owner(step), "dates": _dates(step),
        "gate": _gate(step, today), "became": _became(step),
    }  # fmt: skip
    longest = max(sum(len(line) for line in lines) for lines in told.values())
    row = {"kind": "step", "order": step.number, "title": step.title, "state": step.get_status_display()}
    return row | told | {"breaks": longest > LONGEST_IN_ONE_PIECE}


def _what(step: Step, parallel: bool) -> list[str]:
    target = f"{step.get_target_display()}{f', {step.size}' if step.size else ''}" if step.target else ""
    return _said(
        "At the same time as the step above" if parallel else "",
        " · ".join(_said(step.get_phase_display(), target)),
        step.course_words,
        f"Agent: {step.agent}" if step.agent else "",
        f"Stop when: {step.stop_when}" if step.stop_when else "",
        *(f"Hangs on it: {line.words}" for line in monitoring_of(step)),
    )


def _goals(step: Step) -> list[str]:
    return [] if step.is_decision else step.goal_labels or ["Not recorded"]


def _owner(step: Step) -> list[str]:
    if step.owner is None:
        return ["Not recorded"]
    now_with = step.assignee if step.assignee_id and step.assignee_id != step.owner_id else None
    return _said(step.owner.name, f"now with {now_with.name}" if now_with else "")


def _dates(step: Step) -> list[str]:
    planned = "when its arm is chosen" if step.arm_id else "no date"
    if step.planned_start:
        planned = f"from {day(step.planned_start)}" if step.planned_end else day(step.planned_start)
    due = what_is_due(step)
    return _said(
        planned,
        f"to {day(step.planned_end)}" if step.planned_end else "",
        f"Next: {day(step.due_on)}{f', {due}' if due else ''}" if step.due_on and step.carried_over_at is None else "",
        f"Started {day(step.started_on)}" if step.started_on else "",
        f"Ended {day(step.ended_on)}" if step.ended_on else "",
    )


def _gate(step: Step, today: date) -> list[str]:
    gate = gates.gate_of(step, today) if step.is_open else gates.NO_GATE
    return _said(*(gates.capital(words) for words in step.gate_words), gate.coded_sentence if gate.is_closed else "")


def _became(step: Step) -> list[str]:
    """What happened, as far as it is recorded; nothing is said of what nobody has asked yet."""
    begun = step.status != Step.Status.PROPOSED
    given = f" ({step.get_reason_given_display().lower()})" if step.reason_given else ""
    reason = (
        f"{step.get_reason_display()}{given}{f'. {step.reason_note}' if step.reason_note else ''}"
        if step.reason
        else ""
    )
    ended = step.has_outcome and not step.is_decision
    return _said(
        step.delivered_words if begun else "",
        f"Carried out: {step.get_fulfilment_display().lower()}" if step.fulfilment else "",
        reason,
        *(f"{label}: {_words(step, words)}" for label, name, words in OUTCOMES if ended and _is_said(step, name)),
        step.outcome,
        *(f"{gates.capital(held.words)}. {held.reason_words}" for held in step.breaks.all()),
        _goes_on(step),
        *_decided(step),
    )


def _goes_on(step: Step) -> str:
    if step.goes_on_with:
        return f"Goes on under the care of: {step.goes_on_with}"
    return "Goes on in a later plan" if step.carried_over_at else ""


def _decided(step: Step) -> list[str]:
    if not step.is_decision or step.status != Step.Status.COMPLETED:
        return []
    chosen = f"Chosen: {step.chosen_arm.name}" if step.chosen_arm else "None of the arms was chosen"
    by = f", recorded by {step.decided_by.name}" if step.decided_by else ""
    return _said(f"{chosen}{by}", step.choice_reason)


def _is_said(step: Step, name: str) -> bool:
    return bool(getattr(step, name) != "not_recorded")


def _words(step: Step, name: str) -> str:
    words = getattr(step, name)
    return str(words() if callable(words) else words)


def reasons(plan: Plan) -> list[Row]:
    """Why each step stands there, and what else was considered, in the words of whoever drafted it."""
    found = []
    for step in plan.steps.all():
        also = f"Alternatives considered: {step.alternatives}" if step.alternatives else ""
        if words := " ".join(_said(step.rationale, also)):
            found.append({"strong": f"Step {step.number}.", "text": words})
    return found


def day(on: date) -> str:
    """In one piece, however narrow its column."""
    return f"{on:%-d %b %Y}".replace(" ", "\N{NO-BREAK SPACE}")


def _said(*words: str) -> list[str]:
    return [one for one in words if one]

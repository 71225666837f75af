"""The days that follow from a gate, and what is remarked where a plan's own dates do not fit one. Pure: see gates.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from careplans.models import Step
from careplans.readers.steps.gates import capital, in_vain, is_before_gate, is_met, name_of

Status = Step.Status


def next_day(step: Step) -> date | None:
    """The later of the step's own next date and the day on which its gate opens, as far as that is planned. No query."""
    if step.due_on is None or not is_before_gate(step):
        return step.due_on
    days = (step.due_on, step.not_before, day_opened_by(step.after_step, step))
    return max(day for day in days if day is not None)


def day_opened_by(after: Step | None, step: Step) -> date | None:
    """When what is waited for comes, as far as it is known: its day, or the day on which it is expected."""
    if after is None or (after.status in Step.FAILED and not is_met(step, after)):
        return None
    if step.after_event == Step.AfterEvent.BEGUN:
        return after.started_on or after.due_on or after.planned_start
    if step.after_event == Step.AfterEvent.OCCURRENCE:
        return _day_of_occurrence(after, step.after_occurrence or 1)
    if after.status in Step.ENDED:
        return after.ended_on
    if after.status == Status.IN_PROGRESS:
        if after.course == Step.Course.CONTINUOUS:
            # Its next date is that of a review.
            return after.planned_end
        return day_of_last(after) if after.is_repeated else after.due_on
    return max((day for day in (after.planned_end, after.due_on) if day is not None), default=None)


def _day_of_occurrence(after: Step, number: int) -> date | None:
    """When so many are expected to have been given; nothing once they have."""
    missing = number - after.occurrences_given
    start = after.due_on or after.planned_start
    return after.day_after(start, missing - 1) if missing > 0 and start else None


def day_of_last(step: Step) -> date | None:
    """When a step that is given in cycles or sessions is expected to be past; nothing where its number is open."""
    left = (step.occurrences_planned or 0) - step.occurrences_given - step.occurrences_omitted
    days = (
        step.planned_end,
        step.day_after(step.due_on, left - 1) if step.is_counted and left > 0 and step.due_on else None,
    )
    return max((day for day in days if day is not None), default=step.due_on if step.is_counted else None)


@dataclass(frozen=True)
class Remark:
    """Something to look at before the plan is signed. Never in the way."""

    steps: frozenset[int]
    """Keys of the steps that it concerns."""
    text: str


def remarks(steps: Iterable[Step]) -> list[Remark]:
    """Dates that lie before a gate, and gates that have failed in the plan in force. Steps from `for_plan()`; no query."""
    return [remark for step in steps for remark in _remarks(step)]


def past_starts(steps: Iterable[Step], today: date) -> list[Remark]:
    """Steps that the plan itself has begin before today, and that have not begun: released so, they are due on that day. Steps
    from `for_plan()`; no query."""
    return [
        Remark(
            frozenset({step.pk}),
            f"{capital(name_of(step))} is planned to start on {_day(step.planned_start)}, which is past: it is due on the day of "
            "the release. Change the day, if it is to start later.",
        )
        for step in steps
        if step.planned_start and step.planned_start < today and _is_planned_anew(step)
    ]


def _is_planned_anew(step: Step) -> bool:
    before = step.carried_from
    if before is None:
        return True
    return before.is_open and before.started_on is None and before.planned_start != step.planned_start


def _remarks(step: Step) -> Iterable[Remark]:
    after, start, own = step.after_step, step.planned_start, frozenset({step.pk})
    name = capital(name_of(step))
    if step.not_before and start and start < step.not_before:
        yield Remark(own, f"{name} is planned to start on {_day(start)}, but not before {_day(step.not_before)}.")
    if after is None:
        return
    both = own | {after.pk}
    if after.arm_id is not None and step.arm_id is None:
        yield Remark(
            both,
            f"{name} waits for {name_of(after)}, which belongs to an arm: its condition fails if another arm is chosen.",
        )
    past, words = _planned_event(step, after)
    if past and start and start < past:
        yield Remark(
            both,
            f"{name} is planned to start on {_day(start)}, before {name_of(after)}, which it waits for, is planned to {words} "
            f"on {_day(past)}.",
        )
    before = after.carried_from if after.status == Status.PROPOSED else None
    if before is not None and not is_met(step, before) and (words := in_vain(step, before)):
        yield Remark(both, f"{name} waits for {name_of(after)}, which {words}: its condition has failed.")


def _planned_event(step: Step, after: Step) -> tuple[date | None, str]:
    """The day that the plan itself names for what is waited for."""
    if step.after_event == Step.AfterEvent.BEGUN:
        return after.planned_start, "begin"
    if step.after_event == Step.AfterEvent.OCCURRENCE:
        number = step.after_occurrence or 1
        day = after.day_after(after.planned_start, number - 1) if after.planned_start else None
        return day, f"reach {after.occurrence_word or 'occurrence'} {number}"
    return (after.planned_end, "end") if after.planned_end else (after.planned_start, "start")


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"

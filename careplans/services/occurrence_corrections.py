"""What was recorded of a cycle, session or administration is put right, or taken back because it was entered in error.

What follows from it follows again: the counts of the step, its start and next date, what hangs on it, and the gates that wait for
it. What later things rest on stays (careplans/readers/steps/taking_back.py says so on the page, too).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_days, check_open, check_plan_in_force
from careplans.locks import take_occurrence, take_people
from careplans.models import Occurrence, PlanSchedule, Step
from careplans.readers.steps.pace import too_near
from careplans.readers.steps.taking_back import why_it_stays
from careplans.reminders.schedule import schedule_step
from careplans.services.breaks import open_break
from careplans.services.gates import Waiters, move_gates, take_waiters
from careplans.services.monitoring import (
    Late,
    Passed,
    answers_of,
    follow_course,
    follow_given,
    forget_course,
    forget_given,
    move_given,
)
from careplans.services.occurrence_progress import check_given_on, given_before
from careplans.services.occurrences import later_ones, settle_later, standing
from careplans.services.schedule_moves import Moved
from careplans.services.schedule_starts import follow_steps, people_waiting
from careplans.services.step_moves import coded, said_why
from common.writing import compare_and_set, transactional

Status = Occurrence.Status


@dataclass(frozen=True)
class Said:
    """Why it is corrected; whether those after it move by as much; what becomes of what hangs on it and is past."""

    why: str
    move_later: bool | None = None
    late: Late = field(default_factory=dict)


@transactional
def correct_as_given(
    occurrence: Occurrence, *, by: User, expected_version: int, on: date, why: str, move_later: bool | None = None,
    passed: Sequence[Passed] = (),
) -> Occurrence:  # fmt: skip
    """It was given as planned, on this day."""
    waiters = _take(occurrence, by=by, expected=expected_version)
    right = {"status": Status.GIVEN, "given_on": on, "reason": "", "reason_note": ""}
    return _correct(occurrence, waiters, right, Said(said_why(why), move_later, answers_of(passed)), by=by)


@transactional
def correct_as_otherwise(
    occurrence: Occurrence, *, by: User, expected_version: int, on: date, reason: str, why: str, reason_note: str = "",
    move_later: bool | None = None, passed: Sequence[Passed] = (),
) -> Occurrence:  # fmt: skip
    """It was given on this day, but not as planned, with the coded reason (domain note D.4)."""
    waiters = _take(occurrence, by=by, expected=expected_version)
    right = {"status": Status.GIVEN_OTHERWISE, "given_on": on} | coded(reason, reason_note)
    return _correct(occurrence, waiters, right, Said(said_why(why), move_later, answers_of(passed)), by=by)


@transactional
def correct_as_omitted(
    occurrence: Occurrence, *, by: User, expected_version: int, reason: str, why: str, reason_note: str = "",
    move_later: bool | None = None,
) -> Occurrence:  # fmt: skip
    """It was left out, with the coded reason. Where it had been recorded on another day than planned, `move_later` says whether
    those after it move back by as much."""
    waiters = _take(occurrence, by=by, expected=expected_version)
    right = {"status": Status.OMITTED, "given_on": None} | coded(reason, reason_note)
    return _correct(occurrence, waiters, right, Said(said_why(why), move_later), by=by)


@transactional
def take_back_occurrence(
    occurrence: Occurrence, *, by: User, expected_version: int, why: str, move_later: bool | None = None
) -> Occurrence:
    """It was entered in error: it is still to be given, on the day for which it was planned. `move_later` says
    whether those after it move back by as much."""
    waiters = _take(occurrence, by=by, expected=expected_version)
    _check_last(occurrence)
    right = {"status": Status.PLANNED, "given_on": None, "reason": "", "reason_note": ""}
    _move_later(occurrence, occurrence.planned_on, move_later, field="move_later")
    return _put(occurrence, waiters, right, Said(said_why(why)), by=by, kind="occurrence_taken_back")


def _take(occurrence: Occurrence, *, by: User, expected: int) -> Waiters:
    """Takes it with its step, plan and case, and the steps that wait for that one; looks at them as they stand then."""
    step = occurrence.step
    require(by, "steps.deliver", step.board_id)
    # What hangs on it becomes somebody's.
    take_people(step.board_id, step.assignee_id, by, *people_waiting(step.plan_id))
    take_occurrence(occurrence, expected=expected)
    check_open(step.case)
    check_plan_in_force(step.plan)
    if occurrence.is_open:
        raise ValidationError(
            "Nothing is recorded of it yet, so there is nothing to correct. Record what became of it."
        )
    return take_waiters(step)


def _correct(occurrence: Occurrence, waiters: Waiters, right: dict[str, Any], said: Said, *, by: User) -> Occurrence:
    if all(getattr(occurrence, name) == value for name, value in right.items()):
        raise ValidationError(f"That is what is recorded: {occurrence.recorded_words}. Change what is wrong of it.")
    on = right["given_on"]
    if (on is not None) != occurrence.is_given:
        _check_last(occurrence)
    if on is not None:
        check_days(on=on)
        check_given_on(occurrence, on)
        _check_before_the_rest(occurrence, on)
        if right["status"] == Status.GIVEN:
            _check_pace(occurrence, on)
        _move_later(occurrence, on, said.move_later, field="on")
    elif occurrence.is_given:
        _move_later(occurrence, occurrence.planned_on, said.move_later, field="move_later")
    return _put(occurrence, waiters, right, said, by=by, kind="occurrence_corrected")


def _check_last(occurrence: Occurrence) -> None:
    if words := why_it_stays(occurrence):
        raise ValidationError(words)


def _check_before_the_rest(occurrence: Occurrence, on: date) -> None:
    """Not after what followed: the next one that was given, the break, the end of the step."""
    step = occurrence.step
    after = _given_after(occurrence)
    if after is not None and after.given_on is not None and on > after.given_on:
        raise ValidationError({"on": f"{after.heading} was given on {after.given_on:%-d %B %Y}. Check the day."})
    held = open_break(step)
    if held is not None and on > held.held_from:
        raise ValidationError({"on": f"The step is held from {held.held_from:%-d %B %Y}. Check the day."})
    if step.ended_on is not None and on > step.ended_on:
        raise ValidationError({"on": f"The step ended on {step.ended_on:%-d %B %Y}. Check the day."})


def _given_after(occurrence: Occurrence) -> Occurrence | None:
    rows = Occurrence.objects.filter(step=occurrence.step_id, number__gt=occurrence.number, given_on__isnull=False)
    found: Occurrence | None = rows.order_by("number").first()
    if found is not None:
        found.step = occurrence.step
    return found


def _check_pace(occurrence: Occurrence, on: date) -> None:
    """Two that were given together were not given as planned, whichever of them is corrected."""
    near = (too_near(occurrence.step, on, other) for other in (given_before(occurrence), _given_after(occurrence)))
    if words := " ".join(filter(None, near)):
        asked = "Check the day; or correct it to given otherwise, with the reason."
        raise ValidationError({"on": f"{words} {asked}"})


def _move_later(occurrence: Occurrence, to: date, move_later: bool | None, *, field: str) -> None:
    later, delay = later_ones(occurrence), to - occurrence.day
    settle_later(occurrence, later, delay, to, move_later=move_later, field=field, than="was recorded")


def _put(
    occurrence: Occurrence, waiters: Waiters, right: dict[str, Any], said: Said, *, by: User, kind: str
) -> Occurrence:
    step, was, was_on, old = occurrence.step, occurrence.recorded_words, occurrence.given_on, occurrence.status
    before, started = _first_given(step), step.started_on
    compare_and_set(occurrence, expected=occurrence.version, **right)
    moved = _begun(step, before)
    status = step.status
    if step.is_open:
        moved |= standing(step)
    compare_and_set(step, expected=step.version, **moved)
    now = "still to be given" if occurrence.is_open else occurrence.recorded_words
    history.record(
        step, kind, by=by, of=occurrence, old=old, new=occurrence.status, number=occurrence.number,
        day=occurrence.day.isoformat(),
        reason=f"{said.why.rstrip('.')}. Recorded was: {was}. Now: {now}.",
    )  # fmt: skip
    if step.status != status:
        history.record(step, "step_moved", by=by, old=status, new=step.status, reason=said.why)
    _settle_hanging(occurrence, was_on, started, said, by=by)
    if step.is_open:
        schedule_step(step)
    move_gates(step, waiters, by=by)
    if started != step.started_on:
        corrected = Moved(step.pk, PlanSchedule.FromEvent.BEGUN, started) if started else None
        follow_steps(step.plan, by=by, moved=corrected)
    return occurrence


def _first_given(step: Step) -> date | None:
    rows = Occurrence.objects.filter(step=step, given_on__isnull=False).order_by("given_on")
    found: date | None = rows.values_list("given_on", flat=True).first()
    return found


def _begun(step: Step, before: date | None) -> dict[str, Any]:
    """The first that was given begins the step, so its start follows."""
    first = _first_given(step)
    if step.started_on != before or first == before:
        return {}
    status = step.status
    if first is None and status == Step.Status.IN_PROGRESS:
        status = Step.Status.PLANNED
    elif first is not None and status == Step.Status.PLANNED:
        status = Step.Status.IN_PROGRESS
    return {"started_on": first, "status": status}


def _settle_hanging(occurrence: Occurrence, was_on: date | None, started: date | None, said: Said, *, by: User) -> None:
    """What hangs on the cycle and on the course follows what is recorded now."""
    step, on, why = occurrence.step, occurrence.given_on, said.why
    mistaken = f"{occurrence.heading} was recorded by mistake: {why}"
    if was_on is None:
        follow_given(step, occurrence, by=by, late=said.late)
    elif on is None:
        forget_given(step, occurrence.number, by=by, why=mistaken)
    elif on != was_on:
        words = f"{occurrence.heading} was given on {on:%-d %b %Y}, not on {was_on:%-d %b %Y}: {why}"
        move_given(step, occurrence, was=was_on, started=started, by=by, why=words, late=said.late)
    if started is not None and step.started_on is None:
        forget_course(step, by=by, why=mistaken)
    elif started is None and step.started_on is not None:
        follow_course(step, by=by)

"""What becomes of one cycle, session or administration: given, given otherwise, put on another day, left out.

The first one begins its step. The last one never ends it: what came of the step is asked for, and its owner is reminded.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_days, check_open, check_plan_in_force, check_since_birth, check_transition
from careplans.locks import take_occurrence, take_people
from careplans.models import Occurrence, Step
from careplans.readers.steps.pace import far_off, too_near
from careplans.reminders.schedule import schedule_step
from careplans.services.gates import Waiters, move_gates, take_waiters
from careplans.services.monitoring import UNSAID, Late, Passed, answers_of, follow_course, follow_given
from careplans.services.occurrences import follow_in_rhythm, later_ones, next_open, reschedule, settle_later, standing
from careplans.services.schedule_starts import follow_steps, people_waiting
from careplans.services.step_moves import coded
from careplans.services.step_order import order_concerns
from common.writing import compare_and_set, transactional

Status = Occurrence.Status


@transactional
def give_occurrence(
    occurrence: Occurrence, *, by: User, expected_version: int, on: date, move_later: bool | None = None, why: str = "",
    passed: Sequence[Passed] = (),
) -> Occurrence:  # fmt: skip
    """It was given as planned. On another day than planned, `move_later` says whether those after it move by as much; recorded
    late, `passed` what becomes of each follow-up that hangs on it and whose day has passed."""
    waiters = _take(occurrence, Status.GIVEN, by=by, expected=expected_version)
    # Why it was postponed stands in the timeline, and its code in `postponed_for`.
    none = {"reason": "", "reason_note": ""}
    late = answers_of(passed)
    return _give(occurrence, waiters, Status.GIVEN, by=by, on=on, move_later=move_later, why=why, late=late, **none)


@transactional
def give_otherwise(
    occurrence: Occurrence, *, by: User, expected_version: int, on: date, reason: str, reason_note: str = "",
    move_later: bool | None = None, why: str = "", passed: Sequence[Passed] = (),
) -> Occurrence:  # fmt: skip
    """It was given, but not as planned: less of it, another agent; with the coded reason (domain note D.4)."""
    waiters = _take(occurrence, Status.GIVEN_OTHERWISE, by=by, expected=expected_version)
    words, late, to = coded(reason, reason_note), answers_of(passed), Status.GIVEN_OTHERWISE
    return _give(occurrence, waiters, to, by=by, on=on, move_later=move_later, why=why, late=late, **words)


@transactional
def postpone_occurrence(
    occurrence: Occurrence, *, by: User, expected_version: int, to: date, reason: str, reason_note: str = "",
    move_later: bool | None = None,
) -> Occurrence:  # fmt: skip
    """It gets another day, with the coded reason. Those after it move by as much or keep their days, as it is said."""
    waiters = _take(occurrence, Status.POSTPONED, by=by, expected=expected_version)
    words = coded(reason, reason_note)
    check_days(to=to)
    _check_new_day(occurrence, to)
    # What is brought forward is not postponed; its reason stands in the timeline all the same.
    is_later = to > occurrence.planned_on
    moved = {"status": Status.POSTPONED, "postponed_for": reason} if is_later else {"status": occurrence.status}
    reschedule(occurrence, to, move_later=move_later, field="to", **moved, **words)
    return _settled(occurrence, waiters, by=by)


@transactional
def omit_occurrence(
    occurrence: Occurrence, *, by: User, expected_version: int, reason: str, reason_note: str = ""
) -> Occurrence:
    """It is left out for good, with the coded reason. Those after it keep their days."""
    waiters = _take(occurrence, Status.OMITTED, by=by, expected=expected_version)
    words = coded(reason, reason_note)
    _check_turn(occurrence)
    compare_and_set(occurrence, expected=occurrence.version, status=Status.OMITTED, **words)
    step = occurrence.step
    if not step.is_counted:
        follow_in_rhythm(occurrence)
    return _settled(occurrence, waiters, by=by)


def _take(occurrence: Occurrence, to: str, *, by: User, expected: int) -> Waiters:
    """Takes it with its step, plan and case, and the steps that wait for that one; looks at them as they stand then."""
    step = occurrence.step
    require(by, "steps.deliver", step.board_id)
    # What hangs on it becomes somebody's.
    take_people(step.board_id, step.assignee_id, by, *people_waiting(step.plan_id))
    take_occurrence(occurrence, expected=expected)
    check_open(step.case)
    check_plan_in_force(step.plan)
    check_transition(Occurrence.TRANSITIONS, occurrence.status, to, noun=step.occurrence_word or "occurrence")
    if not step.is_open:
        raise ValidationError(
            f"The step is {step.get_status_display().lower()}; what was still to be given is left out."
        )
    if step.status == Step.Status.ON_HOLD:
        how = "goes on" if step.started_on else "is planned again"
        raise ValidationError(f"The step is on hold. Say on its page that it {how} first.")
    return take_waiters(step)


def _give(
    occurrence: Occurrence, waiters: Waiters, to: str, *, by: User, on: date, move_later: bool | None, why: str, late: Late,
    **words: str,
) -> Occurrence:  # fmt: skip
    step = occurrence.step
    check_days(on=on)
    _check_turn(occurrence)
    check_given_on(occurrence, on)
    _check_as_planned(occurrence, to, on, why)
    delay = on - occurrence.planned_on
    later = later_ones(occurrence) if step.is_counted else follow_in_rhythm(occurrence)
    settle_later(occurrence, later, delay, on, move_later=move_later, field="on")
    compare_and_set(occurrence, expected=occurrence.version, status=to, given_on=on, **words)
    return _settled(occurrence, waiters, by=by, why=why.strip(), late=late)


def _check_as_planned(occurrence: Occurrence, to: str, on: date, why: str) -> None:
    """Out of order, right after the one before or far off its day, it was given once somebody says why; given otherwise, that has
    a reason already."""
    step, asked = occurrence.step, "Say why; it is recorded with it. Or record that it was given otherwise."
    concerns = order_concerns(step, on) if step.started_on is None else []
    if concerns:
        asked = "Say why it starts now; it is recorded with the step."
    if to == Status.GIVEN:
        concerns += filter(
            None, [too_near(step, on, given_before(occurrence)), far_off(step, on, occurrence.planned_on)]
        )
    if concerns and not why.strip():
        raise ValidationError({"why": [*concerns, asked]})


def given_before(occurrence: Occurrence) -> Occurrence | None:
    """The last one before it that was given."""
    rows = Occurrence.objects.filter(step=occurrence.step_id, number__lt=occurrence.number, given_on__isnull=False)
    found: Occurrence | None = rows.order_by("-number").first()
    if found is not None:
        found.step = occurrence.step
    return found


def _settled(occurrence: Occurrence, waiters: Waiters, *, by: User, why: str = "", late: Late = UNSAID) -> Occurrence:
    """The step follows its rows, reminders and gates follow the step, and what hangs on a cycle that was given is written."""
    step, begins = occurrence.step, occurrence.is_given and occurrence.step.started_on is None
    columns: dict[str, Any] = standing(step)
    if begins:
        columns |= {"status": Step.Status.IN_PROGRESS, "started_on": occurrence.given_on}
    compare_and_set(step, expected=step.version, **columns)
    reason = occurrence.get_reason_display() if occurrence.reason else ""
    history.record(
        step, "occurrence_recorded", by=by, of=occurrence, new=occurrence.status, number=occurrence.number,
        reason=": ".join(filter(None, [reason, occurrence.reason_note, "" if begins else why])), day=occurrence.day.isoformat(),
    )  # fmt: skip
    if begins:
        history.record(step, "step_moved", by=by, old=Step.Status.PLANNED, new=step.status, reason=why)
        follow_course(step, by=by)
    if occurrence.is_given:
        follow_given(step, occurrence, by=by, late=late)
    schedule_step(step)
    move_gates(step, waiters, by=by)
    if begins:
        follow_steps(step.plan, by=by)
    return occurrence


def _check_turn(occurrence: Occurrence) -> None:
    first = next_open(occurrence.step)
    if first is not None and first.pk != occurrence.pk:
        raise ValidationError(f"Record first what became of {first.heading[:1].lower()}{first.heading[1:]}.")


def check_given_on(occurrence: Occurrence, on: date) -> None:
    step = occurrence.step
    check_since_birth(step.case.patient, on=on)
    if on > step.board.today:
        raise ValidationError({"on": "That day lies in the future. Record it on the day it is given."})
    before = given_before(occurrence)
    if before is not None and before.given_on is not None and on < before.given_on:
        raise ValidationError({"on": f"{before.heading} was given on {before.given_on:%-d %B %Y}. Check the day."})


def _check_new_day(occurrence: Occurrence, to: date) -> None:
    if to < occurrence.step.board.today:
        raise ValidationError({"to": "That day lies in the past. If it was given then, record that."})
    if to == occurrence.planned_on:
        raise ValidationError({"to": "It is planned for that day already. Choose another."})
    before = Occurrence.objects.filter(step=occurrence.step_id, number=occurrence.number - 1).first()
    if before is not None and to <= before.day:
        raise ValidationError({"to": f"Number {before.number} is on {before.day:%-d %B %Y}; it comes after that."})

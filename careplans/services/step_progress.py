"""What becomes of the steps of a plan in force: each move with its date, and its reason where it did not happen."""

from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_days, check_open, check_person, check_plan_in_force, check_reason, check_transition
from careplans.locks import take_people, take_step
from careplans.models import Step
from careplans.readers.gates import gate_of, is_met, load_gates
from careplans.reminders.news import tell_of_step
from careplans.reminders.schedule import cancel_for_step, schedule_step
from careplans.rules import advisories
from careplans.services.gates import move_gates, take_waiters
from careplans.services.outcomes import Recorded, check_outcome
from common.writing import compare_and_set, transactional

# Where a rule asks what the plan has, a step in one of these states does not count: entering or leaving one asks the rules anew.
NOT_IN_PLAN = {Step.Status.ON_HOLD, Step.Status.STOPPED, Step.Status.NOT_DONE}


@transactional
def start_step(
    step: Step, *, by: User, expected_version: int, on: date, due_on: date | None = None, why: str = ""
) -> Step:
    """A step begins. Out of order or against its gate it still begins, once `why` says why.

    `due_on` is the day by which it should have ended; the planned end serves when it is not given.
    """
    _check(step, Step.Status.IN_PROGRESS, by=by, expected=expected_version)
    check_days(on=on, due_on=due_on)
    due_on = due_on or step.planned_end
    _check_dates(step, on, due_on)
    concerns = order_concerns(step, on)
    if concerns and not why.strip():
        raise ValidationError({"why": [*concerns, "Say why it starts now; it is recorded with the step."]})
    return _move(
        step, Step.Status.IN_PROGRESS, by=by, expected_version=expected_version, why=why.strip(),
        started_on=step.started_on or on, due_on=due_on,
    )  # fmt: skip


@transactional
def complete_step(
    step: Step, *, by: User, expected_version: int, on: date, fulfilment: str, outcome: str = "",
    **recorded: Unpack[Recorded],
) -> Step:  # fmt: skip
    """A step ended as intended, in full or in part, with what came of it."""
    _check(step, Step.Status.COMPLETED, by=by, expected=expected_version)
    if fulfilment not in Step.Fulfilment.values:
        raise ValidationError({"fulfilment": "Say whether the step was carried out in full or in part."})
    _check_end(step, on)
    found = check_outcome(recorded, today=step.board.today, since=step.started_on)
    return _move(
        step, Step.Status.COMPLETED, by=by, expected_version=expected_version, ended_on=on, due_on=None,
        fulfilment=fulfilment, outcome=outcome.strip(), **found,
    )  # fmt: skip


@transactional
def stop_step(
    step: Step, *, by: User, expected_version: int, on: date, reason: str, reason_note: str = "", outcome: str = "",
    **recorded: Unpack[Recorded],
) -> Step:  # fmt: skip
    """A step that had begun ended early, with a coded reason (domain note D.4) and what came of it until then."""
    _check(step, Step.Status.STOPPED, by=by, expected=expected_version)
    if step.started_on is None:
        raise ValidationError("This step has not begun, so it cannot be stopped. Record that it is not done.")
    _check_end(step, on)
    values = _coded(reason, reason_note) | {"outcome": outcome.strip()}
    values |= check_outcome(recorded, today=step.board.today, since=step.started_on)
    if reason == Step.Reason.PROGRESSION and values["progression"] == Step.Progression.NO:
        raise ValidationError({"progression": "It was stopped for progression. Say when it progressed, or why else."})
    return _move(
        step, Step.Status.STOPPED, by=by, expected_version=expected_version, ended_on=on, due_on=None,
        fulfilment=Step.Fulfilment.PARTIAL, **values,
    )  # fmt: skip


@transactional
def skip_step(step: Step, *, by: User, expected_version: int, reason: str, reason_note: str = "") -> Step:
    """A step is not done, with a coded reason (domain note D.4)."""
    _check(step, Step.Status.NOT_DONE, by=by, expected=expected_version)
    return _move(
        step, Step.Status.NOT_DONE, by=by, expected_version=expected_version, due_on=None, **_coded(reason, reason_note)
    )


@transactional
def hold_step(step: Step, *, by: User, expected_version: int, due_on: date, why: str) -> Step:
    """Pause a step until it is looked at again on `due_on`; a pause without a date would be forgotten."""
    _check(step, Step.Status.ON_HOLD, by=by, expected=expected_version)
    check_days(due_on=due_on)
    if due_on < step.board.today:
        raise ValidationError({"due_on": "The day to look at it again lies in the past."})
    why = _reason(why)
    return _move(step, Step.Status.ON_HOLD, by=by, expected_version=expected_version, why=why, due_on=due_on)


@transactional
def replan_step(step: Step, *, by: User, expected_version: int, due_on: date, why: str) -> Step:
    """A step on hold is planned again for `due_on`."""
    _check(step, Step.Status.PLANNED, by=by, expected=expected_version)
    check_days(due_on=due_on)
    why = _reason(why)
    return _move(step, Step.Status.PLANNED, by=by, expected_version=expected_version, why=why, due_on=due_on)


@transactional
def hand_over_step(
    step: Step, *, by: User, expected_version: int, why: str, assignee: User | None = None, due_on: date | None = None
) -> Step:
    """Another person sees to the step, or its next date moves. What was signed stays as it was."""
    require(by, "steps.deliver", step.board_id)
    take_people(step.board_id, assignee)
    take_step(step, expected=expected_version)
    check_open(step.case)
    check_plan_in_force(step.plan)
    if not step.is_open:
        raise ValidationError("This step has ended; nobody needs to see to it any more.")
    why = _reason(why)
    check_person(assignee, step.board_id, field="assignee")
    check_days(due_on=due_on)
    changes: dict[str, Any] = {}
    if assignee is not None and assignee.pk != step.assignee_id:
        changes["assignee"] = assignee
    if due_on is not None and due_on != step.due_on:
        changes["due_on"] = due_on
    if not changes:
        raise ValidationError("Choose another person or another date.")
    waiters = take_waiters(step)
    compare_and_set(step, expected=expected_version, **changes)
    schedule_step(step)
    move_gates(step, waiters, by=by)
    history.record(step, "step_handed_over", by=by, reason=why, fields=sorted(changes))
    return step


def order_concerns(step: Step, on: date) -> list[str]:
    """Why starting now would be out of order or against the step's gate, as sentences. Shown and asked, never blocked."""
    load_gates([step])
    gate = gate_of(step, on)
    earlier = Step.objects.filter(plan_id=step.plan_id, removed_at=None, position__lt=step.position).open()
    waiting = [
        f"step {other.position} ({other.title})"
        for other in earlier.order_by("position", "id")
        if not may_run_beside(other, step)
    ]
    order = f"Out of order: it is not recorded yet what became of {', '.join(waiting)}." if waiting else ""
    return [sentence for sentence in (order, gate.sentence and f"{gate.sentence}.", *gate.asks) if sentence]


def may_run_beside(earlier: Step, step: Step) -> bool:
    """Whether it is as planned that the earlier one still runs: it is ongoing, or this one waits for less than its end."""
    if earlier.status != Step.Status.IN_PROGRESS:
        return False
    less = step.after_step_id == earlier.pk and step.after_event != Step.AfterEvent.ENDED
    return earlier.course == Step.Course.ONGOING or (less and is_met(step, earlier))


def _check(step: Step, to: str, *, by: User, expected: int) -> None:
    """Takes the step with its plan and case, and looks at them as they stand then."""
    require(by, "steps.deliver", step.board_id)
    take_step(step, expected=expected)
    check_open(step.case)
    check_plan_in_force(step.plan)
    check_transition(Step.TRANSITIONS, step.status, to, noun="step")


def _check_dates(step: Step, on: date, due_on: date | None) -> None:
    if on > step.board.today:
        raise ValidationError({"on": "The start lies in the future. Record it on the day it happens."})
    if due_on is None:
        raise ValidationError({"due_on": "Say by when it should have ended, so that somebody is reminded."})
    if due_on < on:
        raise ValidationError({"due_on": "The expected end is before the start. Check both dates."})


def _check_end(step: Step, on: date) -> None:
    check_days(on=on)
    if on > step.board.today:
        raise ValidationError({"on": "The end lies in the future. Record it on the day it happens."})
    if step.started_on and on < step.started_on:
        raise ValidationError({"on": f"It started on {step.started_on:%-d %B %Y}; the end cannot be before that."})


def _reason(why: str) -> str:
    try:
        return check_reason(why, what="this")
    except ValidationError as error:
        raise ValidationError({"why": error.message_dict["reason"]}) from error


def _coded(reason: str, note: str) -> dict[str, str]:
    if reason not in Step.Reason.values:
        raise ValidationError({"reason": "Choose the reason from the list."})
    if reason == Step.Reason.OTHER and not note.strip():
        raise ValidationError({"reason_note": "Say in words what the other reason is."})
    return {"reason": reason, "reason_note": note.strip()}


def _move(step: Step, to: str, *, by: User, expected_version: int, why: str = "", **changes: Any) -> Step:
    """Set the row, settle its reminders, write both records."""
    old, waiters = step.status, take_waiters(step)
    compare_and_set(step, expected=expected_version, status=to, **changes)
    if {old, to} & NOT_IN_PLAN:
        advisories.refresh_after_move(step, by=by)
    if step.is_open:
        schedule_step(step)
    else:
        cancel_for_step(step, reason=f"the step is {to.replace('_', ' ')}")
    words = why or (step.get_reason_display() if changes.get("reason") else "")
    note = step.reason_note if changes.get("reason") else ""
    history.record(step, "step_moved", by=by, old=old, new=to, reason=": ".join(filter(None, [words, note])))
    if to in Step.FAILED:
        tell_of_step(step, by=by)
    move_gates(step, waiters, by=by)
    return step

"""What becomes of the steps of a plan in force: each move with its date, and its reason where it did not happen."""

from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import (
    ask_about,
    ask_about_step,
    check_days,
    check_open,
    check_person,
    check_plan_in_force,
    check_since_birth,
)  # fmt: skip
from careplans.locks import take_people, take_step
from careplans.models import Step
from careplans.reminders.schedule import schedule_step
from careplans.services.breaks import begin_break
from careplans.services.gates import move_gates, take_waiters
from careplans.services.occurrences import next_open, replan_all, reschedule, write_occurrences
from careplans.services.outcomes import Recorded, check_outcome, recorded_days
from careplans.services.step_days import check_break, check_end, check_resumed, check_start
from careplans.services.step_moves import check_step, coded, move_step, said_why
from careplans.services.step_order import check_order
from common.writing import compare_and_set, note_with, transactional


@transactional
def start_step(
    step: Step, *, by: User, expected_version: int, on: date, due_on: date | None = None, why: str = ""
) -> Step:
    """A step begins. Out of order or against its gate it still begins, once `why` says why.

    `due_on` is the day by which it should have ended; the planned end serves when it is not given.
    """
    check_step(step, Step.Status.IN_PROGRESS, by=by, expected=expected_version)
    if step.is_repeated:
        raise ValidationError(_not_started_here(step))
    check_days(on=on, due_on=due_on)
    check_since_birth(step.case.patient, on=on)
    due_on = due_on or step.planned_end
    check_start(step, on, due_on)
    check_order(step, on, why)
    # A planned end that nobody has changed is no new plan: the form came with it.
    ends = {"due_on": due_on if due_on != step.planned_end else None}
    ask_about_step(step, recorded={"on": on}, planned=ends, expected={"on": (step.planned_start, step.due_on)})
    return move_step(
        step, Step.Status.IN_PROGRESS, by=by, expected_version=expected_version, why=why.strip(), day=on,
        started_on=step.started_on or on, due_on=due_on,
    )  # fmt: skip


@transactional
def complete_step(
    step: Step, *, by: User, expected_version: int, on: date, fulfilment: str, outcome: str = "",
    **recorded: Unpack[Recorded],
) -> Step:  # fmt: skip
    """A step ended as intended, in full or in part, with what came of it."""
    check_step(step, Step.Status.COMPLETED, by=by, expected=expected_version)
    if fulfilment not in Step.Fulfilment.values:
        raise ValidationError({"fulfilment": "Say whether the step was carried out in full or in part."})
    check_end(step, on)
    _check_all_settled(step)
    if fulfilment == Step.Fulfilment.FULL and step.was_left_out_in_part:
        words = f"{step.delivered_words}: that is not in full. Choose in part, or correct what is recorded as left out."
        raise ValidationError({"fulfilment": words})
    found = check_outcome(recorded, today=step.board.today, since=step.started_on)
    ends = (step.planned_end, step.due_on)
    ask_about_step(step, recorded=recorded_days(on, found), expected={} if step.runs_until_stopped else {"on": ends})
    return move_step(
        step, Step.Status.COMPLETED, by=by, expected_version=expected_version, day=on, ended_on=on, due_on=None,
        fulfilment=fulfilment, outcome=outcome.strip(), **found,
    )  # fmt: skip


@transactional
def stop_step(
    step: Step, *, by: User, expected_version: int, on: date, reason: str, reason_note: str = "", outcome: str = "",
    **recorded: Unpack[Recorded],
) -> Step:  # fmt: skip
    """A step that had begun ended early, with a coded reason (domain note D.4) and what came of it until then."""
    check_step(step, Step.Status.STOPPED, by=by, expected=expected_version)
    return stop_taken(step, by=by, on=on, reason=reason, reason_note=reason_note, outcome=outcome, **recorded)


def stop_taken(
    step: Step, *, by: User, on: date, reason: str, reason_note: str = "", outcome: str = "", **recorded: Unpack[Recorded]
) -> Step:  # fmt: skip
    """The same of a step that the caller has taken and looked at."""
    if step.started_on is None:
        raise ValidationError("This step has not begun, so it cannot be stopped. Record that it is not done.")
    check_end(step, on)
    values = coded(reason, reason_note) | {"outcome": outcome.strip()}
    values |= check_outcome(recorded, today=step.board.today, since=step.started_on)
    if reason == Step.Reason.PROGRESSION and values["progression"] == Step.Progression.NO:
        raise ValidationError({"progression": "It was stopped for progression. Say when it progressed, or why else."})
    ask_about_step(step, recorded=recorded_days(on, values))
    return move_step(
        step, Step.Status.STOPPED, by=by, expected_version=step.version, day=on, ended_on=on, due_on=None,
        fulfilment=step.fulfilment_when_stopped, **values,
    )  # fmt: skip


@transactional
def skip_step(step: Step, *, by: User, expected_version: int, reason: str, reason_note: str = "") -> Step:
    """A step is not done, with a coded reason (domain note D.4)."""
    check_step(step, Step.Status.NOT_DONE, by=by, expected=expected_version)
    if step.started_on is not None:
        raise ValidationError(f"{_begun_on(step)}, so it cannot be recorded as not done. Record that it was stopped.")
    words = coded(reason, reason_note)
    return move_step(
        step, Step.Status.NOT_DONE, by=by, expected_version=expected_version, due_on=None, reason=words["reason"],
        reason_note=words["reason_note"],
    )  # fmt: skip


@transactional
def hold_step(
    step: Step, *, by: User, expected_version: int, on: date, reason: str, reason_note: str = "",
    until: date | None = None, due_on: date | None = None,
) -> Step:  # fmt: skip
    """A step pauses from a day, until a day as far as that is known, with a coded reason (domain note D.4).

    Without an end it is looked at again on `due_on`; a pause without any date would be forgotten.
    """
    check_step(step, Step.Status.ON_HOLD, by=by, expected=expected_version)
    why = coded(reason, reason_note)
    check_days(on=on, until=until, due_on=due_on)
    look_again = check_break(step, on, until, due_on)
    ask_about_step(step, recorded={"on": on})
    held = begin_break(step, held_from=on, held_until=until, reason=reason, reason_note=why["reason_note"])
    return move_step(
        step, Step.Status.ON_HOLD, by=by, expected_version=expected_version, why=f"{held.reason_words}; {held.words}",
        due_on=look_again,
    )  # fmt: skip


@transactional
def resume_step(
    step: Step, *, by: User, expected_version: int, on: date, due_on: date, move_later: bool | None = None, why: str = ""
) -> Step:  # fmt: skip
    """A step that had begun goes on after its break.

    `due_on` is the day of the next cycle, or by when the step should have ended; `move_later` whether the cycles after it
    move by as much.
    """
    check_step(step, Step.Status.IN_PROGRESS, by=by, expected=expected_version)
    if step.status != Step.Status.ON_HOLD or step.started_on is None:
        raise ValidationError("Only a step that had begun and is on hold goes on. Record its start, or plan it again.")
    check_days(on=on, due_on=due_on)
    check_resumed(step, on, due_on)
    ask_about_step(step, recorded={"on": on}, planned={"due_on": due_on})
    upcoming = next_open(step)
    if upcoming is not None:
        # What moves is told with the step at hand.
        upcoming.step = step
        reschedule(upcoming, due_on, move_later=move_later, field="due_on")
        note_with(step, upcoming, f"occurrence {upcoming.number}")
    return move_step(
        step, Step.Status.IN_PROGRESS, by=by, expected_version=expected_version, why=why.strip(), day=on, due_on=due_on
    )


@transactional
def replan_step(step: Step, *, by: User, expected_version: int, due_on: date, why: str) -> Step:
    """A step on hold is planned again for `due_on`."""
    check_step(step, Step.Status.PLANNED, by=by, expected=expected_version)
    check_days(due_on=due_on)
    why = said_why(why)
    if step.started_on is not None:
        next_one = "its next one is" if step.is_repeated else "it should have ended"
        raise ValidationError(f"{_begun_on(step)}. Say that it goes on, and when {next_one}.")
    ask_about(step.case.patient, step.board.today, planned={"due_on": due_on})
    replan_all(step, due_on)
    move_step(step, Step.Status.PLANNED, by=by, expected_version=expected_version, why=why, due_on=due_on)
    write_occurrences(step)
    return step


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
    why = said_why(why)
    check_person(assignee, step.board_id, field="assignee")
    check_days(due_on=due_on)
    changes: dict[str, Any] = {}
    if assignee is not None and assignee.pk != step.assignee_id:
        changes["assignee"] = assignee
    if due_on is not None and due_on != step.due_on:
        if step.awaits_decision:
            raise ValidationError({"due_on": "Nobody has chosen its arm yet. It gets its date when that is decided."})
        ask_about(step.case.patient, step.board.today, planned={"due_on": due_on})
        changes["due_on"] = due_on
        _move_rows(step, due_on)
    if not changes:
        raise ValidationError("Choose another person or another date.")
    waiters = take_waiters(step)
    compare_and_set(step, expected=expected_version, **changes)
    if step.started_on is None:
        write_occurrences(step)
    schedule_step(step)
    move_gates(step, waiters, by=by)
    history.record(step, "step_handed_over", by=by, reason=why, fields=sorted(changes))
    return step


def _begun_on(step: Step) -> str:
    return f"This step began on {step.started_on:%-d %B %Y}"


def _not_started_here(step: Step) -> str:
    if step.started_on is not None:
        return "This step has begun and is on hold. Say that it goes on, and when its next one is."
    heading = step.occurrence_heading(1, named=False)
    return f"This step begins with the first that is given. Record its first one instead: {heading.lower()}."


def _check_all_settled(step: Step) -> None:
    upcoming = next_open(step) if step.is_counted else None
    if upcoming is not None:
        raise ValidationError(
            f"It is not recorded yet what became of {upcoming.heading.lower()}. Record it as given or left out first; or record "
            "that the step was stopped."
        )


def _move_rows(step: Step, due_on: date) -> None:
    """The next date of a step that is given repeatedly is that of its next one."""
    if step.is_repeated and step.started_on is not None and step.status != Step.Status.ON_HOLD:
        upcoming = next_open(step)
        if upcoming is not None:
            words = f"The next date is that of {upcoming.heading.lower()}. Give that one another date, with the reason."
            raise ValidationError({"due_on": words})
    elif step.is_repeated and step.started_on is None:
        replan_all(step, due_on)

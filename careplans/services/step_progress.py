"""What becomes of the steps of a plan in force: each move with its date, and its reason where it did not happen."""

from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import ask_about, check_days, check_open, check_person, check_plan_in_force, check_since_birth
from careplans.locks import take_people, take_step
from careplans.models import Step
from careplans.reminders.schedule import schedule_step
from careplans.services.breaks import begin_break, open_break
from careplans.services.gates import move_gates, take_waiters
from careplans.services.occurrences import last_given_on, next_open, replan_all, reschedule, write_occurrences
from careplans.services.outcomes import Recorded, check_outcome
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
    _check_dates(step, on, due_on)
    check_order(step, on, why)
    ask_about(step.case.patient, step.board.today, recorded={"on": on}, planned={"due_on": due_on})
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
    _check_end(step, on)
    _check_all_settled(step)
    if fulfilment == Step.Fulfilment.FULL and step.was_left_out_in_part:
        words = f"{step.delivered_words}: that is not in full. Choose in part, or correct what is recorded as left out."
        raise ValidationError({"fulfilment": words})
    found = check_outcome(recorded, today=step.board.today, since=step.started_on)
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
    _check_end(step, on)
    values = coded(reason, reason_note) | {"outcome": outcome.strip()}
    values |= check_outcome(recorded, today=step.board.today, since=step.started_on)
    if reason == Step.Reason.PROGRESSION and values["progression"] == Step.Progression.NO:
        raise ValidationError({"progression": "It was stopped for progression. Say when it progressed, or why else."})
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
    look_again = _check_break(step, on, until, due_on)
    ask_about(step.case.patient, step.board.today, recorded={"on": on})
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
    _check_resumed(step, on, due_on)
    ask_about(step.case.patient, step.board.today, recorded={"on": on}, planned={"due_on": due_on})
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


def _check_break(step: Step, on: date, until: date | None, due_on: date | None) -> date:
    """The day on which somebody looks at it again."""
    today = step.board.today
    if on > today:
        raise ValidationError({"on": "The break lies in the future. Record it when it begins."})
    if step.started_on and on < step.started_on:
        raise ValidationError({"on": f"It started on {step.started_on:%-d %B %Y}; the break cannot begin before that."})
    _check_after_given(step, on, "the break cannot begin")
    if until is not None and until < max(on, today):
        raise ValidationError({"until": "The end of the break lies in the past. Leave it empty if it is not known."})
    if until is None and due_on is None:
        raise ValidationError({"due_on": "Say until when it is held, or when to look at it again."})
    if due_on is not None and due_on < today:
        raise ValidationError({"due_on": "The day to look at it again lies in the past."})
    days = [day for day in (until, due_on) if day is not None]
    return min(days)


def _check_resumed(step: Step, on: date, due_on: date) -> None:
    held = open_break(step)
    if on > step.board.today:
        raise ValidationError({"on": "That day lies in the future. Record it when it has gone on."})
    if held is not None and on < held.held_from:
        raise ValidationError(
            {"on": f"It is held from {held.held_from:%-d %B %Y}; it cannot have gone on before that."}
        )
    if due_on < on:
        raise ValidationError({"due_on": "The next date is before the day on which it went on. Check both dates."})


def _move_rows(step: Step, due_on: date) -> None:
    """The next date of a step that is given repeatedly is that of its next one."""
    if step.is_repeated and step.started_on is not None and step.status != Step.Status.ON_HOLD:
        upcoming = next_open(step)
        if upcoming is not None:
            words = f"The next date is that of {upcoming.heading.lower()}. Give that one another date, with the reason."
            raise ValidationError({"due_on": words})
    elif step.is_repeated and step.started_on is None:
        replan_all(step, due_on)


def _check_dates(step: Step, on: date, due_on: date | None) -> None:
    if on > step.board.today:
        raise ValidationError({"on": "The start lies in the future. Record it on the day it happens."})
    if due_on is None:
        raise ValidationError(
            {"due_on": "Say by when it should have ended, or is looked at again: somebody is reminded."}
        )
    if due_on < on:
        raise ValidationError({"due_on": "The expected end is before the start. Check both dates."})


def _check_end(step: Step, on: date) -> None:
    check_days(on=on)
    if on > step.board.today:
        raise ValidationError({"on": "The end lies in the future. Record it on the day it happens."})
    if step.started_on and on < step.started_on:
        raise ValidationError({"on": f"It started on {step.started_on:%-d %B %Y}; the end cannot be before that."})
    _check_after_given(step, on, "the end cannot be")


def _check_after_given(step: Step, on: date, words: str) -> None:
    given = last_given_on(step)
    if given is not None and on < given:
        one = step.occurrence_word or "occurrence"
        raise ValidationError({"on": f"The last {one} was given on {given:%-d %B %Y}; {words} before that."})

"""What every move of a step shares: the lock and its checks, the reason, and all that hangs on the step."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_plan_in_force, check_reason, check_reason_code, check_transition
from careplans.locks import take_people, take_step
from careplans.models import Step
from careplans.reminders.news import tell_of_step
from careplans.reminders.schedule import cancel_for_step, schedule_step
from careplans.rules import advisories
from careplans.services.breaks import end_break
from careplans.services.gates import move_gates, take_waiters
from careplans.services.monitoring import follow_course
from careplans.services.occurrences import end_occurrences
from careplans.services.schedule_starts import follow_steps, people_waiting
from common.writing import compare_and_set

# Where a rule asks what the plan has, a step in one of these states does not count: entering or leaving one asks the rules anew.
NOT_IN_PLAN = {Step.Status.ON_HOLD, Step.Status.STOPPED, Step.Status.NOT_DONE}


def check_step(step: Step, to: str, *, by: User, expected: int) -> None:
    """Takes the step with its plan and case, and looks at them as they stand then."""
    require(by, "steps.deliver", step.board_id)
    # What hangs on its course becomes somebody's, and what the schedules that count from it write.
    begins = (step.assignee_id, by.pk) if to == Step.Status.IN_PROGRESS else ()
    take_people(step.board_id, *begins, *people_waiting(step.plan_id))
    take_step(step, expected=expected)
    check_open(step.case)
    check_plan_in_force(step.plan)
    check_transition(Step.TRANSITIONS, step.status, to, noun="step")
    if step.is_decision and to in (Step.Status.IN_PROGRESS, Step.Status.COMPLETED):
        raise ValidationError(
            "A decision does not begin or end like a treatment. Choose one of its arms, or none of them."
        )
    if step.arm is not None and step.awaits_decision:
        raise ValidationError(
            f"This step belongs to the arm “{step.arm.name}”, and nobody has decided yet. Choose an arm at step "
            f"{step.arm.decision.number} ({step.arm.decision.title}) first; then record this."
        )


def said_why(why: str) -> str:
    try:
        return check_reason(why, what="this")
    except ValidationError as error:
        raise ValidationError({"why": error.message_dict["reason"]}) from error


def coded(reason: str, note: str) -> dict[str, str]:
    check_reason_code(reason, field="reason")
    if reason == Step.Reason.OTHER and not note.strip():
        raise ValidationError({"reason_note": "Say in words what the other reason is."})
    return {"reason": reason, "reason_note": note.strip()}


def move_step(
    step: Step, to: str, *, by: User, expected_version: int, why: str = "", day: date | None = None, **changes: Any
) -> Step:
    """Set the row, settle its reminders and what hangs on it, write both records. `day`: on which it moved."""
    old, waiters = step.status, take_waiters(step)
    if to in Step.ENDED:
        reason = changes.get("reason") or Step.Reason.STEP_COMPLETED
        note = changes.get("reason_note", "The step was completed.")
        end_occurrences(step, by=by, reason=reason, reason_note=note, on=day or step.board.today)
    elif old == Step.Status.ON_HOLD:
        end_break(step, day or step.board.today)
    compare_and_set(step, expected=expected_version, status=to, **changes)
    if {old, to} & NOT_IN_PLAN:
        advisories.refresh_after_move(step, by=by)
    if to == Step.Status.IN_PROGRESS:
        follow_course(step, by=by)
    if step.is_open:
        schedule_step(step)
    else:
        cancel_for_step(step, reason=f"the step is {to.replace('_', ' ')}")
    words = why or (step.get_reason_display() if changes.get("reason") else "")
    note = step.reason_note if changes.get("reason") else ""
    on: dict[str, Any] = {} if day is None else {"day": day.isoformat()}
    history.record(step, "step_moved", by=by, old=old, new=to, reason=": ".join(filter(None, [words, note])), **on)
    if to in Step.FAILED:
        tell_of_step(step, by=by)
    move_gates(step, waiters, by=by)
    follow_steps(step.plan, by=by)
    return step


def drop_step(step: Step, *, by: User, reason: str, because: str, why: str, code: str, **more: Any) -> None:
    """Not done, since its plan ended or a later one has no place for it. `because` says which; `why` and `code` are what was
    answered to that, and stand beside it: of this step alone nobody was asked. Its reminders are the caller's."""
    old, note = step.status, f"{because}{f': {why}' if why else '.'}"
    end_occurrences(step, by=by, on=step.board.today, reason=reason, reason_note=note)
    compare_and_set(
        step, expected=step.version, status=Step.Status.NOT_DONE, due_on=None, reason=reason, reason_note=note,
        reason_given=code, **more,
    )  # fmt: skip
    history.record(step, "step_moved", by=by, old=old, new="not_done", reason=f"{because[0].lower()}{because[1:]}")

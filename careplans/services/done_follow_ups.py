"""A follow-up that was recorded as done on a wrong day, or by mistake: its day is put right, or it is still to be done."""

from datetime import date

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import able_on, ask_about_done, check_days, check_open, check_reason
from careplans.locks import take_follow_up, take_people
from careplans.models import FollowUp, Plan
from careplans.reminders.schedule import schedule_follow_ups
from careplans.services.nothing_ahead import overtake
from common.writing import compare_and_set, transactional

Status = FollowUp.Status
# What was planned with such a plan is withdrawn with it.
WITHDRAWN = (Plan.Status.REVOKED, Plan.Status.SUPERSEDED, Plan.Status.ENTERED_IN_ERROR)


@transactional
def correct_done_day(follow_up: FollowUp, *, by: User, expected_version: int, done_on: date, reason: str) -> FollowUp:
    """It was done on another day. The first day stays in the history, with the reason."""
    reason = _take(follow_up, by=by, expected=expected_version, reason=reason)
    check_days(done_on=done_on)
    if done_on == follow_up.done_on:
        raise ValidationError({"done_on": "That is the day that is recorded. Give the right one."})
    if done_on > follow_up.board.today:
        raise ValidationError({"done_on": "That day lies in the future. Take it back, if it has not been done."})
    ask_about_done(follow_up, done_on)
    compare_and_set(follow_up, expected=expected_version, done_on=done_on)
    _tell(follow_up, reason, by=by)
    return follow_up


@transactional
def take_back_done(follow_up: FollowUp, *, by: User, expected_version: int, reason: str) -> FollowUp:
    """It was not done: it is open again on its day, with reminders, and with whoever takes it back where its person has left.

    What was added when it was recorded (the next one of its course, what comes next) stays: it is not needed twice.
    """
    reason = _take(follow_up, by=by, expected=expected_version, reason=reason)
    plan = follow_up.plan
    if plan is not None and plan.status in WITHDRAWN and not follow_up.outlasts_its_plan:
        raise ValidationError(
            f"Its plan is {plan.get_status_display().lower()}, and what was open of it was withdrawn. Correct the day, or add a "
            "follow-up to the case."
        )
    able = able_on(follow_up.board_id, [follow_up.assignee_id])
    compare_and_set(
        follow_up, expected=expected_version, status=Status.PLANNED, done_on=None, result="",
        assignee=follow_up.assignee if able else by,
    )  # fmt: skip
    schedule_follow_ups([follow_up], follow_up.board)
    overtake(follow_up.case)
    _tell(follow_up, reason, by=by)
    return follow_up


def _take(follow_up: FollowUp, *, by: User, expected: int, reason: str) -> str:
    require(by, "followups.edit", follow_up.board_id)
    reason = check_reason(reason, what="this correction")
    take_people(follow_up.board_id, follow_up.assignee_id, by)
    take_follow_up(follow_up, expected=expected)
    check_open(follow_up.case)
    if follow_up.status != Status.DONE:
        state = follow_up.get_status_display().lower()
        raise ValidationError(f"This follow-up is {state}. Only one that is recorded as done is corrected.")
    return reason


def _tell(follow_up: FollowUp, reason: str, *, by: User) -> None:
    history.record(follow_up, "follow_up_corrected", by=by, old=Status.DONE, new=follow_up.status, reason=reason)

"""What happens to a plan in force: pause, resume, complete with its outcome, revoke."""

from typing import Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_reason, check_transition
from careplans.locks import take_plan
from careplans.models import FollowUp, Plan, Step
from careplans.reminders.schedule import cancel_for_step
from careplans.services import followups
from careplans.services.occurrences import end_occurrences
from careplans.services.outcomes import Recorded, check_outcome
from careplans.services.plans import end_plan
from common.writing import compare_and_set, lock, transactional


@transactional
def hold_plan(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    """Pause a plan. Reminders go on: a paused plan is exactly what gets forgotten."""
    require(by, "plans.manage", plan.board_id)
    take_plan(plan, expected=expected_version)
    return _move(plan, Plan.Status.ON_HOLD, by=by, expected_version=expected_version, reason=reason)


@transactional
def resume_plan(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    require(by, "plans.manage", plan.board_id)
    take_plan(plan, expected=expected_version)
    if plan.status != Plan.Status.ON_HOLD:
        raise ValidationError("Only a plan on hold can be resumed.")
    return _move(plan, Plan.Status.ACTIVE, by=by, expected_version=expected_version, reason=reason)


def _move(plan: Plan, to: str, *, by: User, expected_version: int, reason: str) -> Plan:
    check_open(plan.case)
    check_transition(Plan.TRANSITIONS, plan.status, to, noun="plan")
    reason = check_reason(reason, what="this")
    old = plan.status
    compare_and_set(plan, expected=expected_version, status=to)
    history.record(plan, "plan_moved", by=by, old=old, new=to, reason=reason)
    return plan


@transactional
def complete_plan(
    plan: Plan,
    *,
    by: User,
    expected_version: int,
    outcome_note: str = "",
    **recorded: Unpack[Recorded],
) -> Plan:
    """Complete a plan with its outcome, which is asked for and never worked out from those of its steps.

    Every step must have a recorded fate; follow-ups of the case go on.
    """
    require(by, "plans.manage", plan.board_id)
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    still_open = list(Step.objects.filter(plan=plan).expected().order_by("position"))
    if still_open:
        names = ", ".join(f"{step.position} ({step.title})" for step in still_open)
        raise ValidationError(f"Record first what became of step {names}.")
    return end_plan(
        plan, Plan.Status.COMPLETED, by=by, expected_version=expected_version, reason="",
        outcome_note=outcome_note.strip(), **check_outcome(recorded, today=plan.board.today),
    )  # fmt: skip


@transactional
def revoke_plan(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    """Withdraw a plan in force. Open steps get a recorded fate and open follow-ups of this plan are cancelled."""
    require(by, "plans.manage", plan.board_id)
    reason = check_reason(reason, what="revoking the plan")
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    running = Step.objects.filter(plan=plan, status=Step.Status.IN_PROGRESS).first()
    if running:
        raise ValidationError(f"Step {running.position} ({running.title}) is in progress. Stop or complete it first.")
    end_plan(plan, Plan.Status.REVOKED, by=by, expected_version=expected_version, reason=reason)
    for step in lock(Step.objects.filter(plan=plan).open()):
        old = step.status
        cancel_for_step(step, reason="the plan was revoked")
        end_occurrences(
            step,
            by=by,
            on=plan.board.today,
            reason=Step.Reason.NO_LONGER_INDICATED,
            reason_note="The plan was revoked.",
        )
        compare_and_set(
            step, expected=step.version, status=Step.Status.NOT_DONE, due_on=None,
            reason=Step.Reason.NO_LONGER_INDICATED, reason_note="The plan was revoked.",
        )  # fmt: skip
        history.record(step, "step_moved", by=by, old=old, new="not_done", reason="the plan was revoked")
    for follow_up in FollowUp.objects.filter(plan=plan).open():
        followups.cancel_follow_up(
            follow_up, by=by, expected_version=follow_up.version, reason=f"Plan {plan.number} was revoked: {reason}"
        )
    return plan


@transactional
def mark_in_error(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    """An active plan that belongs to another patient or should never have been released."""
    require(by, "plans.manage", plan.board_id)
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    if Step.objects.filter(plan=plan).open().exists() or FollowUp.objects.filter(plan=plan).open().exists():
        raise ValidationError("Steps or follow-ups of this plan are still open. Revoke it, which settles them all.")
    return end_plan(plan, Plan.Status.ENTERED_IN_ERROR, by=by, expected_version=expected_version, reason=reason)


def check_no_amendment_in_work(plan: Plan) -> None:
    """Its steps were copied from this plan and go on from what becomes of them here."""
    amendment = Plan.objects.working().filter(amends=plan).first()
    if amendment is not None:
        raise ValidationError(
            f"Plan {amendment.number}, which amends this plan, is still {amendment.get_status_display().lower()}. "
            "Release or discard it first; then end the plan that is in force."
        )

"""What happens to a plan in force: pause, resume, complete with its outcome, revoke."""

from collections.abc import Mapping
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import ask_about, check_open, check_reason, check_reason_code, check_transition
from careplans.locks import take_people, take_plan
from careplans.models import FollowUp, Plan, Step
from careplans.readers.steps.courses import runs_on, words_for_running
from careplans.reminders.news import tell_of_plan
from careplans.reminders.schedule import Kind, cancel_for_step
from careplans.services import followups
from careplans.services.breaks import end_break, open_break
from careplans.services.nothing_ahead import ComesNext, overtake, person_of
from careplans.services.occurrences import leave_out
from careplans.services.outcomes import Recorded, check_outcome
from careplans.services.plans import end_plan
from careplans.services.schedule_starts import follow_steps, people_waiting
from careplans.services.step_moves import drop_step
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
    goes_on: Mapping[int, str] | None = None,
    ahead: ComesNext | None = None,
    **recorded: Unpack[Recorded],
) -> Plan:
    """Complete a plan with its outcome, which is asked for and never worked out from those of its steps.

    Every step must have a recorded fate; follow-ups of the case go on. An ongoing step that runs goes on: `goes_on` says,
    by its key, under whose care. Where nothing of the case lies ahead then, `ahead` says what does, or why nothing.
    """
    require(by, "plans.manage", plan.board_id)
    take_people(plan.board_id, person_of(ahead), *people_waiting(plan.pk))
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    still_open = lock(Step.objects.filter(plan=plan).expected())
    running = [step for step in still_open if runs_on(step)]
    if len(running) < len(still_open):
        others = sorted((step for step in still_open if step not in running), key=lambda step: step.position)
        names = ", ".join(f"{step.number} ({step.title})" for step in others)
        raise ValidationError(f"Record first what became of step {names}.")
    found = check_outcome(recorded, today=plan.board.today)
    ask_about(
        plan.case.patient, plan.board.today, recorded={name: found[name] for name in ("response_on", "progressed_on")}
    )
    hand_on(running, goes_on or {}, by=by)
    end_plan(
        plan, Plan.Status.COMPLETED, by=by, expected_version=expected_version, reason="",
        outcome_note=outcome_note.strip(), **found,
    )  # fmt: skip
    follow_steps(plan, by=by)
    _ask_anew(plan, ahead, by=by)
    return plan


def hand_on(running: list[Step], goes_on: Mapping[int, str], *, by: User) -> None:
    """What runs on when its plan ends is in somebody else's care from then on; here it stays as it is."""
    unsaid = [step for step in running if not goes_on.get(step.pk, "").strip()]
    if unsaid:
        raise ValidationError({"goes_on": [words_for_running(step) for step in unsaid]})
    for step in running:
        words = goes_on[step.pk].strip()[:200]
        cancel_for_step(step, reason="it goes on under the care of somebody else")
        leave_out(step, by=by, reason=Step.Reason.GOES_ON, reason_note=f"Goes on under the care of {words}.")
        held = open_break(step)
        end_break(step, step.board.today)
        compare_and_set(step, expected=step.version, carried_over_at=timezone.now(), goes_on_with=words)
        history.record(step, "step_handed_on", by=by, reason=f"{words} ({held.words})" if held else words)


@transactional
def revoke_plan(
    plan: Plan, *, by: User, expected_version: int, reason: str, reason_code: str, goes_on: Mapping[int, str] | None = None,
    ahead: ComesNext | None = None,
) -> Plan:  # fmt: skip
    """Withdraw a plan in force, with the reason in words and out of the list of a step.

    Open steps get a recorded fate and open follow-ups of this plan are cancelled, but for what a cycle that was given asks for;
    whoever they were with is told. An ongoing step that runs goes on, as when the plan is completed. Where nothing else of the
    case lies ahead, `ahead` says what does, or why nothing.
    """
    require(by, "plans.manage", plan.board_id)
    take_people(plan.board_id, person_of(ahead))
    reason = check_reason(reason, what="revoking the plan")
    check_reason_code(reason_code, what="revoking the plan")
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    steps = lock(Step.objects.filter(plan=plan).open().select_related("modality_revision"))
    running = [step for step in steps if runs_on(step)]
    steps = [step for step in steps if step not in running]
    _check_none_begun(steps)
    hand_on(running, goes_on or {}, by=by)
    rows = FollowUp.objects.filter(plan=plan).open().select_related("monitoring")
    follow_ups = [row for row in rows if not row.outlasts_its_plan]
    end_plan(
        plan, Plan.Status.REVOKED, by=by, expected_version=expected_version, reason=reason, end_reason_code=reason_code
    )
    for step in steps:
        cancel_for_step(step, reason="the plan was revoked")
        drop_step(
            step, by=by, reason=Step.Reason.PLAN_REVOKED, because="The plan was revoked", why=reason, code=reason_code
        )
    for follow_up in follow_ups:
        followups.withdraw_follow_up(
            follow_up, by=by, expected_version=follow_up.version, reason=f"Plan {plan.number} was revoked: {reason}"
        )
    tell_of_plan(Kind.ENDED, plan, by=by, why=reason, also=[row.assignee_id for row in (*steps, *follow_ups)])
    _ask_anew(plan, ahead, by=by)
    return plan


def _check_none_begun(steps: list[Step]) -> None:
    begun = min((step for step in steps if step.started_on is not None), key=lambda step: step.position, default=None)
    if begun is not None:
        state = begun.get_status_display().lower()
        raise ValidationError(
            f"Step {begun.number} ({begun.title}) has begun and is {state}. Record first how it ended: stop or complete it."
        )


@transactional
def mark_in_error(plan: Plan, *, by: User, expected_version: int, reason: str, ahead: ComesNext | None = None) -> Plan:
    """An active plan that belongs to another patient or should never have been released."""
    require(by, "plans.manage", plan.board_id)
    take_people(plan.board_id, person_of(ahead))
    take_plan(plan, expected=expected_version)
    check_no_amendment_in_work(plan)
    if Step.objects.filter(plan=plan).open().exists() or FollowUp.objects.filter(plan=plan).open().exists():
        raise ValidationError("Steps or follow-ups of this plan are still open. Revoke it, which settles them all.")
    end_plan(plan, Plan.Status.ENTERED_IN_ERROR, by=by, expected_version=expected_version, reason=reason)
    tell_of_plan(Kind.ENDED, plan, by=by, why=reason)
    _ask_anew(plan, ahead, by=by)
    return plan


def _ask_anew(plan: Plan, ahead: ComesNext | None, *, by: User) -> None:
    """Why nothing lay ahead was said of the plan that has ended now."""
    overtake(plan.case)
    followups.answer_ahead(plan.case, ahead, by=by)


def check_no_amendment_in_work(plan: Plan) -> None:
    """Its steps were copied from this plan and go on from what becomes of them here."""
    amendment = Plan.objects.working().filter(amends=plan).first()
    if amendment is not None:
        raise ValidationError(
            f"Plan {amendment.number}, which amends this plan, is still {amendment.get_status_display().lower()}. "
            "Release or discard it first; then end the plan that is in force."
        )

"""How one plan version hands over to the next: copied steps, outcomes taken over, nobody left between two plans."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from careplans import history
from careplans.guards import able_on
from careplans.models import Arm, Plan, PlanSchedule, Step
from careplans.models.step_fields import Use, fields_that_are
from careplans.readers.fates import why_left_out
from careplans.readers.steps.arms import missing_choice
from careplans.readers.steps.courses import fewer_than_given
from careplans.reminders.news import tell_of_step
from careplans.reminders.schedule import cancel_for_step
from careplans.services.breaks import carry_breaks, end_break
from careplans.services.monitoring import carry_monitoring, copy_monitoring
from careplans.services.occurrences import carry_occurrences, replan_all, standing, write_occurrences
from careplans.services.plan_people import follow_ups_by
from careplans.services.step_moves import drop_step
from common.writing import compare_and_set, lock, take

COPIED = fields_that_are(Use.COPIED)
COPIED_OUTCOME = fields_that_are(Use.HANDED_OVER)


def copy_steps(old: Plan, new: Plan) -> dict[int, Step]:
    """Copy every step into the amendment, and give the copies by what they were copied from. Each keeps the revision it was
    decided on until somebody changes it."""
    originals = list(Step.objects.filter(plan=old).for_plan())
    able = able_on(old.board_id, {pk for step in originals for pk in (step.owner_id, step.assignee_id) if pk})
    found: list[tuple[Step, dict[str, Any]]] = []
    for step in originals:
        values = {name: getattr(step, name) for name in COPIED} | {"carried_from": step}
        if step.is_open and step.owner_id not in able and step.assignee_id in able:
            # Handed over since: who is asked to sign reads who does it.
            values["owner"] = step.assignee
        found.append((step, values))
    return write_copies(found, new)


def write_copies(
    found: Sequence[tuple[Step, Mapping[str, Any]]], plan: Plan, met: Collection[int] = ()
) -> dict[int, Step]:
    """Steps with the values that their copies get, in a draft: with what hangs on each, the arms of its decisions, and what it
    waits for of the others; but for those (by key) of which that is `met` already. Returned by what each was copied from."""
    copies: dict[int, Step] = {}
    for step, values in found:
        copies[step.pk] = Step.objects.create(board_id=plan.board_id, case_id=plan.case_id, plan=plan, **values)
        copy_monitoring(step, copies[step.pk])
    arms = {arm.pk: _copy_arm(arm, copies[step.pk]) for step, _ in found for arm in step.arms.all()}
    for step, _ in found:
        after = None if step.pk in met else copies.get(step.after_step_id or 0)
        arm = arms.get(step.arm_id or 0)
        if after or arm:
            Step.objects.filter(pk=copies[step.pk].pk).update(after_step=after, arm=arm)
    return copies


def _copy_arm(arm: Arm, decision: Step) -> Arm:
    return Arm.objects.create(
        board_id=decision.board_id, decision=decision, carried_from=arm if decision.carried_from_id else None,
        position=arm.position, name=arm.name, condition=arm.condition, no_step=arm.no_step,
    )  # fmt: skip


def supersede_old(plan: Plan, *, by: User) -> None:
    """End the plan in force, if any. Its open steps are carried over or get a recorded outcome."""
    old = Plan.objects.filter(case_id=plan.case_id).in_force().first()
    if old is None:
        return
    take(old)
    carried = set(Step.objects.filter(plan=plan, removed_at=None).values_list("carried_from_id", flat=True))
    still_open = lock(Step.objects.filter(plan=old).open())
    why = why_left_out(plan) if any(step.pk not in carried for step in still_open) else {}
    codes = _codes_left_out(plan) if why else {}
    for step in still_open:
        cancel_for_step(step, reason="the plan was amended")
        if step.pk in carried:
            compare_and_set(step, expected=step.version, carried_over_at=timezone.now())
        else:
            _drop(step, plan, by=by, why=why.get(step.pk, ""), code=codes.get(step.pk, ""))
    status = old.status
    compare_and_set(
        old, expected=old.version, status=Plan.Status.SUPERSEDED, ended_at=timezone.now(), facts_changed_at=None
    )
    history.record(old, "plan_moved", by=by, old=status, new="superseded", reason=f"superseded by plan {plan.number}")


def _codes_left_out(plan: Plan) -> dict[int | None, str]:
    """Why out of the list, by the key of the step of the plan before."""
    gone = Step.objects.filter(plan=plan, removed_at__isnull=False, carried_from__isnull=False)
    return dict(gone.values_list("carried_from", "reason_given"))


def _drop(step: Step, plan: Plan, *, by: User, why: str, code: str) -> None:
    """`why`, `code`: as whoever took it out of the amendment said it; the code is empty of one that was taken out before the
    program asked for it."""
    if step.started_on is not None:
        raise ValidationError(
            f"Step {step.number} of the plan in force ({step.title}) has begun and is not part of plan {plan.number}. Record "
            "first what became of it, or take the new plan back to draft and add the step."
        )
    drop_step(
        step, by=by, reason=Step.Reason.LEFT_OUT, because=f"Not part of plan {plan.number}", why=why, code=code,
        due_when_left_out=step.due_on,
    )  # fmt: skip
    tell_of_step(step, by=by)


def hand_over_schedules(plan: Plan, instead: Mapping[int, User]) -> None:
    """Who does the follow-ups of a plan that is being released, where it is somebody else than who was signed."""
    for row, doer in follow_ups_by(plan):
        person = instead[doer].pk if doer is not None and doer in instead else doer
        if person != row.assignee_id:
            PlanSchedule.objects.filter(pk=row.pk).update(done_with=person)


def activate_steps(plan: Plan, *, by: User, instead: Mapping[int, User]) -> list[Step]:
    """Steps become planned, or what they had already become in the plan before. Returns those that are open.

    Decisions come first: what becomes of the steps in their arms follows from what was decided. `instead`:
    who does what is somebody's (by key) who cannot do it any more.
    """
    opened = []
    steps = sorted(Step.objects.filter(plan=plan).for_plan(), key=lambda step: (not step.is_decision, step.position))
    decisions = {step.pk: step for step in steps if step.is_decision}
    # With every column, which `for_plan()` leaves out.
    befores = Step.objects.in_bulk([step.carried_from_id for step in steps if step.carried_from_id])
    for step in steps:
        before = befores[step.carried_from_id] if step.carried_from_id else None
        outcome = _outcome_of(step, before, plan.board.today) | (
            {"chosen_arm": _chosen(step)} if step.is_decision else {}
        )
        outcome |= _by_arm(step, outcome, decisions, plan.board.today)
        person = outcome["assignee"]
        if outcome["status"] in Step.OPEN and person is not None and person.pk in instead:
            outcome["assignee"] = instead[person.pk]
        compare_and_set(step, expected=step.version, **outcome)
        step.plan = plan
        _take_over_course(step, before, by=by)
        reason = "carried over from the plan before" if before else ""
        history.record(step, "step_moved", by=by, old="proposed", new=step.status, reason=reason)
        if step.is_open:
            opened.append(step)
    return opened


def _outcome_of(step: Step, before: Step | None, today: date) -> dict[str, Any]:
    """Nothing is overdue when it comes into force: what was planned for a day that has passed is due today."""
    if before is None:
        due_on = max(step.planned_start, today) if step.planned_start else None
        return {"status": Step.Status.PLANNED, "assignee": step.owner, "due_on": due_on}
    return {name: getattr(before, name) for name in COPIED_OUTCOME} | _amended(step, before, today)


def _chosen(decision: Step) -> Arm | None:
    """Its own arm of those that the plan before had, while it still says what that one decided."""
    if words := missing_choice(decision):
        raise ValidationError(f"{words} Take the new plan back to draft first.")
    return next((arm for arm in decision.arms.all() if decision.has_chosen(arm)), None)


def _by_arm(step: Step, outcome: Mapping[str, Any], decisions: Mapping[int, Step], today: date) -> dict[str, object]:
    """What the decision about its arm makes of a step that has not begun: it waits, is planned, or is set aside."""
    status, begun = outcome["status"], outcome.get("started_on")
    if status not in (*Step.BEFORE_START, Step.Status.SET_ASIDE) or begun:
        return {}
    arm = step.arm
    decision = decisions[arm.decision_id] if arm else None
    planned = {"due_on": outcome["due_on"] or max(step.planned_start or today, today)}
    if status == Step.Status.SET_ASIDE:
        planned |= {"status": Step.Status.PLANNED, "assignee": step.owner}
    if arm is None or decision is None or decision.status in Step.FAILED or decision.chosen_arm_id == arm.pk:
        return planned
    if decision.status == Step.Status.COMPLETED:
        return {"status": Step.Status.SET_ASIDE, "due_on": None}
    return {"status": Step.Status.PLANNED, "due_on": None, "assignee": outcome["assignee"] or step.owner}


def _take_over_course(step: Step, before: Step | None, *, by: User) -> None:
    """Cycles, breaks and what hangs on the step go along; a step that comes into force gets the rows that it lacks."""
    if before is not None:
        if words := fewer_than_given(step):
            raise ValidationError(f"Step {step.number} ({step.title}) {words} Take the new plan back to draft first.")
        carry_occurrences(before, step, by=by)
        carry_breaks(before, step)
        if step.status != Step.Status.ON_HOLD:
            # What its arm makes of a step on hold ends its break.
            end_break(step, step.board.today)
        carry_monitoring(before, step, by=by)
        if step.is_open and step.started_on is None and step.due_on is not None:
            replan_all(step, step.due_on, agreed=True)
    write_occurrences(step)
    columns = standing(step)
    if any(getattr(step, name) != value for name, value in columns.items()) and step.is_open:
        compare_and_set(step, expected=step.version, **columns)


def _amended(step: Step, before: Step, today: date) -> dict[str, object]:
    """What the amendment itself says anew about an open step: another owner, another date."""
    if not before.is_open:
        return {}
    changed: dict[str, object] = {}
    if step.owner_id != before.owner_id:
        changed["assignee"] = step.owner
    date_name = "planned_end" if before.status == Step.Status.IN_PROGRESS else "planned_start"
    if getattr(step, date_name) and getattr(step, date_name) != getattr(before, date_name):
        changed["due_on"] = max(getattr(step, date_name), today)
    return changed

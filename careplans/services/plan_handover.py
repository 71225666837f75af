"""How one plan version hands over to the next: copied steps, outcomes taken over, nobody left between two plans."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.services.notices import add_notice
from careplans import history
from careplans.models import FollowUp, Plan, Step
from careplans.models.step_fields import Use, fields_that_are
from careplans.reminders.escalation import coordinators
from careplans.reminders.schedule import cancel_for_step
from common.writing import compare_and_set, lock, take

COPIED = fields_that_are(Use.COPIED)
COPIED_OUTCOME = fields_that_are(Use.HANDED_OVER)


def copy_steps(old: Plan, new: Plan) -> None:
    """Copy every step into the amendment. Each keeps the revision it was decided on until somebody changes it."""
    copies: dict[int, Step] = {}
    originals = list(Step.objects.filter(plan=old).for_plan())
    for step in originals:
        values = {name: getattr(step, name) for name in COPIED}
        copies[step.pk] = Step.objects.create(
            board_id=new.board_id, case_id=new.case_id, plan=new, carried_from=step, **values
        )
    for step in originals:
        if step.after_step_id:
            Step.objects.filter(pk=copies[step.pk].pk).update(after_step=copies[step.after_step_id])


def supersede_old(plan: Plan, *, by: User) -> None:
    """End the plan in force, if any. Its open steps are carried over or get a recorded outcome."""
    old = Plan.objects.filter(case_id=plan.case_id).in_force().first()
    if old is None:
        return
    take(old)
    dropped = []
    carried = set(Step.objects.filter(plan=plan, removed_at=None).values_list("carried_from_id", flat=True))
    for step in lock(Step.objects.filter(plan=old).open()):
        cancel_for_step(step, reason="the plan was amended")
        if step.pk in carried:
            compare_and_set(step, expected=step.version, carried_over_at=timezone.now())
        else:
            _drop(step, plan, by=by)
            dropped.append(step)
    tell_dropped(plan, dropped, f"it is not part of plan {plan.number}", by=by)
    status = old.status
    compare_and_set(
        old, expected=old.version, status=Plan.Status.SUPERSEDED, ended_at=timezone.now(), facts_changed_at=None
    )
    history.record(old, "plan_moved", by=by, old=status, new="superseded", reason=f"superseded by plan {plan.number}")


def _drop(step: Step, plan: Plan, *, by: User) -> None:
    if step.started_on is not None:
        raise ValidationError(
            f"Step {step.position} of the plan in force ({step.title}) has begun and is not part of plan {plan.number}. Record "
            "first what became of it, or take the new plan back to draft and add the step."
        )
    old = step.status
    compare_and_set(
        step, expected=step.version, status=Step.Status.NOT_DONE, due_on=None, reason=Step.Reason.OTHER_TREATMENT,
        reason_note=f"Not part of plan {plan.number}.",
    )  # fmt: skip
    history.record(step, "step_moved", by=by, old=old, new="not_done", reason=f"not part of plan {plan.number}")


def tell_dropped(plan: Plan, dropped: Sequence[Step | FollowUp], why: str, *, by: User) -> None:
    """Whoever a step or follow-up was with, and the coordinators, hear that nobody waits for it any more: in the app, by
    name. `by` knows. What is dropped still has its assignee."""
    told: dict[int, list[str]] = {}
    leads = coordinators(plan.board_id) if dropped else []
    for row in dropped:
        words = f"step {row.position} ({row.title})" if isinstance(row, Step) else f"follow-up “{row}”"
        for user in {row.assignee_id, *leads} - {by.pk}:
            if user is not None:
                told.setdefault(user, []).append(words)
    for person in User.objects.filter(pk__in=told, is_active=True).order_by("pk"):
        what = ", ".join(told[person.pk])
        add_notice(
            person, kind="plan", text=f"{plan.case.patient}: no longer to be done, because {why}: {what}",
            path=f"/plans/{plan.pk}/", dedupe_key=f"dropped.{plan.pk}.{person.pk}",
        )  # fmt: skip


def activate_steps(plan: Plan, *, by: User) -> list[Step]:
    """Steps become planned, or what they had already become in the plan before. Returns those that are open."""
    opened = []
    for step in Step.objects.filter(plan=plan).for_plan().select_related("carried_from"):
        before = step.carried_from
        if before is None:
            outcome = {"status": Step.Status.PLANNED, "assignee": step.owner, "due_on": step.planned_start}
        else:
            outcome = {name: getattr(before, name) for name in COPIED_OUTCOME} | _amended(step, before)
        compare_and_set(step, expected=step.version, **outcome)
        reason = "carried over from the plan before" if before else ""
        history.record(step, "step_moved", by=by, old="proposed", new=step.status, reason=reason)
        if step.is_open:
            step.plan = plan
            opened.append(step)
    return opened


def _amended(step: Step, before: Step) -> dict[str, object]:
    """What the amendment itself says anew about an open step: another owner, another date."""
    if not before.is_open:
        return {}
    changed: dict[str, object] = {}
    if step.owner_id != before.owner_id:
        changed["assignee"] = step.owner
    date_name = "planned_end" if before.status == Step.Status.IN_PROGRESS else "planned_start"
    if getattr(step, date_name) and getattr(step, date_name) != getattr(before, date_name):
        changed["due_on"] = getattr(step, date_name)
    return changed

"""A step that was taken out of a draft comes back: undo, as long as the plan is worked on."""

from django.core.exceptions import ValidationError
from django.db.models import F

from accounts.models import User
from careplans import history
from careplans.models import Step
from careplans.services import plan_content_lock
from careplans.services.decisions import arm_problems
from careplans.services.plan_content_lock import Edited
from careplans.services.steps import order_of, put_in_order
from common.writing import note_change, note_pair, transactional

NO_GATE = {"after_step": None, "after_event": Step.AfterEvent.ENDED, "after_occurrence": None}


@transactional
def restore_step(step: Step, *, by: User) -> Edited:
    """Put it back where it stood, beside what it ran beside. Its arm or its gate goes where that is no longer there; who waited
    for it waits again only once somebody says so."""
    plan, current = plan_content_lock.lock_step_for_editing(step, by=by)
    if current.removed_at is None:
        return Edited(plan=plan)
    if plan.no_treatment:
        raise ValidationError("The plan says “no treatment now”. Untick that first, then put the step back.")
    live = list(Step.objects.filter(plan=plan, removed_at=None).order_by("position", "id"))
    before = order_of(live)
    changes = {"removed_at": None, **_without_what_is_gone(current)}
    note_change(current, changes)
    Step.objects.filter(pk=current.pk).update(version=F("version") + 1, **changes)
    now = put_back(before, current.pk, _order_before(current), current.position)
    put_in_order(plan, now)
    note_pair(current, "order", before, now)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(current, "step_restored", by=by, position=current.position)
    return edited


def _without_what_is_gone(step: Step) -> dict[str, object]:
    gone: dict[str, object] = {}
    after, arm = step.after_step, step.arm
    if after is not None and after.removed_at is not None:
        gone |= NO_GATE
    if arm is not None and (arm.removed_at is not None or arm.decision.removed_at is not None):
        gone["arm"] = None
    kept = {"arm": None if "arm" in gone else arm, "after_step": None if "after_step" in gone else after}
    if problems := arm_problems(step.plan, step, kept):
        raise ValidationError(problems)
    return gone


def _order_before(step: Step) -> list[list[int]]:
    """The order from which it was taken out, as the record has it."""
    told = history.latest(step, "step_removed")
    order = (told.data.get("was") or {}).get("order") if told else None
    return order if isinstance(order, list) else []


def put_back(order: list[list[int]], pk: int, before: list[list[int]], place: int) -> list[list[int]]:
    """The order with one step more: beside what it ran beside, else behind what stood before it, else at its old place. Pure."""
    at = next((index for index, group in enumerate(before) if pk in group), None)
    if at is None:
        return [*order[: place - 1], [pk], *order[place - 1 :]]
    beside = {other for other in before[at] if other != pk}
    for index, group in enumerate(order):
        if beside & set(group):
            return [*order[:index], [*group, pk], *order[index + 1 :]]
    earlier = {other for group in before[:at] for other in group}
    behind = max((index + 1 for index, group in enumerate(order) if earlier & set(group)), default=0)
    return [*order[:behind], [pk], *order[behind:]]

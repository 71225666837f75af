"""A step that was taken out of a draft comes back: undo, as long as the plan is worked on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F

from accounts.models import User
from careplans import history
from careplans.models import Arm, Event, Plan, Step
from careplans.services import plan_content_lock
from careplans.services.decisions import arm_problems, leads_to
from careplans.services.plan_content_lock import Edited
from careplans.services.steps import NO_GATE, order_of, put_in_order, write_gate
from common.writing import note_change, note_pair, transactional


@transactional
def restore_step(step: Step, *, by: User) -> Edited:
    """Put it back where it stood, beside what it ran beside, and in its arm. Who waited for it waits again, unless for another
    one by now. Its own gate goes where that is no longer there. What does not come back is said."""
    plan, current = plan_content_lock.lock_step_for_editing(step, by=by)
    if current.removed_at is None:
        return Edited(plan=plan)
    if plan.no_treatment:
        raise ValidationError("The plan says “no treatment now”. Untick that first, then put the step back.")
    live = list(Step.objects.filter(plan=plan, removed_at=None).order_by("position", "id"))
    before = order_of(live)
    removal = history.latest(current, "step_removed")
    told = _lost_gate(plan, current)
    changes = {"removed_at": None, "reason_given": "", **_without_what_is_gone(current)}
    note_change(current, changes)
    Step.objects.filter(pk=current.pk).update(version=F("version") + 1, **changes)
    now = put_back(before, current.pk, _order_before(removal), current.position)
    put_in_order(plan, now)
    note_pair(current, "order", before, now)
    told += _close_gates(plan, current, (removal.data.get("waited") if removal else None) or [], by=by)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(current, "step_restored", by=by, position=current.position)
    return replace(edited, told=tuple(told))


def _close_gates(plan: Plan, back: Step, waited: Sequence[Mapping[str, Any]], *, by: User) -> list[str]:
    """Who waited for it when it was taken out waits again, or it is said that they do not."""
    rows = Step.objects.select_related("after_step", "arm__decision").filter(plan=plan)
    others, now = rows.in_bulk([row["step"] for row in waited]), rows.get(pk=back.pk)
    told = []
    for row in waited:
        if (other := others.get(row["step"])) is None:
            continue
        words = _why_not_again(plan, other, now)
        if not words:
            gate = {"after_step": now, "after_event": row["after_event"], "after_occurrence": row["after_occurrence"]}
            write_gate(other, gate, by=by, reason=f"Step {now.number}, for which it waited, was put back.")
        if other.removed_at is None:
            told.append(f"Step {other.number} ({other.title}) {words or 'waits for it again'}.")
    return told


def _why_not_again(plan: Plan, other: Step, back: Step) -> str:
    if other.after_step is not None:
        return f"waited for it before, and waits for step {other.after_step.number} ({other.after_step.title}) now"
    problems = arm_problems(plan, other, {"arm": other.arm, "after_step": back})
    if "after_step" in problems or leads_to(back, other.pk):
        return "waited for it before, and as the plan stands now it cannot: look at what it waits for"
    return ""


def _lost_gate(plan: Plan, step: Step) -> list[str]:
    """It waited for one that was taken out after it, and is out still."""
    if step.after_step_id is not None:
        return []
    gone = Step.objects.in_bulk(Step.objects.filter(plan=plan, removed_at__isnull=False).values_list("pk", flat=True))
    events = Event.objects.filter(plan=plan, kind="step_removed", step__in=gone).order_by("id")
    last = {event.step_id: event.data.get("waited") or [] for event in events}
    return [
        f"It waited for {gone[pk].title}, which is out of the plan, and does not wait any more."
        for pk, waited in last.items()
        if pk and any(row["step"] == step.pk for row in waited)
    ]


def _without_what_is_gone(step: Step) -> dict[str, object]:
    gone: dict[str, object] = {}
    after, arm = step.after_step, _arm_of(step)
    if after is not None and after.removed_at is not None:
        gone |= NO_GATE
    if arm is not None and arm.pk != step.arm_id:
        gone["arm"] = arm
    kept = {"arm": arm, "after_step": None if "after_step" in gone else after}
    if problems := arm_problems(step.plan, step, kept):
        raise ValidationError(problems)
    return gone


def _arm_of(step: Step) -> Arm | None:
    """Its arm, or the one of that name in its place. Without it the step would be done whatever is decided, so it stays out."""
    arm = step.arm
    if arm is None:
        return None
    where = f"This step belongs to the arm “{arm.name}” of the decision “{arm.decision.title}”"
    after = "take it out of the arm then, if it is to be done whatever is decided."
    if arm.decision.removed_at is not None:
        raise ValidationError(f"{where}, which was taken out. Put the decision back first, and then this step; {after}")
    arms: list[Arm] = [arm] if arm.removed_at is None else list(arm.decision.arms.live())
    found = next((one for one in arms if one.name.casefold() == arm.name.casefold()), None)
    if found is None:
        raise ValidationError(
            f"{where}, and that arm was taken out. Add an arm of this name there first, and put the step back then; {after}"
        )
    return found


def _order_before(told: Event | None) -> list[list[int]]:
    """The order from which it was taken out, as the record has it."""
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

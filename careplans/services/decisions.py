"""Decisions and their arms while a plan is drafted. What is chosen later: careplans/services/arm_choice.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from careplans import history
from careplans.models import Arm, Plan, Step
from careplans.services import plan_content_lock
from careplans.services.plan_content_lock import Edited
from common.merging import merge
from common.writing import note_change, note_pair, raise_conflict, transactional

ARM_FIELDS = ("name", "condition", "no_step")
# What a decision is for. It treats nothing, so no rule may take it for a treatment.
DECISION_GOALS = [Step.Goal.MONITORING]
OF_TREATMENTS = {"modality", "goals", "target", "target_mm", "target_mm_unknown", "course", "agent", "session_names"}
MOST_ARMS = 6
NOT_NESTED = (
    "A decision cannot stand in an arm of another one. Name every way on as an arm of the first decision, for example “responds, "
    "operable” and “responds, inoperable”; or leave the later one out, and amend the plan when it comes to that: the board signs "
    "it then."
)


@transactional
def add_decision(
    plan: Plan, *, by: User, description: str, arms: Sequence[Mapping[str, str]], phase: str = Step.Phase.SURVEILLANCE,
    expected_version: int | None = None,
) -> Step:  # fmt: skip
    """Add a decision at the end of the order, with its arms: each has a name, and a condition in words if it has one."""
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    if plan.no_treatment:
        raise ValidationError("The plan says “no treatment now”. Untick that first, then add a decision.")
    if not description.strip():
        raise ValidationError({"description": "Say at what the board decides, for example: re-staging."})
    if len(arms) > MOST_ARMS:
        raise ValidationError({"arms": f"A decision has at most {MOST_ARMS} arms."})
    last = Step.objects.filter(plan=plan, removed_at=None).aggregate(last=Max("position"))["last"] or 0
    step = write_decision(plan, last + 1, {"phase": phase, "description": description.strip()})
    for place, values in enumerate(arms, start=1):
        write_arm(step, place, values)
    plan_content_lock.content_changed(plan, by=by)
    history.record(step, "step_added", by=by, position=step.position, modality=step.modality_code)
    return step


def write_decision(plan: Plan, position: int, values: Mapping[str, Any]) -> Step:
    """The row alone: of whoever holds the plan, and counts and tells the change."""
    fixed = {"is_decision": True, "modality_code": Step.ModalityCode.OTHER, "goals": list(DECISION_GOALS)}
    return Step.objects.create(
        board_id=plan.board_id, case_id=plan.case_id, plan=plan, position=position, **values, **fixed
    )


@transactional
def add_arm(
    step: Step, *, by: User, name: str, condition: str = "", no_step: str = "", expected_version: int | None = None
) -> Arm:
    """`expected_version` is the decision's (the API): any change of it since then raises Conflict."""
    plan, step = _lock_decision(step, by=by, expected_version=expected_version)
    if not step.is_decision:
        raise ValidationError("Only a decision has arms. Add a decision to the plan first.")
    arms = list(step.arms.live())
    if len(arms) >= MOST_ARMS:
        raise ValidationError(
            f"This decision has {len(arms)} arms already, and more cannot be compared. Take one out first."
        )
    arm = write_arm(step, len(arms) + 1, {"name": name, "condition": condition, "no_step": no_step})
    _changed(plan, step, "arm_added", by=by)
    return arm


@transactional
def edit_arm(
    arm: Arm, values: Mapping[str, Any], *, by: User, base: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> tuple[Edited, dict[str, Any]]:  # fmt: skip
    """Save fields of an arm; fields in dispute come back with the colleague's value and are not saved."""
    plan, arm = _lock_arm(arm, by=by, expected_version=expected_version)
    posted = {name: str(value).strip() for name, value in values.items() if name in ARM_FIELDS}
    result = merge(current={name: getattr(arm, name) for name in posted}, base=base, posted=posted)
    if not result.changes:
        return Edited(plan=plan), result.conflicts
    _check_name(arm.decision, result.changes.get("name", arm.name), besides=arm.pk)
    note_change(arm, result.changes)
    Arm.objects.filter(pk=arm.pk).update(version=F("version") + 1, **result.changes)
    return _changed(plan, arm.decision, "arm_edited", by=by, of=arm, fields=sorted(result.changes)), result.conflicts


@transactional
def move_arm(arm: Arm, *, by: User, direction: str, expected_version: int | None = None) -> Edited:
    """One place `up` or `down` among the arms of its decision; where that leads nowhere, nothing changes."""
    plan, arm = _lock_arm(arm, by=by, expected_version=expected_version)
    order = [other.pk for other in arm.decision.arms.live()]
    at = order.index(arm.pk)
    to = at - 1 if direction == "up" else at + 1
    if not 0 <= to < len(order):
        return Edited(plan=plan)
    before = list(order)
    order[at], order[to] = order[to], order[at]
    _number(order)
    note_pair(arm.decision, "arms", before, order)
    return _changed(plan, arm.decision, "arms_reordered", by=by)


@transactional
def remove_arm(arm: Arm, *, by: User, expected_version: int | None = None) -> Edited:
    """Take an arm out of a draft. The row stays; an arm with steps stays too, so that none of them is lost unseen."""
    plan, arm = _lock_arm(arm, by=by, expected_version=expected_version)
    steps = Step.objects.filter(arm=arm, removed_at=None).order_by("position")
    if steps:
        names = ", ".join(f"{step.number} ({step.title})" for step in steps)
        raise ValidationError(
            f"The arm “{arm.name}” has step {names}. Take it out of the arm first, or out of the plan."
        )
    if arm.decision.has_chosen(arm):
        raise ValidationError(
            f"The arm “{arm.name}” has been chosen in the plan in force, so it stays. If that was wrong, correct the decision "
            "there first."
        )
    before = [other.pk for other in arm.decision.arms.live()]
    Arm.objects.filter(pk=arm.pk).update(removed_at=timezone.now(), version=F("version") + 1)
    after = [other.pk for other in arm.decision.arms.live()]
    _number(after)
    note_pair(arm.decision, "arms", before, after)
    return _changed(plan, arm.decision, "arm_removed", by=by)


def write_arm(step: Step, position: int, values: Mapping[str, str]) -> Arm:
    words = {name: str(values.get(name) or "").strip() for name in ARM_FIELDS}
    _check_name(step, words["name"])
    origin = _removed_before(step, words["name"])
    return Arm.objects.create(board_id=step.board_id, decision=step, position=position, carried_from_id=origin, **words)


def _removed_before(step: Step, name: str) -> int | None:
    """Of which arm of the plan in force this is the copy, where one of its name was taken out of this draft before."""
    arms = step.arms.filter(carried_from__isnull=False).select_related("carried_from")
    live = {arm.carried_from_id for arm in arms if arm.removed_at is None}
    gone = (
        arm
        for arm in arms
        if arm.removed_at and arm.carried_from and arm.carried_from.name.casefold() == name.casefold()
    )
    return next((arm.carried_from_id for arm in gone if arm.carried_from_id not in live), None)


def _check_name(step: Step, name: str, *, besides: int | None = None) -> None:
    if not name:
        raise ValidationError({"name": "Give the arm a name, for example: responds."})
    if any(other.name.casefold() == name.casefold() for other in step.arms.live() if other.pk != besides):
        raise ValidationError({"name": f"This decision has an arm of the name “{name}” already. Choose another name."})


def _lock_decision(step: Step, *, by: User, expected_version: int | None) -> tuple[Plan, Step]:
    plan, fresh = plan_content_lock.lock_step_for_editing(step, by=by)
    if fresh.removed_at:
        raise ValidationError(
            "Somebody removed this decision while you had it open. Add it again if it is still wanted."
        )
    if expected_version is not None and fresh.version != expected_version:
        raise_conflict(fresh)
    return plan, fresh


def _lock_arm(arm: Arm, *, by: User, expected_version: int | None) -> tuple[Plan, Arm]:
    plan, decision = _lock_decision(arm.decision, by=by, expected_version=None)
    fresh: Arm = Arm.objects.get(pk=arm.pk)
    if fresh.removed_at:
        raise ValidationError("Somebody took this arm out while you had it open. Add it again if it is still wanted.")
    if expected_version is not None and fresh.version != expected_version:
        raise_conflict(fresh)
    fresh.decision = decision
    return plan, fresh


def _changed(plan: Plan, step: Step, kind: str, *, by: User, of: Arm | None = None, **data: Any) -> Edited:
    Step.objects.filter(pk=step.pk).update(version=F("version") + 1)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(step, kind, by=by, of=of, **data)
    return edited


def _number(order: Sequence[int]) -> None:
    for place, pk in enumerate(order, start=1):
        Arm.objects.filter(pk=pk).exclude(position=place).update(position=place, version=F("version") + 1)


# What a step may say about arms


def arm_problems(plan: Plan, step: Step | None, final: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the arm of a step as it will be, and with what it waits for, by field."""
    arm: Arm | None = final["arm"]
    after: Step | None = final["after_step"]
    problems = {}
    if arm is not None and (words := _refused_arm(plan, step, arm)):
        problems["arm"] = words
    if after is not None and step is not None and after.arm_id and after.arm and after.arm.decision_id == step.pk:
        problems["after_step"] = "That step belongs to an arm of this decision and comes after it. Choose another step."
    if arm is not None and after is not None and after.arm_id not in (None, arm.pk):
        problems["after_step"] = (
            f"Step {after.number} ({after.title}) belongs to another arm, and only one of them comes true. Choose a step of "
            "the same arm, or one that belongs to none."
        )
    return problems


def _refused_arm(plan: Plan, step: Step | None, arm: Arm) -> str:
    # As it stands now, under the plan's lock: the arm at hand may be older.
    arm = Arm.objects.select_related("decision").get(pk=arm.pk)
    decision = arm.decision
    if arm.removed_at or decision.removed_at or decision.plan_id != plan.pk:
        return "Choose an arm of this plan."
    if step is None or arm.pk == step.arm_id:
        return ""
    if step.is_decision:
        return NOT_NESTED
    if step.carried_from is not None and step.carried_from.started_on is not None:
        return "This step has begun, so it cannot wait for a decision. Leave it outside the arms."
    if leads_to(decision, step.pk):
        return f"Step {decision.number}, the decision, waits for this step. Leave it outside its arms."
    others = Step.objects.filter(after_step=step, removed_at=None, arm__isnull=False).exclude(arm=arm)
    if other := others.first():
        return (
            f"Step {other.number} ({other.title}) of another arm waits for this step, and only one arm comes true. Change what "
            "it waits for first."
        )
    return ""


def leads_to(step: Step | None, pk: int) -> bool:
    """Whether what a step waits for, one after the other, reaches the step `pk`. A plan has a handful of steps."""
    seen: set[int] = set()
    ahead = [step]
    while ahead:
        one = ahead.pop()
        if one is None or one.pk in seen:
            continue
        if one.pk == pk:
            return True
        seen.add(one.pk)
        ahead += [one.after_step, one.arm.decision if one.arm else None]
    return False


def check_decision(step: Step, changes: Mapping[str, Any]) -> None:
    """A decision stays one: what is to be done stands in its arms."""
    if step.is_decision and changes.get("arm") is not None:
        raise ValidationError({"arm": NOT_NESTED})
    if step.is_decision and changes.keys() & OF_TREATMENTS:
        raise ValidationError(
            "A decision has no modality, goals, target or course of its own. Add a step for what is to be done."
        )


def check_arms_empty(step: Step) -> None:
    """A decision is taken out when nothing hangs on it any more: a step of an arm is never lost with it unseen."""
    left = Step.objects.filter(arm__decision=step, removed_at=None).order_by("position") if step.is_decision else ()
    if left:
        names = ", ".join(f"{other.number} ({other.title})" for other in left)
        raise ValidationError(f"Its arms have step {names}. Take these out of their arms first, or out of the plan.")

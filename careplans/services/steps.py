from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from careplans import history
from careplans.guards import ask_about, check_days, check_person, check_reason, check_reason_code
from careplans.models import Plan, Step
from careplans.models.step_fields import Use, fields_that_are
from careplans.models.step_places import places_of
from careplans.readers.steps.courses import too_many
from careplans.services import plan_content_lock
from careplans.services.decisions import arm_problems, check_arms_empty, check_decision, leads_to
from careplans.services.plan_content_lock import Edited
from careplans.services.step_reference_pages import CHOICE, choice_in, choose, split_choice
from common.merging import merge
from common.writing import note_change, note_pair, raise_conflict, transactional

EDITABLE = fields_that_are(Use.EDITED)
PLANNED_DAYS = ("planned_start", "planned_end", "not_before")
NO_GATE = {"after_step": None, "after_event": Step.AfterEvent.ENDED, "after_occurrence": None}


@transactional
def add_step(
    plan: Plan, *, by: User, phase: str, modality_code: str = "", reference_page: str = "", expected_version: int | None = None,
    **values: Any,
) -> Step:  # fmt: skip
    """Add a step at the end of the order. It points at the revision of the reference page in force now.

    `reference_page` is the slug of a reference page; without it the main page of `modality_code` is meant.

    `expected_version` is the plan's (the API): any change of it since then raises Conflict.
    """
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    if plan.no_treatment:
        raise ValidationError("The plan says “no treatment now”. Untick that first, then add steps.")
    values = {name: value for name, value in values.items() if name in EDITABLE}
    chosen = choose(modality_code, reference_page)
    live = Step.objects.filter(plan=plan, removed_at=None)
    last = live.aggregate(last=Max("position"))["last"] or 0
    step = write_step(plan, last + 1, values | {"phase": phase, **chosen.columns})
    plan_content_lock.content_changed(plan, by=by)
    history.record(step, "step_added", by=by, position=step.position, modality=chosen.code)
    return step


def write_step(plan: Plan, position: int, values: Mapping[str, Any]) -> Step:
    """The row alone, checked: of whoever holds the plan, and counts and tells the change."""
    _check_values(plan, None, values)
    return Step.objects.create(
        board_id=plan.board_id, case_id=plan.case_id, plan=plan, position=position, **values
    )  # fmt: skip


@transactional
def edit_step(
    step: Step, values: Mapping[str, Any], *, by: User, base: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> tuple[Edited, dict[str, Any]]:  # fmt: skip
    """Save fields of a step; fields in dispute come back with the colleague's value and are not saved.

    With `expected_version` (the API) any change since then raises Conflict instead. Choosing another modality or page
    points the step at that page's revision in force; the same choice again leaves its revision alone.
    """
    plan, step = plan_content_lock.lock_step_for_editing(step, by=by)
    if step.removed_at:
        raise ValidationError("Somebody removed this step while you had it open. Add it again if it is still wanted.")
    if expected_version is not None and step.version != expected_version:
        raise_conflict(step)
    posted = {name: value for name, value in values.items() if name in EDITABLE} | choice_in(values, step)
    posted.pop("modality_code", None)
    result = merge(current={name: getattr(step, name) for name in posted}, base=base, posted=posted)
    if not result.changes:
        return Edited(plan=plan), result.conflicts
    check_decision(step, result.changes)
    _check_values(plan, step, result.changes)
    changes = dict(result.changes)
    if CHOICE in changes:
        changes |= choose(**split_choice(changes.pop(CHOICE))).columns
    note_change(step, changes)
    Step.objects.filter(pk=step.pk).update(version=F("version") + 1, **changes)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(step, "step_edited", by=by, fields=_told(result.changes), position=step.position)
    return edited, result.conflicts


@transactional
def reorder_steps(
    plan: Plan, order: Sequence[Sequence[int]], *, by: User, expected_version: int | None = None
) -> Edited:
    """Set the whole order at once: groups of step ids, one after the other; steps of one group run in parallel.

    Raises Conflict when the ids are not exactly the plan's steps: somebody added or removed one meanwhile.
    """
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    steps = {step.pk: step for step in Step.objects.filter(plan=plan).for_plan()}
    wanted = [pk for group in order for pk in group]
    if sorted(wanted) != sorted(steps):
        raise_conflict(plan)
    if not _put(steps.values(), places_of(order)):
        return Edited(plan=plan)
    now = [list(group) for group in order if group]
    note_pair(plan, "order", order_of(list(steps.values())), now)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(plan, "steps_reordered", by=by, order=now)
    return edited


def order_of(steps: Sequence[Step]) -> list[list[int]]:
    """Groups of the ids of steps in their order; those of one group run in parallel."""
    places = sorted({step.position for step in steps})
    return [[step.pk for step in steps if step.position == place] for place in places]


@transactional
def move_in_order(plan: Plan, step: Step, direction: str, *, by: User) -> Edited:
    """One move by keyboard or button: `up`, `down`, `join` (in parallel with the one before), `part` (on its own)."""
    plan = plan_content_lock.lock_for_editing(plan, by=by)
    groups = order_of(list(Step.objects.filter(plan=plan).for_plan()))
    return reorder_steps(plan, moved(groups, step.pk, direction), by=by)


def moved(groups: list[list[int]], pk: int, direction: str) -> list[list[int]]:
    """The order after one move; the same order where the move leads nowhere. Pure."""
    at = next((index for index, group in enumerate(groups) if pk in group), None)
    if at is None:
        return groups
    rest = [[other for other in group if other != pk] for group in groups]
    alone = len(groups[at]) == 1
    if direction == "part":
        return groups if alone else [*rest[: at + 1], [pk], *rest[at + 1 :]]
    if direction == "join":
        return groups if at == 0 else [*rest[: at - 1], [*rest[at - 1], pk], *(g for g in rest[at:] if g)]
    if not alone:
        return [*rest[:at], [pk], *rest[at:]] if direction == "up" else [*rest[: at + 1], [pk], *rest[at + 1 :]]
    others = [group for group in rest if group]
    target = at - 1 if direction == "up" else at + 1
    return groups if not 0 <= target <= len(others) else [*others[:target], [pk], *others[target:]]


@transactional
def remove_step(
    step: Step, *, by: User, reason: str = "", reason_code: str = "", expected_version: int | None = None
) -> Edited:
    """Take a step out of a draft; one of the plan in force with the reason, in words and out of the list. The row stays, the
    order closes up, steps that waited for it wait no longer: the record keeps for what, so that they wait again when it is
    put back.

    With `expected_version` (the API) a step that changed since then stays, and Conflict is raised.
    """
    plan, current = plan_content_lock.lock_step_for_editing(step, by=by)
    if step.carried_from_id:
        reason = check_reason(reason, what="leaving out a step of the plan in force")
        check_reason_code(reason_code, what="leaving out a step of the plan in force")
    if current.removed_at:
        return Edited(plan=plan)
    check_arms_empty(current)
    if expected_version is not None and current.version != expected_version:
        raise_conflict(current)
    before = order_of(_live(plan))
    removal: dict[str, Any] = {"removed_at": timezone.now()}
    if step.carried_from_id:
        removal["reason_given"] = reason_code
    note_change(step, removal)
    Step.objects.filter(pk=step.pk).update(version=F("version") + 1, **removal)
    waited = _open_gates(plan, current, by=by)
    close_gaps(plan)
    note_pair(step, "order", before, order_of(_live(plan)))
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(step, "step_removed", by=by, reason=reason, position=step.position, waited=waited)
    others = {one.pk: one for one in _live(plan)} if waited else {}
    free = [others[row["step"]] for row in waited if row["step"] in others]
    told = tuple(f"Step {one.number} ({one.title}) waited for it and does not wait any more." for one in free)
    return replace(edited, told=told)


def _open_gates(plan: Plan, removed: Step, *, by: User) -> list[dict[str, Any]]:
    """Who waited for a step that was taken out waits no longer; returned is who waited for what of it."""
    waited = []
    for other in Step.objects.filter(plan=plan, after_step=removed).order_by("position", "id"):
        waited.append({"step": other.pk} | {name: getattr(other, name) for name in NO_GATE if name != "after_step"})
        write_gate(other, NO_GATE, by=by, reason=f"Step {removed.number}, for which it waited, was taken out.")
    return waited


def write_gate(step: Step, gate: Mapping[str, Any], *, by: User, reason: str) -> None:
    """What a step waits for, where that follows from what became of another."""
    fields = sorted(name for name, value in gate.items() if getattr(step, name) != value)
    note_change(step, gate)
    Step.objects.filter(pk=step.pk).update(version=F("version") + 1, **gate)
    history.record(step, "step_edited", by=by, fields=fields, position=step.position, reason=reason)


def _live(plan: Plan) -> list[Step]:
    return list(Step.objects.filter(plan=plan, removed_at=None).order_by("position", "id"))


def close_gaps(plan: Plan) -> None:
    """Positions are 1, 2, 3 … without a gap after every save; equal ones stay equal, with a letter each."""
    put_in_order(plan, order_of(_live(plan)))


def put_in_order(plan: Plan, order: Sequence[Sequence[int]]) -> None:
    """Every step of the plan is named; inside the caller's transaction, who tells of it."""
    _put(_live(plan), places_of(order))


def _put(steps: Collection[Step], places: Mapping[int, tuple[int, str]]) -> bool:
    """Writes the places that are new; says whether one is. A letter alone is no change of what anybody typed or signs."""
    moved = [step for step in steps if step.position != places[step.pk][0]]
    for step in steps:
        place, letter = places[step.pk]
        if step.position != place:
            Step.objects.filter(pk=step.pk).update(position=place, letter=letter, version=F("version") + 1)
        elif step.letter != letter:
            Step.objects.filter(pk=step.pk).update(letter=letter)
    return bool(moved)


def _told(changes: Mapping[str, Any]) -> list[str]:
    """Names of fields for the timeline, which labels columns."""
    return sorted("modality_code" if name == CHOICE else name for name in changes)


def _check_values(plan: Plan, step: Step | None, values: Mapping[str, Any]) -> None:
    """Guards over the step as it will be: `values` over what stands."""

    def final(name: str) -> Any:
        return values[name] if name in values else getattr(step, name, None)

    errors: dict[str, str] = {}
    start, end, after = final("planned_start"), final("planned_end"), final("after_step")
    if start and end and end < start:
        errors["planned_end"] = "The planned end is before the planned start. Check both dates."
    if after is not None and (after.plan_id != plan.pk or after.removed_at or (step and after.pk == step.pk)):
        errors["after_step"] = "Choose another step of this plan."
    if after is not None and step is not None and leads_to(after, step.pk):
        errors["after_step"] = "The two steps would wait for each other. Choose another step."
    errors |= arm_problems(plan, step, {name: final(name) for name in ("arm", "after_step")})
    number = final("after_occurrence")
    if "after_occurrence" in values and number and after is not None and (words := too_many(after, number)):
        errors["after_occurrence"] = f"This step {words}"
    if final("target_mm") and final("target_mm_unknown"):
        errors["target_mm"] = "A size is given, and the step says that it is not recorded. Remove one or the other."
    unknown = [goal for goal in final("goals") or [] if goal not in Step.Goal.values]
    if unknown:
        errors["goals"] = "Choose goals from the list."
    if errors:
        raise ValidationError(errors)
    check_days(planned_start=start, planned_end=end, not_before=final("not_before"))
    if "owner" in values:
        check_person(values["owner"], plan.board_id, field="owner")
    # Where it begins anew, or the day is another one.
    if days := {name: values[name] for name in PLANNED_DAYS if values.get(name)}:
        ask_about(plan.case.patient, plan.board.today, planned=days)


def pin_steps(steps: Sequence[Step], *, by: User) -> None:
    """Let the steps of a plan that is being submitted rest on the revisions in force now.

    A step that an earlier version of the plan has settled stays on the revision it was decided on. Inside the caller's
    transaction, before the content is fixed; the steps come from `for_plan()`.
    """
    settled = Step.objects.filter(pk__in=[s.carried_from_id for s in steps if s.carried_from_id], status__in=Step.ENDED)
    past = set(settled.values_list("pk", flat=True))
    for step in steps:
        newer, old = step.newer_revision, step.modality_revision
        if newer is None or old is None or step.carried_from_id in past:
            continue
        Step.objects.filter(pk=step.pk).update(modality_revision=newer, version=F("version") + 1)
        step.modality_revision, step.version = newer, step.version + 1
        history.record(
            step, "guidance_pinned", by=by, reference_page=old.title, old_number=old.number, new_number=newer.number
        )

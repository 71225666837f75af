"""A plan from a template: its steps, arms, gates and schedules, with days and people of this board. A draft like any other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import Board, Discipline, User
from accounts.permissions import require
from careplans import history
from careplans.locks import take_case, take_people
from careplans.models import Arm, Case, FollowUpSchedule, Plan, PlanSchedule, PlanTemplateVersion, Step, TemplatedStep
from careplans.plan_templates.checks import pages_amiss
from careplans.plan_templates.content import TemplateContent, TemplateSchedule, TemplateStep, read_content
from careplans.plan_templates.days import Days, days_of
from careplans.plan_templates.plain import SAME
from careplans.readers.steps.proposals import able_by_discipline, alone_in
from careplans.reminders.working_days import Hour
from careplans.services import plan_content_lock
from careplans.services.decisions import write_arm, write_decision
from careplans.services.monitoring import write_monitoring
from careplans.services.plan_schedules import new_row
from careplans.services.plans import check_may_begin, create_version
from careplans.services.step_reference_pages import choose, split_choice
from careplans.services.steps import close_gaps, write_step
from common.writing import note_change, transactional

NOT_IN_FORCE = (
    "This version of the template is not in force any more. Go back and choose again: what stands now is shown there."
)


@dataclass(frozen=True)
class Applied:
    """A draft that was begun, and what the template could not fill in, as sentences."""

    plan: Plan
    told: list[str] = field(default_factory=list)


@transactional
def draft_from_template(case: Case, version: PlanTemplateVersion, *, by: User) -> Applied:
    """Begin the first plan of a case from a template. One draft at a time."""
    require(by, "plans.draft", case.board_id)
    taken = _take_people(case.board)
    take_case(case)
    check_may_begin(case)
    content = content_in_force(version)
    plan = create_version(case, by=by, aim=content.aim, template_version=version)
    return _fill(plan_content_lock.lock_for_editing(plan, by=by), version, content, taken, by=by)


@transactional
def apply_template(
    plan: Plan, version: PlanTemplateVersion, *, by: User, expected_version: int | None = None
) -> Applied:
    """Fill a draft that has nothing yet. What somebody has written in it is never mixed with a template."""
    require(by, "plans.draft", plan.board_id)
    taken = _take_people(plan.board)
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    check_empty(plan)
    content = content_in_force(version)
    aim = plan.aim if plan.aim.strip() else content.aim
    # Which template it was, the event itself says.
    note_change(plan, {"aim": aim})
    Plan.objects.filter(pk=plan.pk).update(aim=aim, template_version=version)
    plan.aim, plan.template_version = aim, version
    return _fill(plan, version, content, taken, by=by)


def check_empty(plan: Plan) -> None:
    if plan.no_treatment:
        raise ValidationError("The plan says “no treatment now”. Untick that first, then start from a template.")
    if plan.amends_id is not None:
        raise ValidationError("An amendment goes on from the plan in force, so it does not start from a template.")
    has_steps = Step.objects.filter(plan=plan, removed_at=None).exists()
    if has_steps or PlanSchedule.objects.filter(plan=plan, removed_at=None).exists():
        raise ValidationError("This draft has steps or a schedule already. A template fills only an empty one.")


def content_in_force(version: PlanTemplateVersion) -> TemplateContent:
    """Read anew, under the lock of the case: what was withdrawn or replaced meanwhile begins nothing any more."""
    fresh = PlanTemplateVersion.objects.get(pk=version.pk)
    if fresh.state != PlanTemplateVersion.State.PUBLISHED:
        raise ValidationError(NOT_IN_FORCE)
    content = read_content(fresh.content)
    if amiss := pages_amiss(content):
        raise ValidationError([*amiss, "Ask an editor to bring the template up, or start empty."])
    return content


def _take_people(board: Board) -> set[int]:
    """Everybody to whom the template may give work: their memberships are taken before the case."""
    taken = {user.pk for users in able_by_discipline(board.pk).values() for user in users}
    take_people(board, *taken)
    return taken


def _fill(
    plan: Plan, version: PlanTemplateVersion, content: TemplateContent, taken: Collection[int], *, by: User
) -> Applied:
    """Whoever has left meanwhile is not among the people any more, and whoever has come since was not taken."""
    able = able_by_discipline(plan.board_id).items()
    people = {discipline: [user for user in users if user.pk in taken] for discipline, users in able}
    steps = _write_steps(plan, content, people)
    TemplatedStep.objects.bulk_create(
        TemplatedStep(step=step, version=version, key=key) for key, step in steps.items()
    )  # fmt: skip
    told = [*_owners_left(content, people), *_write_schedules(plan, content, steps, people)]
    plan_content_lock.content_changed(plan, by=by)
    history.record(
        plan, "plan_from_template", by=by, template=version.title, number=version.number, count=len(steps),
        schedules=len(content.schedules),
    )  # fmt: skip
    return Applied(plan, told)


def _write_steps(plan: Plan, content: TemplateContent, people: Mapping[str, Sequence[User]]) -> dict[str, Step]:
    days = days_of(content, plan.board.today, off=Hour.of(plan.board).off)
    steps: dict[str, Step] = {}
    arms: dict[str, Arm] = {}
    places = {place: number for number, place in enumerate(sorted({one.place for one in content.steps}), start=1)}
    for own in content.ordered:
        values = _values(own, days[own.key], alone_in([own.owner], people))
        values |= {"after_step": steps.get(own.after), "arm": arms.get(own.arm)}
        position = places[own.place]
        if own.is_decision:
            step = write_decision(plan, position, {name: values[name] for name in values if name in OF_DECISIONS})
            for place, arm in enumerate(own.arms, start=1):
                words = {"name": arm.name, "condition": arm.condition, "no_step": arm.no_step}
                arms[arm.key] = write_arm(step, place, words)
        else:
            step = write_step(plan, position, values | choose(**split_choice(own.modality)).columns)
        for line in own.monitoring:
            write_monitoring(step, **asdict(line))
        steps[own.key] = step
    # Steps side by side get their letters.
    close_gaps(plan)
    return steps


OF_DECISIONS = (
    "phase", "description", "owner", "planned_start", "planned_end", "not_before", "after_step", "after_event",
    "after_occurrence", "only_if", "rationale", "alternatives",
)  # fmt: skip


def _values(own: TemplateStep, days: Days, owner: User | None) -> dict[str, Any]:
    same = {name: getattr(own, name) for name in SAME if name != "is_decision"}
    return {
        **same, "goals": list(own.goals), "owner": owner, "planned_start": days.start, "planned_end": days.end,
        "not_before": days.not_before,
    }  # fmt: skip


def _owners_left(content: TemplateContent, people: Mapping[str, Sequence[User]]) -> list[str]:
    """For which disciplines somebody has to be chosen by hand; the steps themselves stand in what the plan still misses."""
    named = [*(step.owner for step in content.ordered), *(one.owner for one in content.schedules)]
    asked = [owner for owner in named if owner]
    found = []
    for discipline in dict.fromkeys(asked):
        many = len(people.get(discipline, ()))
        label = Discipline(discipline).label
        if many == 0:
            found.append(f"{label}: nobody of this board signs for it. Choose who sees to its steps.")
        elif many > 1:
            found.append(f"{label}: {many} people of this board sign for it. Choose who sees to its steps.")
    return found


def _write_schedules(
    plan: Plan, content: TemplateContent, steps: Mapping[str, Step], people: Mapping[str, Sequence[User]]
) -> list[str]:
    """Those of the board's library by their names; what is not in use there is told, and chosen by hand."""
    names = [one.name for one in content.schedules]
    library = FollowUpSchedule.objects.filter(board=plan.board_id, name__in=names, is_active=True).with_lines()
    known = {one.name: one for one in library}
    missing = []
    for one in content.schedules:
        if one.name not in known:
            missing.append(f"The schedule “{one.name}” is not in use on this board. Choose another one for this plan.")
            continue
        new_row(plan, known[one.name], _of_schedule(one, steps, plan.board.today, people)).save(force_insert=True)
    return missing


def _of_schedule(
    one: TemplateSchedule, steps: Mapping[str, Step], today: date, people: Mapping[str, Sequence[User]]
) -> dict[str, Any]:
    step = steps.get(one.from_step)
    start = {"from_step": step, "from_event": one.from_event} if step else {"counts_from": today}
    return {**start, "assignee": alone_in([one.owner], people), "overlap": one.overlap}

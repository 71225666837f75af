"""Whom a plan gives work to, and whether they are still there: asked before sign-off and at the release, under the lock.

What was signed stays as it is. Where its owner cannot do the work any more, the chair says at the release who does it instead;
that person becomes the step's assignee, as after any hand-over, and no signature is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.guards import able_on
from careplans.models import Plan, PlanSchedule, Step
from careplans.reminders.escalation import coordinators
from common.errors import Conflict
from common.writing import MEANWHILE


@dataclass(frozen=True)
class Gone:
    """Somebody whom a plan names, and who cannot do it: not on the board any more, or in a role that only reads."""

    user: User
    what: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        return f"{self.user.name} cannot act on this board any more, and would get {', '.join(self.what)}."


def work_given(plan: Plan) -> dict[int, list[str]]:
    """What its release would give to whom. Three queries at most; what has ended in the plan before is given to nobody."""
    steps = Step.objects.filter(plan=plan, removed_at=None).select_related(
        "carried_from", "arm__decision__carried_from"
    )
    return _work(steps.order_by("position", "pk"), follow_ups_by(plan))


def work_shown(plan: Plan) -> dict[int, list[str]]:
    """The same of a plan from `for_detail()`, for its page. One query where it amends another."""
    return _work(plan.steps.all(), _follow_ups(plan, plan.standing_schedules))


def _work(steps: Iterable[Step], follow_ups: Iterable[tuple[PlanSchedule, int | None]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for step in steps:
        person = _doer_of(step)
        if person is not None:
            found.setdefault(person, []).append(f"step {step.number} ({step.title})")
    for row, person in follow_ups:
        if person is not None:
            found.setdefault(person, []).append(f"the follow-ups of “{row.schedule.name}”")
    return found


def _doer_of(step: Step) -> int | None:
    """As `activate_steps` decides it: the owner, or whoever sees to it already where the amendment names nobody else."""
    before = step.carried_from
    if before is None:
        return step.owner_id
    if before.status == Step.Status.SET_ASIDE:
        return step.owner_id if _comes_back(step) else None
    if not before.is_open:
        return None
    return step.owner_id if step.owner_id != before.owner_id else before.assignee_id


def _comes_back(step: Step) -> bool:
    """Of a step that was set aside: whether the amendment plans it anew, out of any arm or in the one that was chosen."""
    if step.arm is None:
        return True
    decided = step.arm.decision.carried_from
    return decided is None or decided.chosen_arm_id == step.arm.carried_from_id


def follow_ups_by(plan: Plan) -> list[tuple[PlanSchedule, int | None]]:
    """Who does the follow-ups of each of its schedules: whoever did them last, where an amendment names the same person."""
    rows = PlanSchedule.objects.filter(plan=plan, removed_at=None).select_related("schedule").order_by("pk")
    return _follow_ups(plan, list(rows))


def _follow_ups(plan: Plan, rows: Sequence[PlanSchedule]) -> list[tuple[PlanSchedule, int | None]]:
    old = PlanSchedule.objects.filter(plan=plan.amends_id, removed_at=None) if rows and plan.amends_id else []
    last = {(row.schedule_id, row.assignee_id): row.doer_id for row in old}
    return [(row, last.get((row.schedule_id, row.assignee_id), row.doer_id)) for row in rows]


def gone_from(plan: Plan, work: Mapping[int, list[str]]) -> list[Gone]:
    """Whom its release would give work that they cannot do. Two queries at most."""
    able = able_on(plan.board_id, work)
    people = User.objects.in_bulk([pk for pk in work if pk not in able])
    return [Gone(people[pk], what) for pk, what in work.items() if pk in people]


def left_before_signoff(plan: Plan, steps: Sequence[Step]) -> list[str]:
    """Owners to be chosen anew before a plan is sent to sign-off, as sentences. Two queries at most."""
    ended = _ended_before(steps)
    named = [(step, step.owner) for step in steps if step.owner and step.carried_from_id not in ended]
    rows = [(row, row.assignee) for row in plan.standing_schedules if row.assignee]
    able = able_on(plan.board_id, {*(owner.pk for _, owner in named), *(person.pk for _, person in rows)})
    found = [
        f"Step {step.number} ({step.title}): {owner.name} cannot act on this board any more. Choose another owner."
        for step, owner in named
        if owner.pk not in able
    ]
    return found + [
        f"Follow-up “{row.schedule.name}”: {person.name} cannot act on this board any more. Choose who does it."
        for row, person in rows
        if person.pk not in able
    ]


def _ended_before(steps: Sequence[Step]) -> set[int | None]:
    """What an amendment copied after it had ended says who did it, which stays true."""
    copied = [step.carried_from_id for step in steps if step.carried_from_id]
    still = (*Step.OPEN, Step.Status.SET_ASIDE)
    ended = Step.objects.filter(pk__in=copied).exclude(status__in=still) if copied else Step.objects.none()
    return set(ended.values_list("pk", flat=True))


def check_all_there(plan: Plan, instead: Mapping[int, User], *, taken: set[int]) -> None:
    """At the release, with the memberships in `taken` held: nobody gets work that they cannot do."""
    work = work_given(plan)
    if not taken.issuperset(work):
        raise Conflict(MEANWHILE)
    gone = [one for one in gone_from(plan, work) if one.user.pk not in instead]
    if gone:
        words = [f"{one.sentence} Say who does it instead." for one in gone]
        raise ValidationError({"instead": words})
    able = able_on(plan.board_id, {user.pk for user in instead.values()})
    for user in instead.values():
        if user.pk not in able:
            raise ValidationError({"instead": f"{user.name} cannot act on this board either. Choose somebody else."})


def doer_of_schedule(row: PlanSchedule) -> int | None:
    """To whom a schedule of a plan writes its follow-ups: to a coordinator where whoever does them has left, since a schedule
    that goes on by itself can ask nobody."""
    person = row.doer_id
    if person is None or able_on(row.board_id, [person]):
        return person
    return next(iter(coordinators(row.board_id)), person)

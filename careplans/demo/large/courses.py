"""What becomes of the cases of a large board: how many plans each has, in which states, and who works on them."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from accounts.models import Board, User
from careplans.models import Case, FollowUp, FollowUpSchedule, Patient, Plan, Proforma, Signature, Step
from modalities.models import Revision

Status = Plan.Status
# One person has the same work at every size, so that a page about one's own work can be compared.
ORDINARY = "oncology"
ORDINARY_STEPS, ORDINARY_FOLLOW_UPS = 30, 20
# A board drafts and signs a handful of plans at a time, however many it has behind it.
DRAFTS, IN_SIGNOFF = 20, 12


@dataclass
class World:
    """What all batches share. `chance` is the one source of everything that varies."""

    board: Board
    people: dict[str, User]
    schedule: FollowUpSchedule
    revisions: dict[str, Revision]
    chance: random.Random
    today: date
    # For measuring what looks at every open plan.
    all_open: bool = False

    @property
    def others(self) -> list[User]:
        able = ("coordinator", "chair", "endocrinology", "radiology", "nuclear", "intervention", "nurse")
        return [self.people[key] for key in able]

    def day_ahead(self) -> date:
        """Open work lies in the months to come; a little of it is overdue."""
        late = self.chance.random() < 0.02
        return self.today + timedelta(days=self.chance.randint(-40, -5) if late else self.chance.randint(0, 200))


@dataclass
class Course:
    """One case from its first day, with the plans it has had, the last one last."""

    statuses: list[str]
    moment: datetime
    days: int
    patient: Patient = field(init=False)
    case: Case = field(init=False)
    proforma: Proforma = field(init=False)
    plans: list[Plan] = field(default_factory=list)
    steps: list[list[Step]] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    ordinary: bool = False

    @property
    def last(self) -> str:
        return self.statuses[-1]

    @property
    def is_in_force(self) -> bool:
        return self.last in Plan.IN_FORCE

    @property
    def open_steps(self) -> list[Step]:
        return [step for step in self.steps[-1] if step.is_open] if self.is_in_force else []

    def moment_of(self, place: int) -> datetime:
        """When the plan at this place was begun: the first on the first day, a second some months later."""
        return self.moment + timedelta(days=place * min(120, self.days // 2))


def pick_courses(world: World, wanted: int, *, moment: datetime, freshness: float, is_last: bool) -> list[Course]:
    """Courses with exactly `wanted` plans together. The newer, the more of them are still in force."""
    days = (world.today - moment.date()).days - 6
    courses: list[Course] = []
    left = wanted
    if is_last:
        few = max(1, wanted // 10)
        working = [Status.DRAFT] * min(DRAFTS, few) + [Status.IN_SIGNOFF] * min(IN_SIGNOFF, few)
        courses = [Course([status], moment, days) for status in working[:left]]
        left -= len(courses)
    while left:
        statuses = (Status.ACTIVE,) if world.all_open else _pick(world.chance, left, freshness)
        courses.append(Course(list(statuses), moment, days))
        left -= len(statuses)
    if is_last:
        _give_ordinary_work(courses)
    return courses


def _pick(chance: random.Random, left: int, freshness: float) -> tuple[str, ...]:
    at = chance.random()
    if at < 0.02:
        return (Status.REVOKED,)
    if at < 0.03:
        return (Status.ENTERED_IN_ERROR,)
    end = Status.COMPLETED
    if chance.random() < 0.05 + 0.3 * freshness:
        end = Status.ON_HOLD if chance.random() < 0.06 else Status.ACTIVE
    return (Status.SUPERSEDED, end) if left > 1 and at < 0.14 else (end,)


def _give_ordinary_work(courses: list[Course]) -> None:
    in_force = [course for course in courses if course.is_in_force]
    for course in in_force[:ORDINARY_STEPS]:
        course.ordinary = True

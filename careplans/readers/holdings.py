"""What somebody has to do on a board, and what is left to nobody: for whoever hands it over."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.access import BoardQuerySet
from accounts.models import Absence, Board, Membership, Role, User
from accounts.models.boards import ACTING
from careplans.guards import able_on
from careplans.models import Case, FollowUp, Plan, PlanSchedule, Signature, Step
from careplans.readers.schedules.plan_schedules import schedules_that_go_on

SIGNING = (Role.CHAIR, Role.MEMBER)
# What somebody can take over, each with its words for one and for several.
WORK: dict[str, tuple[str, str]] = {
    "steps": ("open step", "open steps"),
    "follow_ups": ("follow-up", "follow-ups"),
    "schedules": ("schedule of a plan that goes on", "schedules of plans that go on"),
    "cases": ("case to be responsible for", "cases to be responsible for"),
    "drafts": ("plan in work", "plans in work"),
}
# Who takes over the follow-ups does those that are still to be written, too.
ASKED = ("steps", "follow_ups", "cases", "drafts")
# What falls back by itself, and so is said beforehand.
NOTED: dict[str, tuple[str, str]] = {
    "alone": ("signature that nobody else can give", "signatures that nobody else can give"),
    "delegated": ("signature delegated to them", "signatures delegated to them"),
    "given": (
        "signature of their discipline asked of a colleague",
        "signatures of their discipline asked of colleagues",
    ),
    "named": ("plan in work that names them", "plans in work that name them"),
    "deputy": ("absence in which they stand in", "absences in which they stand in"),
}
Whose = Callable[[str], Q]


def counted(words: Mapping[str, tuple[str, str]], kind: str, number: int) -> str:
    one, many = words[kind]
    return f"{number} {one if number == 1 else many}"


def held_by(person: User, boards: Collection[Board | int]) -> dict[str, BoardQuerySet]:
    """Everything of somebody that somebody else has to see to once they cannot any more."""
    return _work(lambda column: Q(**{column: person.pk}), boards)


def left_over(boards: Collection[Board | int]) -> dict[str, BoardQuerySet]:
    """Everything that is with somebody who is not there any more, or only reads now. One query for who that is.

    By who is not there, and not by looking for each row whether somebody is: those with whom something is left are few, and an
    index knows what each of them has.
    """
    gone = _not_acting([board.pk if isinstance(board, Board) else board for board in boards])

    def whose(column: str) -> Q:
        found = Q(pk__in=[])
        for board, people in gone.items():
            found |= Q(**{"board": board, f"{column}__in": people})
        return found

    return _work(whose, boards)


def _not_acting(boards: Sequence[int]) -> dict[int, list[int]]:
    """By board: who has been on it, and is not there in a role that acts for a patient. Nobody else was ever given work there
    (`guards.able_on`), and of a hospital's accounts these are few."""
    rows = Membership.objects.filter(board__in=boards).order_by()
    seats = list(rows.values_list("board_id", "user_id", "role", "ended_at", "user__is_active"))
    gone: dict[int, set[int]] = {board: set() for board in boards}
    acting = {(board, user) for board, user, role, ended, active in seats if role in ACTING and not ended and active}
    for board, user, *_ in seats:
        if (board, user) not in acting:
            gone[board].add(user)
    return {board: sorted(people) for board, people in gone.items()}


def pairs_that_act(rows: Sequence[Step | FollowUp]) -> set[tuple[int, int]]:
    """(board, person) of those responsible who are there still. One query, and none for no row."""
    if not rows:
        return set()
    people, boards = {row.assignee_id for row in rows}, {row.board_id for row in rows}
    found = Membership.objects.filter(
        user__in=people, board__in=boards, ended_at=None, role__in=ACTING, user__is_active=True
    )
    return set(found.values_list("board_id", "user_id"))


def left_in(plan: Plan) -> set[int]:
    """Of the people to whom the open steps of a plan in force are left, those who cannot do it. One query; steps are loaded."""
    if not plan.is_in_force:
        return set()
    people = {step.assignee_id for step in plan.steps.all() if step.is_open and step.assignee_id}
    return people - able_on(plan.board_id, people) if people else set()


def _work(whose: Whose, boards: Collection[Board | int]) -> dict[str, BoardQuerySet]:
    rows: dict[str, BoardQuerySet] = {
        "steps": Step.objects.in_hands().filter(whose("assignee")),
        "follow_ups": FollowUp.objects.open().filter(whose("assignee")),
        "schedules": schedules_that_go_on().with_start().filter(_now(whose, "done_with", "assignee")),
        "cases": Case.objects.open().filter(whose("responsible")),
        "drafts": Plan.objects.working().filter(_now(whose, "draft_with", "created_by")),
    }
    return {kind: found.filter(board__in=boards) for kind, found in rows.items()}


def _now(whose: Whose, now: str, first: str) -> Q:
    """By who does it now, where it is somebody else than at first."""
    return (Q(**{f"{now}__isnull": False}) & whose(now)) | (Q(**{now: None}) & whose(first))


# The column that names the person, in each kind.
PERSON: dict[str, Any] = {
    "steps": F("assignee"), "follow_ups": F("assignee"), "cases": F("responsible"),
    "schedules": Coalesce("done_with", "assignee"), "drafts": Coalesce("draft_with", "created_by"),
}  # fmt: skip


@dataclass(frozen=True)
class BoardWork:
    """What somebody has on one board, in numbers, and who could take it over."""

    board: Board
    counts: dict[str, int]
    noted: dict[str, int]
    candidates: list[Membership] = field(default_factory=list)

    @property
    def asks(self) -> list[str]:
        """The kinds for which somebody has to be chosen."""
        held = [kind for kind in ASKED if self.counts.get(kind)]
        if self.counts.get("schedules") and "follow_ups" not in held:
            held.append("follow_ups")
        return held if self.candidates else []

    @property
    def is_empty(self) -> bool:
        return not self.counts and not self.noted

    @property
    def held(self) -> list[str]:
        return [counted(WORK, kind, self.counts[kind]) for kind in WORK if kind in self.counts]

    @property
    def falls_back(self) -> list[tuple[str, str]]:
        return [(kind, counted(NOTED, kind, self.noted[kind])) for kind in NOTED if kind in self.noted]


def work_of(person: User, boards: Sequence[Board]) -> list[BoardWork]:
    """In numbers, without a patient's name: for an administrator too. As many queries for many boards and rows as for few."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for kind, rows in held_by(person, boards).items():
        for board, number in rows.order_by().values_list("board").annotate(number=Count("pk")):
            counts[board][kind] = number
    noted = _noted(person, boards)
    candidates: dict[int, list[Membership]] = defaultdict(list)
    for membership in candidates_for(person, boards):
        candidates[membership.board_id].append(membership)
    return [BoardWork(board, counts[board.pk], noted[board.pk], candidates[board.pk]) for board in boards]


def candidates_for(person: User, boards: Collection[Board]) -> list[Membership]:
    """Who could take over: coordinators first, then whoever else acts on the board."""
    rows = Membership.objects.filter(
        board__in=boards, board__is_active=True, ended_at=None, role__in=ACTING, user__is_active=True
    )
    found = list(rows.exclude(user=person).select_related("user").order_by("user__name", "pk"))
    return sorted(found, key=lambda membership: membership.role != Role.COORDINATOR)


def _noted(person: User, boards: Sequence[Board]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)

    def count(kind: str, board: int) -> None:
        found[board][kind] = found[board].get(kind, 0) + 1

    for signature in only_theirs(person, boards):
        count("alone", signature.board_id)
    for board in delegated_to(person, boards).values_list("board", flat=True):
        count("delegated", board)
    for board in _delegated_by_discipline(person, boards):
        count("given", board)
    for board in _naming(person, boards).values_list("board", flat=True):
        count("named", board)
    for board in _standing_in(person, boards):
        count("deputy", board)
    return found


def delegated_to(person: User, boards: Collection[Board | int]) -> BoardQuerySet:
    return Signature.objects.awaited().filter(delegated_to=person, board__in=boards)


def only_theirs(person: User, boards: Collection[Board]) -> list[Signature]:
    """Awaited signatures of their disciplines that nobody else on the board can give. Three queries."""
    signing = Membership.objects.filter(board__in=boards, ended_at=None, role__in=SIGNING).exclude(discipline="")
    theirs = dict(signing.filter(user=person).values_list("board", "discipline"))
    others = set(signing.exclude(user=person).filter(user__is_active=True).values_list("board", "discipline"))
    awaited = Signature.objects.awaited().filter(
        board__in=theirs, delegated_to=None, plan__status=Plan.Status.IN_SIGNOFF
    )
    return [
        signature
        for signature in awaited.select_related("plan__case__patient").order_by("pk")
        if theirs[signature.board_id] in signature.disciplines
        and not others.intersection((signature.board_id, one) for one in signature.disciplines)
    ]


def _delegated_by_discipline(person: User, boards: Collection[Board]) -> list[int]:
    """The boards of awaited signatures of their discipline that a colleague was asked for. Two queries."""
    signing = Membership.objects.filter(user=person, board__in=boards, ended_at=None, role__in=SIGNING).exclude(
        discipline=""
    )
    theirs = dict(signing.values_list("board", "discipline"))
    asked = (
        Signature.objects.awaited().filter(board__in=theirs, delegated_to__isnull=False).exclude(delegated_to=person)
    )
    return [row.board_id for row in asked if theirs[row.board_id] in row.disciplines]


def _naming(person: User, boards: Collection[Board]) -> BoardQuerySet:
    """Plans in work that would give them work when they are released: that is asked then."""
    owned = Step.objects.filter(plan=OuterRef("pk"), removed_at=None, owner=person)
    scheduled = PlanSchedule.objects.filter(plan=OuterRef("pk"), removed_at=None, assignee=person)
    return Plan.objects.working().filter(Q(Exists(owned)) | Q(Exists(scheduled)), board__in=boards)


def _standing_in(person: User, boards: Collection[Board]) -> list[int]:
    """The boards on which somebody is away, or will be, and they stand in."""
    if not boards:
        return []
    # The earliest day of any of them: what is over there is over on all.
    away = Absence.objects.standing().filter(deputy=person, last_day__gte=min(board.today for board in boards))
    return list(
        Membership.objects.filter(board__in=boards, ended_at=None, role__in=ACTING, user__absences__in=away)
        .values_list("board", flat=True)
    )  # fmt: skip


@dataclass(frozen=True)
class LeftBehind:
    """Somebody who cannot do it any more, with what is still with them on a board."""

    person: User
    counts: dict[str, int]
    membership: Membership | None

    @property
    def held(self) -> list[str]:
        return [counted(WORK, kind, self.counts[kind]) for kind in WORK if kind in self.counts]

    @property
    def why(self) -> str:
        if not self.person.is_active:
            return "deactivated"
        return f"now {self.membership.get_role_display().lower()}" if self.membership else "not on the board any more"


def left_behind_on(board: Board) -> list[LeftBehind]:
    """By name. As many queries for many as for few."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for kind, rows in left_over([board]).items():
        named = rows.order_by().annotate(who=PERSON[kind])
        for person, number in named.values_list("who").annotate(number=Count("pk")):
            counts[person][kind] = number
    people = User.objects.filter(pk__in=counts).order_by("name", "pk")
    current = {row.user_id: row for row in Membership.objects.filter(board=board, ended_at=None, user__in=counts)}
    return [LeftBehind(person, counts[person.pk], current.get(person.pk)) for person in people]

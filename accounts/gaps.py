"""Where a board cannot decide as it says it does: it requires no discipline, nobody on it holds one that it requires, or
nobody may release a plan.

Its chairs and coordinators, or its members where it has neither, hear of each as soon as it opens; the
settings, the draft and the sign-off show what is open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Board, Membership, RequiredDiscipline, Role, User
from accounts.permissions import BOARD_ACTIONS
from accounts.services.notices import add_notice

SIGNING = (Role.CHAIR, Role.MEMBER)
LEADING = (Role.CHAIR, Role.COORDINATOR)


@dataclass(frozen=True)
class Gap:
    """A required discipline that nobody holds; without one, that none is required, or that there is no chair."""

    requirement: RequiredDiscipline | None = None
    lacks_chair: bool = False

    @property
    def key(self) -> str:
        if self.lacks_chair:
            return "chair"
        return self.requirement.discipline if self.requirement else "none"

    @property
    def sentence(self) -> str:
        if self.lacks_chair:
            return "This board has no chair, so nobody can release a plan. An administrator names one."
        if self.requirement is None:
            return "No discipline is required on this board, so its plans come into force without a signature."
        when = f", needed where {self.requirement.get_when_display()}" if self.requirement.when != "always" else ""
        return f"Nobody on this board can sign for {str(self.requirement).lower()}{when}."


def gaps_of(board: Board) -> list[Gap]:
    """Two queries."""
    return gaps_among(list(board.required_disciplines.all()), board)


def gaps_among(required: Sequence[RequiredDiscipline], board: Board | int) -> list[Gap]:
    """One query. `required` is what the board requires, or what a plan of it needs."""
    there = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=SIGNING)
    return _gaps(required, list(there.values_list("role", "discipline")))


def _gaps(required: Sequence[RequiredDiscipline], rows: Sequence[tuple[str, str]]) -> list[Gap]:
    """`rows`: role and discipline of everybody who signs there."""
    held = {discipline for _, discipline in rows}
    found = [Gap(row) for row in required if not held & {row.discipline, row.alternative or row.discipline}]
    can_release = any(role in BOARD_ACTIONS["plans.release"][0] for role, _ in rows)
    return [*(found if required else [Gap()]), *([] if can_release else [Gap(lacks_chair=True)])]


def boards_with_gaps() -> list[tuple[Board, list[Gap]]]:
    """Every board in use that cannot decide as it says it does. Three queries, however many boards there are."""
    there = Membership.objects.filter(ended_at=None, user__is_active=True, role__in=SIGNING)
    held: dict[int, list[tuple[str, str]]] = {}
    for board, role, discipline in there.order_by().values_list("board", "role", "discipline"):
        held.setdefault(board, []).append((role, discipline))
    boards = Board.objects.filter(is_active=True).prefetch_related("required_disciplines").order_by("name", "pk")
    found = [(board, _gaps(list(board.required_disciplines.all()), held.get(board.pk, []))) for board in boards]
    return [(board, gaps) for board, gaps in found if gaps]


def keys_of(boards: Iterable[Board]) -> dict[int, set[str]]:
    """What is open before a change, to be told from what it opens."""
    return {board.pk: {gap.key for gap in gaps_of(board)} for board in boards}


def tell_new_gaps(boards: Iterable[Board], before: dict[int, set[str]]) -> None:
    """After the change, inside its transaction: the leads of each board are told of what has opened with it."""
    for board in boards:
        _tell(board, [gap for gap in gaps_of(board) if gap.key not in before[board.pk]])


def tell_lead(user: User, board: Board) -> None:
    """Whoever begins to lead a board is told of everything that is open."""
    _tell(board, gaps_of(board), only={user.pk})


def _tell(board: Board, gaps: Sequence[Gap], only: Collection[int] = ()) -> None:
    if not gaps or not board.is_active:
        return
    there = (
        Membership.objects.filter(board=board, ended_at=None, user__is_active=True)
        .select_related("user")
        .order_by("pk")
    )
    # Where nobody leads any more, whoever signs asks for somebody who does.
    for membership in there.filter(role__in=LEADING) or there.filter(role__in=SIGNING):
        if only and membership.user_id not in only:
            continue
        for gap in gaps:
            add_notice(
                membership.user, kind="board", text=f"{board.name}: {gap.sentence}",
                path=reverse("accounts:board_settings", args=[board.pk]),
                dedupe_key=f"gap.{board.pk}.{gap.key}.{board.today}.{membership.user_id}", board=board,
            )  # fmt: skip

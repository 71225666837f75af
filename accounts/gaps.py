"""Where a board cannot decide as it says it does: it requires no discipline, or nobody on it holds one that it requires.

Its chairs and coordinators hear of each as soon as it opens; the settings, the draft and the sign-off show what is open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Board, Membership, RequiredDiscipline, Role, User
from accounts.services.notices import add_notice

SIGNING = (Role.CHAIR, Role.MEMBER)
LEADING = (Role.CHAIR, Role.COORDINATOR)


@dataclass(frozen=True)
class Gap:
    """A required discipline that nobody holds; or, without one, that none is required."""

    requirement: RequiredDiscipline | None = None

    @property
    def key(self) -> str:
        return self.requirement.discipline if self.requirement else "none"

    @property
    def sentence(self) -> str:
        if self.requirement is None:
            return "No discipline is required on this board, so its plans come into force without a signature."
        when = f", needed where {self.requirement.get_when_display()}" if self.requirement.when != "always" else ""
        return f"Nobody on this board can sign for {str(self.requirement).lower()}{when}."


def gaps_of(board: Board) -> list[Gap]:
    """Two queries."""
    return gaps_among(list(board.required_disciplines.all()), board)


def gaps_among(required: Sequence[RequiredDiscipline], board: Board | int) -> list[Gap]:
    """One query. `required` is what the board requires, or what a plan of it needs."""
    if not required:
        return [Gap()]
    rows = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=SIGNING)
    held = set(rows.values_list("discipline", flat=True))
    return [Gap(row) for row in required if not held & {row.discipline, row.alternative or row.discipline}]


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
    leads = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=LEADING)
    for membership in leads.select_related("user").order_by("pk"):
        if only and membership.user_id not in only:
            continue
        for gap in gaps:
            add_notice(
                membership.user, kind="board", text=f"{board.name}: {gap.sentence}",
                path=reverse("accounts:board_settings", args=[board.pk]),
                dedupe_key=f"gap.{board.pk}.{gap.key}.{board.today}.{membership.user_id}",
            )  # fmt: skip

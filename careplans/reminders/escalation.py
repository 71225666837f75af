"""Who is told when something stays overdue: the board's coordinators, and after further days its chairs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from accounts.models import Absence, Board, Membership, Role, User
from accounts.models.boards import ACTING

LEADING = (Role.COORDINATOR, Role.CHAIR)


@dataclass(frozen=True)
class Told:
    """One link of the chain: who, so many days after it became overdue, and why."""

    user_id: int
    days: int
    why: str


def chain(board: Board) -> list[Told]:
    """Everybody once, at the earliest of their turns: a chair who stands in for a missing coordinator is told once.

    One query.
    """
    people = _leads(board)
    coordinating = any(role == Role.COORDINATOR for role, _ in people)
    told: dict[int, Told] = {}
    for role, user in people:
        if role == Role.COORDINATOR or not coordinating:
            told[user] = Told(user, board.escalate_days, _why(role, board.escalate_days))
        elif board.chair_days is not None:
            days = board.escalate_days + board.chair_days
            told[user] = Told(user, days, _why(role, days))
    return list(told.values())


def role_of(why: str) -> str:
    """The role in which somebody is told by the chain; empty where it is for another reason. The reverse of `_why`."""
    return next((role for role in LEADING if why.startswith(told_as(role))), "")


def told_as(role: str) -> str:
    """How the reason of whoever is told in this role begins."""
    return f"{_as(role)},"


def why_after(why: str, days: int) -> str:
    """The same reason so many days after it became overdue, where it is one of the chain."""
    role = role_of(why)
    return _why(role, days) if role else why


def who_can_act(board: Board, *, without: Collection[int] = ()) -> list[int]:
    """Who is told what must reach somebody who is there: the coordinators, or the chairs, or whoever acts on the board. Of a
    board of which everybody is away, those who would be told if they were not. Empty when nobody is left. Two queries."""
    acting = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=ACTING)
    people = [pair for pair in acting.order_by("id").values_list("role", "user_id") if pair[1] not in without]
    tiers = [[user for role, user in people if role == wanted] for wanted in ACTING]
    away = set(away_of([user for _, user in people], board.today))
    there = ([user for user in tier if user not in away] for tier in tiers)
    return next(filter(None, there), next(filter(None, tiers), []))


def away_of(people: Collection[int], day: date) -> list[int]:
    return list(Absence.objects.on(day).filter(person__in=people).values_list("person", flat=True))


def leads(board: Board | int) -> list[int]:
    """Everybody who leads the board: its coordinators and its chairs. One query."""
    return [user for _, user in _leads(board)]


def roles(board: Board | int) -> dict[int, str]:
    """In which role each of them leads it. One query."""
    return {user: role for role, user in _leads(board)}


def coordinators(board: Board | int) -> list[int]:
    """The board's coordinators, or its chairs where it has none."""
    people = _leads(board)
    return [user for role, user in people if role == Role.COORDINATOR] or [user for _, user in people]


def answering(board: Board | int) -> list[int]:
    """Who is told what must reach somebody: the coordinators, or the chairs, or, with neither, whoever acts on the board."""
    acting = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=ACTING)
    return coordinators(board) or list(acting.order_by("id").values_list("user_id", flat=True))


def editors() -> list[int]:
    """Who is told of the review of a page that is nobody's."""
    rows = User.objects.filter(is_active=True, is_content_editor=True)
    return list(rows.order_by("id").values_list("pk", flat=True))


def approvers() -> list[int]:
    """Who is told when the review of a reference page escalates."""
    rows = User.objects.filter(is_active=True, is_content_approver=True)
    return list(rows.order_by("id").values_list("pk", flat=True))


def _leads(board: Board | int) -> list[tuple[str, int]]:
    rows = Membership.objects.filter(board=board, ended_at=None, user__is_active=True, role__in=LEADING)
    return list(rows.order_by("id").values_list("role", "user_id"))


def _why(role: str, days: int) -> str:
    return f"{_as(role)}, {days_overdue(days)}"


def _as(role: str) -> str:
    return f"as {Role(role).label.lower()}"


def days_overdue(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'} overdue" if days else "overdue"

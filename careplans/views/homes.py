"""What “My work” holds for a role beside a board's: an administrator's, an editor's or approver's, an analyst's. Somebody with
several has all of them. Nothing here names a patient."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.gaps import Gap, boards_with_gaps
from accounts.models import Board, ReportingProject, Role, User
from accounts.permissions import boards_where, can, memberships_of
from accounts.reading import bound_memberships, projects_of
from careplans.outbox import health
from careplans.rules.kept_open import kept_open

# So many who wait for their invitation stand here; the list of people has all.
SHOWN = 8


@dataclass(frozen=True)
class Home:
    """`template` draws it, with what it holds as `home`."""

    template: str
    holds: Any


@dataclass(frozen=True)
class Administration:
    problems: list[str]
    waiting: list[User]
    more: bool
    gaps: list[tuple[Board, list[Gap]]]


@dataclass(frozen=True)
class Analysis:
    """`boards` are read as they are, `projects` in each project, `without` not at all: no open project names them."""

    boards: list[Board]
    projects: list[ReportingProject]
    without: list[Board]


def homes_of(user: User) -> list[Home]:
    """In order of harm. No query for who only works on boards."""
    found = []
    if can(user, "people.manage"):
        found.append(Home("careplans/work/homes/administrator.html", _administration(user)))
    if can(user, "reference.edit") or can(user, "reference.approve"):
        found.append(Home("careplans/work/homes/editor.html", kept_open()))
    boards, bound = _counted_boards(user), bound_memberships(user)
    if boards or bound:
        found.append(Home("careplans/work/homes/analyst.html", _analysis(user, boards, [m.board for m in bound])))
    return found


def _analysis(user: User, boards: list[Board], bound: list[Board]) -> Analysis:
    """One query, where anything is read in projects alone."""
    projects = projects_of(user) if bound else []
    of_boards = {one.board_id for one in projects}
    of_institutions = {one.institution_id for one in projects if one.institution_id}
    without = [one for one in bound if one.pk not in of_boards and one.institution_id not in of_institutions]
    return Analysis(boards, projects, without)


def _administration(user: User) -> Administration:
    """Nine queries: what is unwell is read as /health/ reads it."""
    problems = health.read().problems if can(user, "operations.manage") else []
    people = list(_without_password()[: SHOWN + 1])
    return Administration(problems, people[:SHOWN], len(people) > SHOWN, boards_with_gaps())


def _without_password() -> QuerySet[User]:
    """Invited, or still to be: they cannot sign in. Who has waited longest first."""
    return User.objects.filter(joined_at=None, is_active=True, is_system=False).order_by("created_at", "pk")


def _counted_boards(user: User) -> list[Board]:
    """On which they count and read no names, outside of projects. No query."""
    counted = set(boards_where(user, "overrides.view"))
    return [m.board for m in memberships_of(user) if m.role == Role.ANALYST and m.board_id in counted]

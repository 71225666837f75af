"""In which reporting project somebody reads, for as long as a request lasts.

Closed unless somebody opens it: an analyst whom a project names on a board, or whose board wants a project, reads nothing of that
board until `enter` was called. Then they read that project's boards, and no other. Everything that asks `memberships_of` follows.
"""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q

from accounts.models import Board, Membership, ProjectAnalyst, ReportingProject, Role, User
from accounts.models.boards import MembershipQuerySet
from accounts.reach import KEPT, is_on
from common.centre_day import centre_today

NAME = "project"
HEADER = "Consilium-Project"
OUTSIDE = "none"
"""What is sent instead of the number of a project, to read outside of all projects what may be read there."""
WHICH = "You read in several reporting projects. Say in which: project=… with its number, or project=none for outside of them."
NO_SUCH = "You read in no open reporting project of this number."

Person = User | AnonymousUser


def current_memberships(user: User) -> tuple[list[Membership], list[Membership]]:
    """Of this moment, within the project that was entered, or outside of all; and those that are read in a project alone. One
    query."""
    project = project_of(user)
    rows = _running(user).annotate(in_a_project=_in_a_project()).select_related("board__institution")
    read: list[Membership] = []
    bound: list[Membership] = []
    for membership in rows.order_by("board__name"):
        if not is_on(user, membership.board_id):
            continue
        membership.__dict__["project"] = project
        is_analyst = membership.role == Role.ANALYST
        if project is not None:
            (read if is_analyst and _is_of(project, membership.board) else bound).append(membership)
        elif is_analyst and (membership.board.analysts_need_project or membership.__dict__["in_a_project"]):
            bound.append(membership)
        else:
            read.append(membership)
    return read, bound


def _is_of(project: ReportingProject, board: Board) -> bool:
    if project.board_id is not None:
        return project.board_id == board.pk
    return project.institution_id == board.institution_id


def project_of(user: Person) -> ReportingProject | None:
    """The project in which this person reads now."""
    project: ReportingProject | None = user.__dict__.get("_project")
    return project


def enter(user: User, project: ReportingProject | None) -> None:
    """From now on, this object of the person reads in the project; None: outside of all."""
    if project_of(user) != project:
        user.__dict__.pop(KEPT, None)
    user.__dict__["_project"] = project


def kept_memberships(user: User) -> list[Membership]:
    """Those that are read now: asked for once for each object of the person."""
    return _kept(user)[0]


def bound_memberships(user: User) -> list[Membership]:
    """Those that are read in a project alone, or in another one than was entered."""
    return _kept(user)[1]


def _kept(user: User) -> tuple[list[Membership], list[Membership]]:
    cached: tuple[list[Membership], list[Membership]] | None = user.__dict__.get(KEPT)
    if cached is None:
        cached = user.__dict__[KEPT] = current_memberships(user)
    return cached


def forget_memberships(user: User) -> None:
    """Drop the kept list after a membership of this person changed."""
    user.__dict__.pop(KEPT, None)


def projects_of(user: User) -> list[ReportingProject]:
    """Those that are open today and name this person. One query."""
    rows = (
        ReportingProject.objects.open_on(centre_today()).select_related("board", "institution").order_by("name", "pk")
    )
    named = ProjectAnalyst.objects.filter(project=OuterRef("pk"), user=user, removed_at=None)
    reads = _running(user).filter(role=Role.ANALYST).filter(
        Q(board=OuterRef("board")) | Q(board__institution=OuterRef("institution"))
    )  # fmt: skip
    return list(rows.filter(Exists(named), Exists(reads)))


def wanted_project(user: User, asked: str) -> ReportingProject | None:
    """The project that `asked` names. Without a word: the only one of whoever reads nothing else, and none for others.

    Raises ValidationError where it cannot be told, or is none of theirs.
    """
    if asked == OUTSIDE:
        return None
    if not asked and (kept_memberships(user) or not bound_memberships(user)):
        return None
    projects = projects_of(user)
    if asked:
        found = next((one for one in projects if str(one.pk) == asked), None)
        if found is None:
            raise ValidationError({NAME: NO_SUCH})
        return found
    if len(projects) > 1:
        raise ValidationError({NAME: WHICH})
    return projects[0] if projects else None


def is_still_read(user: User) -> bool:
    """Whether the project that was entered is still open, and still names this person; True outside of all. Asks anew."""
    project = project_of(user)
    return project is None or any(one.pk == project.pk for one in projects_of(user))


def _running(user: User) -> MembershipQuerySet:
    return Membership.objects.filter(user=user).running(centre_today())


def _in_a_project() -> Exists:
    """Whether a project names the person on the board of the membership, or did since the membership began; one that is over,
    too: what they were given as pseudonyms is not theirs as true rows on the day after. Whoever makes them an analyst of the
    board anew decides that they read it so."""
    named = ProjectAnalyst.objects.filter(
        Q(project__board=OuterRef("board")) | Q(project__institution=OuterRef("board__institution")),
        Q(removed_at=None) | Q(removed_at__gte=OuterRef("started_at")), user=OuterRef("user"),
    )  # fmt: skip
    return Exists(named)

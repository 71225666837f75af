"""Help inside the app: a page for each role, and one on what the things are. Words in templates; nothing of a record."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.models import Role, User
from accounts.permissions import memberships_of
from careplans.readers.sequence.example import example

# In the order in which they are listed: how the role is called, and what it does, in one line.
ROLES: dict[str, tuple[str, str]] = {
    "member": ("Member", "drafts and signs plans for a discipline, and sees to steps and follow-ups"),
    "chair": ("Chair", "releases, pauses and ends plans, and answers for the board"),
    "coordinator": ("Coordinator", "brings cases before the board and sees that nothing stands still"),
    "observer": ("Observer", "reads the cases of a board and changes nothing"),
    "analyst": ("Analyst", "reads the numbers of a board, without names"),
    "editor": ("Content editor", "writes the reference pages and drafts the rules"),
    "approver": ("Content approver", "approves what editors write before it is in force"),
    "administrator": ("Administrator", "invites people, sets up boards, and watches that the system runs"),
}
FLAGS = {"editor": "is_content_editor", "approver": "is_content_approver", "administrator": "is_administrator"}
# Who writes in plans: their page tells the keys of drafting.
DRAFTS = frozenset({Role.MEMBER, Role.CHAIR, Role.COORDINATOR})
# Who does besides what another role does.
ALSO = {"member": DRAFTS}
# Who sees plans as a picture.
PICTURED = frozenset({*DRAFTS, Role.OBSERVER, Role.ANALYST})


@require_GET
def help_home(request: SignedInRequest) -> HttpResponse:
    """The page of one's only role; else the list of all, one's own first."""
    own = roles_of(request.user)
    if len(own) == 1 and "all" not in request.GET:
        return redirect("careplans:help_role", own[0])
    rows = [(role, *ROLES[role], role in own) for role in sorted(ROLES, key=lambda role: role not in own)]
    return render(request, "help/home.html", {"rows": rows, "nav": "help"})


@require_GET
def help_role(request: SignedInRequest, role: str) -> HttpResponse:
    """Whoever signed in may read what a colleague's role does; its links are drawn for those who have it."""
    if role not in ROLES:
        raise Http404
    name, does = ROLES[role]
    context: dict[str, Any] = {
        "role": role, "name": name, "does": does, "mine": _is_mine(request.user, role), "at": _board_of(request.user, role),
        "picture": example() if role in PICTURED else None,
        "drafts": role in DRAFTS, "words": f"help/roles/{role}.html", "nav": "help",
        "others": [(other, ROLES[other][0]) for other in ROLES if other != role],
    }  # fmt: skip
    return render(request, "help/role.html", context)


@require_GET
def help_things(request: SignedInRequest) -> HttpResponse:
    return render(request, "help/things.html", {"nav": "help"})


def roles_of(user: User) -> list[str]:
    held = {membership.role for membership in memberships_of(user)}
    return [role for role in ROLES if role in held or (role in FLAGS and getattr(user, FLAGS[role]))]


def _is_mine(user: User, role: str) -> bool:
    return not {role, *ALSO.get(role, ())}.isdisjoint(roles_of(user))


def _board_of(user: User, role: str) -> int | None:
    """A board on which somebody has the role, one in use first."""
    found = [membership.board for membership in memberships_of(user) if membership.role in {role, *ALSO.get(role, ())}]
    found.sort(key=lambda board: not board.is_active)
    return found[0].pk if found else None

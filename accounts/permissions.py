"""Who may do what: one table, read by `can()` and `require()`, and by nothing else.

Board actions are granted by the role of a current membership; site actions by a flag on the person. One of them,
`text.view`, a board may open to its analysts.
An administrator has no clinical access, and nobody has any on a board they are not on. Whoever comes with a limited token
reaches less (`accounts.reach`), here and so everywhere.
"""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from accounts.models import Board, Membership, Role, User
from accounts.reach import OutOfScope, scope_missing_for
from accounts.reading import forget_memberships as forget_memberships
from accounts.reading import kept_memberships
from accounts.trail import note_opened, note_refusal

C, H, M, O, A = Role.COORDINATOR, Role.CHAIR, Role.MEMBER, Role.OBSERVER, Role.ANALYST  # noqa: E741

BOARD_ACTIONS: dict[str, tuple[frozenset[Role], str]] = {
    # action                   roles                       what it says in a refusal
    "board.view":             (frozenset({C, H, M, O, A}), "see this board"),
    "board.configure":        (frozenset({C, H}),          "change the settings of this board"),
    "text.view":              (frozenset({C, H, M, O}),    "read free text and names"),
    "patients.view":          (frozenset({C, H, M, O}),    "see patients"),
    "patients.edit":          (frozenset({C, H, M}),       "add or change patients"),
    "patients.death":         (frozenset({C, H, M}),       "record or correct that a patient died"),
    "patients.merge":         (frozenset({C, H}),          "merge two patients, or move a case to another"),
    "cases.view":             (frozenset({C, H, M, O, A}), "see cases"),
    "cases.edit":             (frozenset({C, H, M}),       "fill in the proforma"),
    "cases.manage":           (frozenset({C, H}),          "accept, return, close or reopen cases"),
    "plans.view":             (frozenset({C, H, M, O, A}), "see plans"),
    "plans.draft":            (frozenset({C, H, M}),       "draft or amend plans"),
    "advisories.answer":      (frozenset({C, H, M}),       "answer the advisories of a plan"),
    "guidance.answer":        (frozenset({C, H, M}),       "keep a plan whose guidance has changed"),
    "plans.sign":             (frozenset({H, M}),          "sign plans"),
    "plans.release":          (frozenset({H}),             "release plans"),
    "plans.manage":           (frozenset({C, H}),          "pause, close or revoke plans"),
    "steps.deliver":          (frozenset({C, H, M}),       "record what became of a step"),
    "followups.view":         (frozenset({C, H, M, O, A}), "see follow-ups"),
    "followups.edit":         (frozenset({C, H, M}),       "add or settle follow-ups"),
    "work.hand_over":         (frozenset({C, H}),          "hand over what somebody else has to do"),
    "reminders.manage":       (frozenset({C, H}),          "see and re-send failed reminders"),
    "webhooks.manage":        (frozenset({C, H}),          "see and change the webhooks of this board"),
    "overrides.view":         (frozenset({H, A}),          "see how its rules are answered"),
    "reports.view":           (frozenset({C, H, M, O, A}), "see its reports"),
    "projects.manage":        (frozenset({C, H}),          "open and change reporting projects"),
}  # fmt: skip

SITE_ACTIONS: dict[str, tuple[str, str]] = {
    # action              flag on the person     what it says in a refusal
    "people.manage":     ("is_administrator",    "manage people and boards"),
    "operations.manage": ("is_administrator",    "see how the system runs, and hold or release sending"),
    "codes.load":        ("is_administrator",    "load codes of SNOMED CT"),
    "trail.read":        ("is_administrator",    "read the audit trail"),
    "reference.read":    ("is_active",           "read the reference pages"),
    "reference.edit":    ("is_content_editor",   "edit the reference pages"),
    "reference.approve": ("is_content_approver", "approve reference pages"),
}  # fmt: skip


Person = User | AnonymousUser


def memberships_of(user: Person) -> list[Membership]:
    """Current memberships with their boards, of which one out of use is only read; of an analyst, as far as the project in which
    they read (`accounts/reading.py`); of a token that is limited to boards, on these alone. One query per user object, then kept
    on it."""
    if isinstance(user, AnonymousUser):
        return []
    return kept_memberships(user)


def membership_on(user: Person, board: Board | int) -> Membership | None:
    board_id = board if isinstance(board, int) else board.pk
    return next((m for m in memberships_of(user) if m.board_id == board_id), None)


def boards_where(user: Person, action: str) -> list[int]:
    """Ids of the boards on which this person may do `action`."""
    if scope_missing_for(user, action):
        return []
    return [m.board_id for m in memberships_of(user) if _allows(m, action)]


def _allows(membership: Membership, action: str) -> bool:
    """By its role; a board that is out of use stays readable, and nothing else."""
    in_use = membership.board.is_active or action.endswith(".view")
    opened = action == "text.view" and membership.role == A and _opens_text(membership)
    return in_use and (opened or membership.role in BOARD_ACTIONS[action][0])


def _opens_text(membership: Membership) -> bool:
    """To its analysts: where the board says so, and the project, too, in which they read."""
    project = membership.__dict__.get("project")
    return membership.board.analysts_read_text and (project is None or project.allows_text)


def can(user: Person, action: str, board: Board | int | None = None) -> bool:
    if isinstance(user, AnonymousUser) or not user.is_active or scope_missing_for(user, action):
        return False
    if action in SITE_ACTIONS:
        return bool(getattr(user, SITE_ACTIONS[action][0]))
    if board is None:
        return bool(boards_where(user, action))
    membership = membership_on(user, board)
    return membership is not None and _allows(membership, action)


def require(user: Person, action: str, board: Board | int | None = None) -> None:
    """First line of every service. Raises PermissionDenied with a sentence that says who could do it."""
    if can(user, action, board):
        note_opened(user, action)
        return
    scope = scope_missing_for(user, action)
    note_refusal(user, action, board=board.pk if isinstance(board, Board) else board, scope=scope)
    if scope:
        raise OutOfScope(scope)
    if action in SITE_ACTIONS:
        raise PermissionDenied(f"Your account may not {SITE_ACTIONS[action][1]}. Ask an administrator.")
    membership = membership_on(user, board) if board is not None else None
    if membership is not None and not membership.board.is_active:
        raise PermissionDenied(
            f"{membership.board.name} is out of use: it is read, and not changed. Ask an administrator."
        )
    roles, words = BOARD_ACTIONS[action]
    who = " or ".join(sorted(role.label.lower() for role in roles))
    article = "an" if who[0] in "aeiou" else "a"
    raise PermissionDenied(f"Your role on this board may not {words}. Ask {article} {who}.")


def allowed_actions(user: Person, board: Board | None) -> frozenset[str]:
    """Every action this person may do here, for templates: `{% if "plans.draft" in can %}`."""
    site = {action for action in SITE_ACTIONS if can(user, action)}
    membership = membership_on(user, board) if board is not None and user.is_active else None
    if membership is None:
        return frozenset(site)
    in_scope = (action for action in BOARD_ACTIONS if not scope_missing_for(user, action))
    return frozenset(site | {action for action in in_scope if _allows(membership, action)})

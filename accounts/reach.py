"""How far a call reaches that comes with a limited token: it hangs on the one person object of the request, and
`accounts.permissions` asks for it. Whoever is signed in on pages, or has a token without limits, has none."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.core.exceptions import PermissionDenied

from accounts.scopes import ANY, NEVER, OF_ACTION, SCOPES

# Where a person object keeps its memberships.
KEPT = "_memberships"


@dataclass(frozen=True)
class Reach:
    """`scopes` and `boards` of None: all that the person may. `token` names it in the audit trail: what kind, and its id."""

    scopes: frozenset[str] | None = None
    boards: frozenset[int] | None = None
    token: str = ""

    @property
    def limits(self) -> bool:
        return self.scopes is not None or self.boards is not None

    def lacks(self, needed: str) -> bool:
        """Whether this scope of `accounts.scopes` is not given. What no limited token may, one of some boards may not."""
        if needed == NEVER:
            return self.limits
        return needed != ANY and self.scopes is not None and needed not in self.scopes

    def covers(self, other: "Reach") -> bool:
        """Whether whoever reaches this far reaches whatever the other does."""
        return _holds(self.scopes, other.scopes) and _holds(self.boards, other.boards)

    @property
    def text(self) -> str:
        """For a row that is worked on later, when no token is at hand: the same text for the same reach, empty without limits."""
        if not self.limits:
            return ""
        return json.dumps({name: values if values is None else sorted(values) for name, values in _parts(self)})

    @classmethod
    def read(cls, text: str) -> Self:
        """What `text` says. Which token it was is not in it."""
        kept = json.loads(text) if text else {}
        scopes, boards = kept.get("scopes"), kept.get("boards")
        return cls(
            scopes=None if scopes is None else frozenset(scopes), boards=None if boards is None else frozenset(boards)
        )


def _parts(reach: Reach) -> list[tuple[str, frozenset[str] | frozenset[int] | None]]:
    return [("scopes", reach.scopes), ("boards", reach.boards)]


def _holds(whole: frozenset[str] | frozenset[int] | None, part: frozenset[str] | frozenset[int] | None) -> bool:
    return whole is None or (part is not None and set(part) <= set(whole))


class OutOfScope(PermissionDenied):
    """The person may, and their token does not say so; whether they may is not for the token to learn."""

    def __init__(self, scope: str) -> None:
        self.scope = "" if scope == NEVER else scope
        super().__init__(
            f"This token lacks the scope {scope} (“{SCOPES[scope]}”). Use one that has it."
            if self.scope
            else "A token that is limited to scopes may not do this. Use one without limits, or the pages."
        )


def narrow(user: object, reach: Reach) -> None:
    """From here on this person object is allowed no more than that."""
    user.__dict__["_reach"] = reach
    user.__dict__.pop(KEPT, None)


def reach_of(user: object) -> Reach | None:
    reach: Reach | None = user.__dict__.get("_reach")
    return reach


def scope_missing_for(user: object, action: str) -> str | None:
    """The scope that this action needs and the token of the call lacks."""
    reach = reach_of(user)
    return OF_ACTION[action] if reach is not None and reach.lacks(OF_ACTION[action]) else None


def check_reaches(user: object, needed: Iterable[str]) -> None:
    """Raises OutOfScope for the first of these scopes that the token of the call lacks."""
    reach = reach_of(user)
    for scope in needed:
        if reach is not None and reach.lacks(scope):
            raise OutOfScope(scope)


def is_on(user: object, board: int) -> bool:
    """Whether the token of the call reaches this board at all."""
    reach = reach_of(user)
    return reach is None or reach.boards is None or board in reach.boards

"""Which scopes an operation of the API needs: read off its noun and its verb, so that no endpoint has to say it."""

from typing import Any

from accounts.models import User
from accounts.reach import OutOfScope, reach_of
from accounts.scopes import ANY, BESIDES, OF_ACTION, OF_NOUN
from accounts.trail import note_refusal

SAFE = ("GET", "HEAD", "OPTIONS")


def scopes_of(view: Any, method: str) -> list[str]:
    """Of the noun, to read or to change; of the rows that the address names; and of what a verb does. Sorted."""
    if view.action is None:
        # There is no such operation at this address, which is told next.
        return []
    reading, writing = OF_NOUN[view.noun]
    needed = {reading if method in SAFE or view.action in view.reads_by_post else writing}
    needed |= set(BESIDES.get((view.noun, view.action), ()))
    verb = getattr(getattr(type(view), view.action, None), "verb", None)
    if verb:
        needed |= {OF_ACTION[verb.action], OF_ACTION[(verb.on or type(view)).reads]}
    return sorted(needed - {ANY})


def check_scopes(view: Any, user: Any, method: str) -> None:
    """The one place at which a limited token is stopped at an operation. Raises OutOfScope, which says what is missing."""
    reach = reach_of(user) if isinstance(user, User) else None
    for scope in view.scopes_needed(method) if reach is not None else ():
        if reach is not None and reach.lacks(scope):
            note_refusal(user, f"{view.noun} {view.action}", scope=scope)
            raise OutOfScope(scope)

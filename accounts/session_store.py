"""How long one stays signed in: until nobody has done anything for a while, and never past twelve hours.

The row in the database ends at the earlier of the two, whatever any page or cookie says, and whatever else is written into the
session meanwhile.
"""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

BEGAN, ACTED = "began_at", "acted_at"
# Whether something waits that its person sent after a session had ended: accounts/services/typed.py.
TYPED = "typed"
# What it holds at first: its person has just signed in, and is led to it.
ARRIVING = "arriving"
# An act is written down once in so many seconds, not with each click.
EVERY = 30


class SessionStore(DatabaseSessions):
    """Django's sessions in the database, with two times in each: of the sign-in, and of the last act."""

    def get_session_cookie_age(self) -> int:
        """Django asks this for the end of the row and of the cookie."""
        return max(0, min(self.idle_seconds_left, self.seconds_left))

    @property
    def seconds_left(self) -> int:
        """Until it ends for good: nothing extends this."""
        return int(self.get(BEGAN, _now()) + settings.SESSION_LONGEST_SECONDS - _now())

    @property
    def idle_seconds_left(self) -> int:
        """Until it ends because nobody did anything."""
        return int(self.get(ACTED, _now()) + settings.SESSION_IDLE_SECONDS - _now())

    def act(self, *, at_once: bool = False) -> None:
        if at_once or _now() - self.get(ACTED, 0) >= EVERY:
            self[ACTED] = _now()

    def cycle_key(self) -> None:
        """Signing in begins anew; a new password gives the same session another key, and no other end."""
        if SESSION_KEY not in self:
            self.pop(BEGAN, None)
            self.pop(ACTED, None)
        super().cycle_key()

    def save(self, must_create: bool = False) -> None:
        # A session that is made holds nothing yet: `cycle_key` hands over what the one before held.
        data = cast(dict[str, Any], self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # not in the stubs
        data.setdefault(BEGAN, _now())
        data.setdefault(ACTED, _now())
        super().save(must_create)


def _now() -> float:
    return timezone.now().timestamp()

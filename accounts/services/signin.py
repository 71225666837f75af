"""Proving who one is: ten wrong passwords in fifteen minutes, then not even the right one is looked at.

Counted for an account from one address, so that nobody else, and not its owner elsewhere, is locked out; and for an address,
which may not go through the accounts of a hospital one by one. A whole hospital may share one address: a browser in which a
person has signed in before counts by itself, and whoever has signed in from this address before, by a program too, is stopped by
their own wrong passwords only.
"""

from datetime import timedelta

from accounts import audit
from accounts.models import User
from accounts.services.limits import Rule, TooMany, forget, give_back, is_remembered, remember, take_try
from common.addresses import as_kept

WITHIN = timedelta(minutes=15)
MOST_FOR_ACCOUNT = 10
MOST_FROM_ADDRESS = 50
# As long as a browser is known.
KNOWN_FOR = timedelta(days=180)


class Proof:
    """One try at one account: `person` is whose it is, or None where nobody has this address; `device` the name of a browser that
    they have used before, or empty."""

    def __init__(self, email: str, person: User | None, *, address: str, where: str, device: str = "") -> None:
        """Raises TooMany, and then the password must not be looked at."""
        self.person, self.address, self.where = person, address, where
        account = as_kept(email)
        whence = ("device", device) if device else ("address", address)
        self.own = Rule("sign-in", (account, *whence), MOST_FOR_ACCOUNT, WITHIN)
        self.shared = [] if device else [Rule("sign-ins", (address,), MOST_FROM_ADDRESS, WITHIN)]
        self.here = Rule("signed-in-from", (account, address), 1, KNOWN_FOR)
        self.is_known = is_remembered(self.here)
        self.full: TooMany | None = None
        try:
            self.mark = self._take()
        except TooMany as full:
            # Once until it opens again: what is not looked at can be sent a thousand times a second.
            if full.is_new:
                self._record("too many")
            raise

    def _take(self) -> float:
        """Where the address has had its tries, only whoever has signed in from there before gets in. The password is looked
        at for everybody, so that neither answer nor time says who that is."""
        try:
            return take_try([self.own, *self.shared])
        except TooMany as full:
            if full.rule not in self.shared:
                raise
            mark = take_try([self.own])
            self.full = full
            return mark

    @property
    def counts(self) -> bool:
        """Whether the right password opens the account now."""
        return self.full is None or self.is_known

    def failed(self) -> None:
        """Raises TooMany where the address has had its tries."""
        if self.full is None:
            self._record("wrong")
            return
        if self.full.is_new or self.person is not None:
            self._record("too many" if self.full.is_new else "wrong")
        raise self.full

    def succeeded(self) -> None:
        forget(self.own)
        remember(self.here)
        if self.shared and self.full is None:
            give_back(self.shared, self.mark)

    def _record(self, why: str) -> None:
        """What was typed stands nowhere: it may be a password in the wrong field."""
        data = {"why": why, "address": self.address, "where": self.where}
        subject = self.person or ("user", "unknown")
        label = self.person.name if self.person else ""
        audit.record("sign_in_failed", by=None, subject=subject, label=label, data=data)


def record_sign_in(user: User, *, address: str) -> None:
    audit.record("signed_in", by=user, subject=user, label=user.name, data={"address": address})


def record_sign_out(user: User) -> None:
    audit.record("signed_out", by=user, subject=user, label=user.name)

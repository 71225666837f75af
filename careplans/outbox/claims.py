"""Takes messages out of the queue: what is urgent first, as many as a worker sends in one go."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now

from careplans.models import OutboxMessage, SendingHold
from careplans.models.outbox import OutboxMessageQuerySet
from common.leases import Lease

Status = OutboxMessage.Status
LEASE = Lease(timedelta(seconds=settings.REMINDER_LEASE_SECONDS), status=Status.CLAIMED)
# The dot may go out only while this much of the lease is left; a worker that was stopped meanwhile gives up instead.
MARGIN_SECONDS = LEASE.length.total_seconds() / 4


@dataclass(frozen=True)
class Claim:
    """Rows that a worker holds, as long as they bear these tokens."""

    keys: tuple[int, ...] = ()
    tokens: tuple[uuid.UUID, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    def __add__(self, other: "Claim") -> "Claim":
        return Claim(self.keys + other.keys, self.tokens + other.tokens)

    def rows(self) -> OutboxMessageQuerySet:
        """Those that are held still."""
        return OutboxMessage.objects.claimed_as(self.tokens, self.keys)


def claim(batch: int) -> Claim:
    """Take due rows. The database's clock decides "due"."""
    due = OutboxMessage.objects.filter(status=Status.PENDING, due_at__lte=Now()).order_by("due_at", "id")
    values = {
        "attempts": F("attempts") + 1, "marked_at": None,
        # Kept from then on: whatever becomes of it, a re-send bears the same number.
        "era": Coalesce(F("era"), SendingHold.objects.filter(pk=1).values("era")[:1], Value("")),
    }  # fmt: skip
    # What somebody waits for passes a backlog, and never takes all of a batch.
    urgent = take(due.filter(is_urgent=True), max(1, batch * 3 // 4), **values)
    if len(urgent) == batch:
        return urgent
    return urgent + take(due, batch - len(urgent), **values)


def deadline_of_a_claim_made_now() -> float:
    """The monotonic instant after which nothing of it may go out any more. To be asked for before the claim."""
    return monotonic() + LEASE.length.total_seconds() - MARGIN_SECONDS


def take(rows: OutboxMessageQuerySet, count: int, **values: object) -> Claim:
    """The first `count` of `rows`, with a token of this call; those that another worker is taking are left to it."""
    token, keys = LEASE.take(rows, count, **values)
    return Claim(keys, (token,)) if keys else Claim()

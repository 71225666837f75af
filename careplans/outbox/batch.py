"""One batch of messages under way: what waits, in which order, for how long it may, and what became of it."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from careplans.models import OutboxMessage, Reminder
from careplans.outbox.obstacles import BatchFacts
from careplans.outbox.relays import Relay
from careplans.outbox.shutdown import is_stopping

# What was looked at longer ago is looked at again before it goes out.
STALE_SECONDS = 1.0


@dataclass
class RunCounts:
    """What one run did, for the log and for whoever runs it by hand."""

    sent: int = 0
    cancelled: int = 0
    failed: int = 0
    retried: int = 0
    swept: int = 0
    postponed: int = 0
    held: bool = False

    @property
    def worked(self) -> int:
        return self.sent + self.cancelled + self.failed + self.postponed


@dataclass(frozen=True)
class Slice:
    """What one lane has taken, with what was found out about just these rows. Other lanes look again for theirs."""

    rows: list[OutboxMessage]
    facts: BatchFacts
    looked_at: float

    @property
    def is_stale(self) -> bool:
        return monotonic() - self.looked_at > STALE_SECONDS

    def is_plain(self, message: OutboxMessage) -> bool:
        """A mail of its own to somebody who is there: nothing else hangs on how it ends."""
        mail = message.channel == OutboxMessage.Channel.EMAIL and message.reminder.kind != Reminder.Kind.DIGEST
        return mail and message.recipient_id not in self.facts.maybe_away


@dataclass
class Batch:
    """One batch: what is held, until when its dots may go out, and what became of it."""

    relay: Relay
    deadline: float
    waiting: deque[OutboxMessage]
    facts: BatchFacts
    looked_at: float
    counts: RunCounts = field(default_factory=RunCounts)
    # Of plain mails that went out: their reminders are settled together.
    sent_reminders: list[int] = field(default_factory=list)
    # The relay takes nothing: what is left goes back into the queue untried.
    relay_is_down: bool = False
    error: BaseException | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        with self.lock:
            setattr(self.counts, what, getattr(self.counts, what) + number)

    def next(self, count: int) -> Slice | None:
        """Up to so many. Lanes take from one queue; what is left over at the end goes back into that of the database."""
        if self.is_over:
            return None
        with self.lock:
            if monotonic() - self.looked_at > STALE_SECONDS:
                self._look_again()
            rows = [self.waiting.popleft() for _ in range(min(count, len(self.waiting)))]
            return Slice(rows, self.facts, self.looked_at) if rows else None

    @property
    def is_over(self) -> bool:
        """Nothing more of this batch may go out."""
        return bool(self.error or self.relay_is_down or is_stopping() or monotonic() > self.deadline)

    def put_back(self, rows: Iterable[OutboxMessage]) -> None:
        """Not tried: they wait on, before the others. The look at those that waited meanwhile did not see them."""
        with self.lock:
            self.waiting.extendleft(reversed(list(rows)))
            self.looked_at = -inf

    def _look_again(self) -> None:
        """Since the claim somebody may have settled a step, left a board or withdrawn a plan: all that waits is read anew."""
        held = OutboxMessage.objects.for_sending().held(self.waiting)
        self.waiting = in_order(held)
        self.facts, self.looked_at = BatchFacts.at(self.waiting), monotonic()


def in_order(rows: Iterable[OutboxMessage]) -> deque[OutboxMessage]:
    return deque(sorted(rows, key=lambda row: (not row.is_urgent, row.due_at, row.pk)))

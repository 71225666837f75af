"""A row is the queue: one worker holds it for a while, and whoever lost it writes nothing more.

A worker takes a row with a token of its own until `lease_until`, renews that while it works, and settles it or gives it back. The
database's clock alone decides what is over. Each write after the claim compares the token (`Lease.held`), so that:

- two workers that look at the same moment: one takes the row, the other takes the next one or nothing;
- a worker dies: nobody has to notice; once its lease is over the row is free, and is taken up where it was written last;
- a worker stands still past its lease, and another takes the row up: its next write changes nothing, or raises LostError;
- work on the row itself kills its workers, as where it needs more memory than there is: `CountsLost` counts how many a row has
  lost, and its owner ends it, with a reason, where `Lease.has_lost_too_many`. Who counts attempts anyway need not (outbox);
- somebody cancels the row, or takes it out of its state: the token goes, and the worker finds that at its next write;
- no database, or one that is locked or stops a statement: the error goes to the caller, and the row is taken up after its lease;
  where that much can still be written (`Lease.outlived`), no worker is counted as lost.

What a lease cannot do is call back what has left the house already: who sends marks that first (careplans/outbox/), or sends
what may arrive twice (careplans/webhooks/).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection, models, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Now


class Leased(models.Model):
    """The columns of a row that one worker at a time works on."""

    # Whoever works on it, and until when nobody else does.
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class CountsLost(Leased):
    """A row whose workers may die of it."""

    # Workers that were not heard of any more while they held it: killed, or past their lease. Who gave it back is none of them.
    lost_workers = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)
# So many lost workers are no chance any more: a restart or a failed machine takes one.
MOST_LOST = 5
# What a row says that nobody holds.
LET_GO: dict[str, None] = {"token": None, "lease_until": None}


class LostError(Exception):
    """The row was ended by somebody, or taken up by another worker. What was not written yet is not to be written."""


# No lease is so long: one that reaches further was begun by a clock that was set back since.
NO_LEASE = timedelta(hours=1)


def nobody_holds() -> Q:
    """Never taken, given back, even at this moment, or held by a worker that has not been heard of for a lease."""
    return Q(lease_until=None) | is_over()


def is_over() -> Q:
    """Of a row that was taken."""
    return Q(lease_until__lte=Now()) | Q(lease_until__gt=Now() + NO_LEASE)


def pause_before(attempt: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Before attempt number `attempt`, 2 being the first that has one before it: `first`, and twice as long each time, up to
    `longest`."""
    # Where the doubling stops: a count of attempts may be any number, and a span may not.
    doublings: int = min(max(attempt - 2, 0), 20)
    return min(first * (1 << doublings), longest)


class Lease:
    """How long a row is held, and what it says besides while it is, such as its state."""

    def __init__(self, length: timedelta, **held_as: Any) -> None:
        self.length = length
        self.held_as = held_as

    def running(self) -> dict[str, Any]:
        """The end of a lease that begins, or begins anew, now."""
        return {"lease_until": Now() + self.length}

    def take(self, rows: QuerySet[Row], count: int, **values: Any) -> tuple[uuid.UUID, tuple[int, ...]]:
        """Take the first `count` of `rows`, which says itself what is free; with the token, and the keys of what was taken. What
        another worker is taking at this moment is left to it."""
        token = uuid.uuid4()
        # Mostly nothing is due, and what becomes due now is taken by the next tick: no transaction for that.
        if not rows.exists():
            return token, ()
        with transaction.atomic():
            # On SQLite the IMMEDIATE transaction stands for SKIP LOCKED: there is one writer at a time.
            locks = connection.features.has_select_for_update
            first = rows.select_for_update(skip_locked=True) if locks else rows
            # Looked up first: as a subquery, PostgreSQL may run it once for each row, and then takes more than `count`.
            keys = tuple(first.values_list("pk", flat=True)[:count])
            # By their keys alone: they are locked, and with the conditions of `rows` PostgreSQL reads the whole backlog again.
            if keys:
                taken = rows.model._default_manager.filter(pk__in=keys)
                taken.update(token=token, **self._lost(rows.model), **self.running(), **self.held_as, **values)
        return token, keys

    def _lost(self, model: type[Row]) -> dict[str, Any]:
        """A row with a token, which is free all the same, was let go by nobody."""
        if not issubclass(model, CountsLost):
            return {}
        one_more = When(token__isnull=False, then=F("lost_workers") + 1)
        whole = models.PositiveSmallIntegerField()
        return {"lost_workers": Case(one_more, default=F("lost_workers"), output_field=whole)}

    def has_lost_too_many(self, row: CountsLost) -> bool:
        """Whether whoever has just taken it ends it instead of working on it."""
        return row.lost_workers >= MOST_LOST

    def take_one(self, rows: QuerySet[Row], *related: str, **values: Any) -> Row | None:
        """The first of `rows`, read anew with what is `related`; None where there is none."""
        token, keys = self.take(rows, 1, **values)
        fresh = rows.model._default_manager.filter(pk__in=keys, token=token)
        return (fresh.select_related(*related) if related else fresh).first() if keys else None

    def held(self, row: Row) -> QuerySet[Row]:
        """The row, as long as it is held by whoever took it as it is at hand. Empty for what nobody took."""
        rows = type(row)._default_manager.filter(pk=row.pk, **self.held_as)
        return rows.filter(token=row.token) if row.token else rows.none()

    def write(self, row: Row, **values: Any) -> None:
        """Write to a row that is held. Raises LostError where it is not any more."""
        if not self.held(row).update(**values):
            raise LostError

    def renew(self, row: Row, **values: Any) -> None:
        """Write, and hold it for a whole lease from now. Raises LostError."""
        self.write(row, **values, **self.running())

    @contextmanager
    def outlived(self, row: Row) -> Iterator[None]:
        """Whatever the database refuses meanwhile, the worker lives, and is none of those that the row has lost."""
        try:
            yield
        except (OperationalError, InterfaceError):
            with suppress(Error):
                self.held(row).update(token=None)
            raise

    def give_back(self, row: Row, **values: Any) -> None:
        """Write, and let another take it up at once. Raises LostError."""
        self.write(row, **values, **LET_GO)

"""Related rows that are read apart and not joined: people, and steps that other steps of the same plan point to.

A join for each of them makes a query of hundreds of columns, which the database plans for longer than it runs, while the rows are
few and mostly at hand.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models

from accounts.access import BoardQuerySet

Link = tuple[Any, str]


def links(rows: Iterable[Any], *names: str) -> list[Link]:
    return [(row, name) for row in rows for name in names]


def attach(pointing: Iterable[Link], *, at_hand: Iterable[Any] = (), without: Iterable[str] = ()) -> list[Any]:
    """Give each row what its foreign key of that name points to, all to one table: a row at hand, or one that is read by one
    query for all, without these columns. Says what was read."""
    found = [(row, row._meta.get_field(name)) for row, name in pointing]
    wanting = [(row, field) for row, field in found if not field.is_cached(row) and getattr(row, field.attname)]
    known = {row.pk: row for row in at_hand}
    missing = {getattr(row, field.attname) for row, field in wanting} - known.keys()
    read: dict[int, Any] = {}
    if missing:
        table = wanting[0][1].related_model._default_manager
        read = table.order_by().defer(*without).in_bulk(sorted(missing))
    known |= read
    for row, field in wanting:
        field.set_cached_value(row, known[getattr(row, field.attname)])
    return list(read.values())


class ApartQuerySet(BoardQuerySet):
    """Rows that are completed once they are read: `complete()` says with what."""

    _completes = False

    def completed(self) -> Self:
        rows = self.all()
        rows._completes = True
        return rows

    def complete(self, rows: list[Any]) -> None:
        raise NotImplementedError

    def _clone(self) -> Self:
        rows: Self = super()._clone()  # type: ignore[misc]  # Django's own, which its stubs leave out
        rows._completes = self._completes
        return rows

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        found = self._result_cache
        if is_new and self._completes and found and isinstance(found[0], models.Model):
            self.complete(found)

"""Related rows that are read apart and not joined: people, and steps that other steps of the same plan point to.

A join for each of them makes a query of hundreds of columns, which the database plans for longer than it runs, while the rows are
few and mostly at hand.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models

from accounts.access import BoardQuerySet
from accounts.models import User

Link = tuple[Any, str]


def links(rows: Iterable[Any], *names: str) -> list[Link]:
    return [(row, name) for row in rows for name in names]


def attach(pointing: Iterable[Link], source: models.QuerySet[Any], *, at_hand: Iterable[Any] = ()) -> list[Any]:
    """Give each row what its foreign key of that name points to: a row at hand, or one of `source`, by one query for all.
    Says what was read."""
    found = [(row, row._meta.get_field(name)) for row, name in pointing]
    open_ = [(row, field) for row, field in found if not field.is_cached(row) and getattr(row, field.attname)]
    known = {row.pk: row for row in at_hand}
    missing = {getattr(row, field.attname) for row, field in open_} - known.keys()
    read = source.in_bulk(sorted(missing)) if missing else {}
    known |= read
    for row, field in open_:
        field.set_cached_value(row, known[getattr(row, field.attname)])
    return list(read.values())


def attach_people(*pointing: Link) -> None:
    """One query for all, whoever points to them."""
    attach(pointing, User.objects.all())


class ApartQuerySet(BoardQuerySet):
    """Rows that are completed once they are read: `complete()` says with what."""

    _completes = False

    def completed(self) -> Self:
        rows = self._chain()
        rows._completes = True
        return rows

    def complete(self, rows: list[Any]) -> None:
        raise NotImplementedError

    def _clone(self) -> Self:
        rows: Self = super()._clone()
        rows._completes = self._completes
        return rows

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._completes and self._result_cache and isinstance(self._result_cache[0], models.Model):
            self.complete(self._result_cache)

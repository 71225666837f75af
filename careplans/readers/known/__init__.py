"""The record as it was known at a moment, for questions that are asked of whole tables.

A question is SQL that names the relations it reads by their models, `{step}`, `{plan}`; each is put in front of it as a query of
its own, with the columns of the table (rows.py): today's rows where nothing is said of a moment, and else what they held then.
moments.py says of which moments nothing can change any more. Some of the words in braces are functions, since the databases write
them differently:

    {day:p.released_at|b.time_zone}   the day of a moment where a board is
    {days:a.day|b.day}                how many days lie between, negative where the second is earlier
    {later:a.day|b.number}            the day so many days later
    {hours:a.moment|b.moment}         whole hours between two moments
    {minutes:a.moment|b.moment}       whole minutes between two moments
    {number:a.day}                    the day as a number, 20260301, for days whose parts have columns of their own
    {whole:f.diagnosed_on}            the day of a date that may be known in part, where it is known to the day
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from string import Formatter
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from careplans.readers.known.laid_out import columns_named, lay_out, prepare, take_away
from careplans.readers.known.moments import Known, settled_now
from careplans.readers.known.rows import relation, rows_known

__all__ = ["Known", "Question", "ask", "nouns_in", "relation", "rows_known", "settled_now"]

# Of other apps than this one, what a question may read.
OTHERS = {
    "board": "accounts.Board", "membership": "accounts.Membership", "user": "accounts.User",
    "publication": "modalities.Publication", "revision": "modalities.Revision",
}  # fmt: skip
NAME = re.compile(r"[a-z]+")
# In front of a relation that a question wants to know by another moment than the rest.
THEN = "then_"
# A relation that is taken whole: every column, whatever they are called.
WHOLE = re.compile(r"(\w+\.)?\* FROM \{")
# How a question writes such a query. What it reads in it is known then.
INLINE = "AS NOT MATERIALIZED ("
# A large relation that is named more often than that has parts that look single rows of it up.
OFTEN = 3
# In front of a relation in the statement.
KNOWN = "known_"


def ask(
    sql: str, known: Known, params: Mapping[str, Any], *, then: Known | None = None, days: Collection[str] = (),
    moments: Collection[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of one question, by the names of its columns. `then` is what `{then_step}` is known by. `days` and `moments` name
    the columns that are such, which SQLite keeps as texts."""
    question = Question(sql, known, then or known)
    with question.asked(params) as cursor:
        names = [column[0] for column in cursor.description]
        rows: Iterable[tuple[Any, ...]] = cursor.fetchall()
    return [_read(dict(zip(names, row, strict=True)), days, moments) for row in rows]


class Question:
    """SQL with relations in braces, as the database takes it."""

    def __init__(self, sql: str, known: Known, then: Known) -> None:
        self.sql, self.known, self.then = sql, known, then
        named = _named_in(sql)
        self.times = Counter(self._relation(name) for name in named)
        self.names = {name: self._relation(name) for name in named}

    @contextmanager
    def asked(self, params: Mapping[str, Any], *, head: str = "") -> Iterator[CursorWrapper]:
        """`head` stands in front of it, as in CREATE TABLE … AS. On SQLite without a transaction, since each takes the lock of
        writers there: nobody shall wait for a report."""
        if connection.vendor != "postgresql":
            with connection.cursor() as cursor:
                self._execute(cursor, params, head, laid_out=())
                yield cursor
            return
        with transaction.atomic(), connection.cursor() as cursor:
            laid_out = self._lay_out(cursor)
            self._execute(cursor, params, head, laid_out)
            yield cursor
            take_away(cursor, laid_out)

    def _execute(self, cursor: CursorWrapper, params: Mapping[str, Any], head: str, laid_out: Collection[str]) -> None:
        relations, given = [], dict(params)
        for name in sorted(set(self.times) - set(laid_out)):
            inside, wanted = self._inside(name, self._columns(name))
            # Else a relation that is named twice is written out whole before it is read, and no index of its table helps.
            relations.append(f"{name} AS NOT MATERIALIZED ({inside})")
            given |= wanted
        text = self.sql.format_map(self.names | FUNCTIONS)
        whole = f"WITH {', '.join(relations)} {text}" if relations else text
        cursor.execute(head + whole, {name: _sent(value) for name, value in given.items()})

    def _lay_out(self, cursor: CursorWrapper) -> list[str]:
        """Where one is large: the large ones that are named twice or more, and all small ones. Those cost nothing, and else the
        planner takes three boards for any number."""
        tables = {name: _model(_bare(name))._meta.db_table for name in self.times}
        large = prepare(cursor, set(tables.values()))
        if not large:
            return []
        found = sorted(name for name, table in tables.items() if table not in large or self._is_read_often(name))
        for name in found:
            inside, given = self._inside(name, self._columns(name))
            key = _model(_bare(name))._meta.pk if self.times[name] > OFTEN and tables[name] in large else None
            lay_out(cursor, name, inside, given, key=str(key.column) if key else "")
        return found

    def _is_read_often(self, name: str) -> bool:
        """Named more than once, or by a query that is put in wherever it is named itself."""
        return self.times[name] > 1 or (INLINE in self.sql and name.startswith(KNOWN + THEN))

    def _columns(self, name: str) -> list[str] | None:
        """Of a relation, those that the question names; all of them where it takes a relation whole."""
        return None if _takes_one_whole(self.sql) else columns_named(_model(_bare(name)), self.sql)

    def _inside(self, name: str, only: Collection[str] | None) -> tuple[str, dict[str, Any]]:
        known = self.then if name.startswith(KNOWN + THEN) else self.known
        return relation(_model(_bare(name)), known, only)

    def _relation(self, name: str) -> str:
        """How it is called in the statement: one and the same where both moments are."""
        return KNOWN + (name.removeprefix(THEN) if self.then == self.known else name)


def nouns_in(sql: str) -> set[str]:
    """The relations that a question names, by the names of their models."""
    return {_bare(name) for name in _named_in(sql)}


def _named_in(sql: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(sql) if name and name not in FUNCTIONS]


def _bare(name: str) -> str:
    return name.removeprefix(KNOWN).removeprefix(THEN)


def _model(name: str) -> type[models.Model]:
    if not NAME.fullmatch(name):
        raise LookupError(f"{name!r} names no relation.")
    return apps.get_model(OTHERS.get(name, f"careplans.{name}"))


# What stands between the bars of a function in braces, by place, as each database writes it.
WRITTEN: dict[str, dict[str, str]] = {
    "sqlite": {
        "day": "django_datetime_cast_date({0}, {1}, 'UTC')",
        "days": "CAST(julianday({1}) - julianday({0}) AS INTEGER)",
        "hours": "CAST((julianday({1}) - julianday({0})) * 24 + 0.000001 AS INTEGER)",
        "minutes": "CAST((julianday({1}) - julianday({0})) * 1440 + 0.00001 AS INTEGER)",
        "later": "date({0}, ({1}) || ' days')",
        "number": "CAST(REPLACE(CAST({0} AS text), '-', '') AS integer)",
        "whole": "CASE WHEN LENGTH({0}) = 10 THEN {0} END",
    },
    "postgresql": {
        "day": "(({0}) AT TIME ZONE {1})::date",
        "days": "(({1}) - ({0}))",
        "hours": "CAST(FLOOR(EXTRACT(EPOCH FROM ({1}) - ({0})) / 3600) AS integer)",
        "minutes": "CAST(TRUNC(EXTRACT(EPOCH FROM ({1}) - ({0})) / 60) AS integer)",
        "later": "(({0}) + CAST({1} AS integer))",
        "number": "CAST(REPLACE(CAST({0} AS text), '-', '') AS integer)",
        "whole": "CASE WHEN LENGTH({0}) = 10 THEN CAST({0} AS date) END",
    },
}


@lru_cache(maxsize=256)
def _takes_one_whole(sql: str) -> bool:
    return WHOLE.search(sql) is not None


@dataclass(frozen=True)
class _Function:
    """Stands in a question as `{name:first|second}`."""

    name: str

    def __format__(self, told: str) -> str:
        return WRITTEN[connection.vendor][self.name].format(*told.split("|"))


FUNCTIONS: dict[str, Any] = {name: _Function(name) for name in WRITTEN["sqlite"]}


def _sent(value: Any) -> Any:
    """As the database compares it with what stands in a column."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _read(row: dict[str, Any], days: Collection[str], moments: Collection[str]) -> dict[str, Any]:
    for name in days:
        row[name] = _as_day(row[name])
    for name in moments:
        row[name] = _as_moment(row[name])
    return row


def _as_day(value: Any) -> date | None:
    return parse_date(value) if isinstance(value, str) else value


def _as_moment(value: Any) -> datetime | None:
    found = parse_datetime(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found is not None and timezone.is_naive(found) else found

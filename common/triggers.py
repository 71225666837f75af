"""The database's own refusal to change or delete what stands for good: it holds for `save()`, for `QuerySet.update()`, and for
anyone with a database prompt.

What is refused is a list (`careplans/models/kept.py`); every `migrate` takes the triggers away before it changes a table and
puts them back afterwards, since SQLite loses those of a table that it rebuilds. So a migration needs not think of them.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "refuse_"


@dataclass(frozen=True)
class Refusal:
    """`columns` of none means each of them; `where` is SQL about OLD (and, in an UPDATE, NEW), and empty for every row."""

    table: str
    name: str
    message: str
    on: Literal["UPDATE", "DELETE"]
    columns: tuple[str, ...] = ()
    where: str = ""

    @property
    def trigger(self) -> str:
        return PREFIX + self.name


def for_good(table: str, name: str, message: str) -> tuple[Refusal, Refusal]:
    """Rows that nobody changes or deletes once they are written."""
    return (
        Refusal(table, f"{name}_update", message, "UPDATE"),
        Refusal(table, f"{name}_delete", message, "DELETE"),
    )


def install(connection: BaseDatabaseWrapper, refusals: Sequence[Refusal]) -> None:
    """Anew, whatever stood there; what a list does not name any more is gone."""
    with transaction.atomic(using=connection.alias):
        remove(connection)
        with connection.cursor() as cursor:
            for refusal in _possible(connection, refusals):
                for statement in _sqlite(refusal) if connection.vendor == "sqlite" else _postgresql(refusal):
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, prefix: str = PREFIX) -> None:
    with transaction.atomic(using=connection.alias):
        found = standing(connection, prefix)
        with connection.cursor() as cursor:
            for name, table in found.items():
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
                if connection.vendor != "sqlite":
                    cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")


def standing(connection: BaseDatabaseWrapper, prefix: str = PREFIX) -> dict[str, str]:
    """The triggers that are there whose names begin so, with their tables."""
    asked = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if connection.vendor == "sqlite"
        else "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) ORDER BY t.tgname"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {name: table for name, table in cursor.fetchall() if name.startswith(prefix)}


def missing(connection: BaseDatabaseWrapper, refusals: Collection[Refusal]) -> list[str]:
    found = standing(connection)
    return [one.trigger for one in refusals if one.trigger not in found]


def _possible(connection: BaseDatabaseWrapper, refusals: Sequence[Refusal]) -> Iterator[Refusal]:
    """What an older state of the tables can hold, where somebody went back to it."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) & {one.table for one in refusals}
        there = {
            table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for table in tables
        }
    for one in refusals:
        columns = tuple(name for name in one.columns if name in there.get(one.table, ()))
        if one.table in there and (columns or not one.columns):
            yield replace(one, columns=columns)


@contextmanager
def suspended(connection: BaseDatabaseWrapper, refusals: Sequence[Refusal]) -> Iterator[None]:
    """For tests: to empty a database that SQLite empties by DELETE."""
    remove(connection)
    try:
        yield
    finally:
        install(connection, refusals)


def _condition(refusal: Refusal, differs: str) -> str:
    changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in refusal.columns)
    return " AND ".join(f"({part})" for part in (refusal.where, changed) if part)


def _event(refusal: Refusal) -> str:
    columns = ", ".join(f'"{name}"' for name in refusal.columns)
    return f"{refusal.on} OF {columns}" if columns else refusal.on


def _sqlite(refusal: Refusal) -> tuple[str, ...]:
    when = f"WHEN {condition} " if (condition := _condition(refusal, "IS NOT")) else ""
    return (
        f"CREATE TRIGGER {refusal.trigger} BEFORE {_event(refusal)} ON {refusal.table} FOR EACH ROW {when}"
        f"BEGIN SELECT RAISE(ABORT, '{refusal.message}'); END",
    )


def _postgresql(refusal: Refusal) -> tuple[str, ...]:
    raised = f"RAISE EXCEPTION '{refusal.message}' USING ERRCODE = 'integrity_constraint_violation';"
    if condition := _condition(refusal, "IS DISTINCT FROM"):
        raised = f"IF {condition} THEN {raised} END IF;"
    row = "OLD" if refusal.on == "DELETE" else "NEW"
    return (
        f"CREATE OR REPLACE FUNCTION {refusal.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {raised} RETURN {row}; END $$",
        f"CREATE TRIGGER {refusal.trigger} BEFORE {_event(refusal)} ON {refusal.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {refusal.trigger}()",
    )

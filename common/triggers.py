"""The database's own refusal to change or delete what stands for good: it holds for `save()`, for `QuerySet.update()`, and for
anyone with a database prompt.

What is refused is a list (`careplans/models/kept.py`); every `migrate` takes the triggers away before it changes a table and
puts them back afterwards, since SQLite loses those of a table that it rebuilds. So a migration needs not think of them.

Whoever owns the database can take the triggers themselves away, or drop a table: against that stand the rights of the
database and the backups, not these.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "refuse_"
Way = Literal["UPDATE", "DELETE", "INSERT OR REPLACE", "UPDATE OR REPLACE", "TRUNCATE"]
# What takes rows away and asks no trigger of a DELETE.
UNASKED: dict[str, tuple[Way, ...]] = {
    "sqlite": ("INSERT OR REPLACE", "UPDATE OR REPLACE"),
    "postgresql": ("TRUNCATE",),
}


@dataclass(frozen=True)
class Refusal:
    """`columns` of none means each of them; `where` is SQL about OLD (and, in an UPDATE, NEW), and empty for every row."""

    table: str
    name: str
    message: str
    on: Way
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


def all_of(vendor: str, refusals: Iterable[Refusal]) -> Iterator[Refusal]:
    """With the other ways to the same: who may not be deleted is neither replaced nor emptied away."""
    for one in refusals:
        yield one
        if one.on == "DELETE":
            for way in UNASKED[vendor]:
                name = f"{one.name.removesuffix('_delete')}_{way.lower().replace(' ', '_')}"
                yield replace(one, name=name, on=way)


def install(connection: BaseDatabaseWrapper, refusals: Sequence[Refusal]) -> None:
    """Anew, whatever stood there; what a list does not name any more is gone."""
    with transaction.atomic(using=connection.alias):
        remove(connection)
        with connection.cursor() as cursor:
            for refusal in _possible(connection, list(all_of(connection.vendor, refusals))):
                for statement in _statements(connection, refusal):
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, prefix: str = PREFIX, *, keep: Collection[str] = ()) -> None:
    with transaction.atomic(using=connection.alias):
        found = {name: table for name, table in standing(connection, prefix).items() if name not in keep}
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


def astray(connection: BaseDatabaseWrapper, refusals: Iterable[Refusal]) -> list[str]:
    """The triggers that should stand and do not, or stand and should not."""
    return sorted({one.trigger for one in all_of(connection.vendor, refusals)} ^ set(standing(connection)))


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


def _statements(connection: BaseDatabaseWrapper, refusal: Refusal) -> tuple[str, ...]:
    if refusal.on == "TRUNCATE":
        return _truncate(refusal)
    if refusal.on in ("INSERT OR REPLACE", "UPDATE OR REPLACE"):
        return _replacing(connection, refusal)
    return _sqlite(refusal) if connection.vendor == "sqlite" else _postgresql(refusal)


def _condition(refusal: Refusal, differs: str) -> str:
    changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in refusal.columns)
    return " AND ".join(f"({part})" for part in (refusal.where, changed) if part)


def _there(refusal: Refusal) -> str:
    """The same of a row that stands in the table."""
    return refusal.where.replace("OLD.", "there.")


def _event(refusal: Refusal) -> str:
    columns = ", ".join(f'"{name}"' for name in refusal.columns)
    return f"{refusal.on} OF {columns}" if columns else refusal.on


def _sqlite(refusal: Refusal) -> tuple[str, ...]:
    when = f"WHEN {condition} " if (condition := _condition(refusal, "IS NOT")) else ""
    return (_aborting(refusal, _event(refusal), when),)


def _aborting(refusal: Refusal, event: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {refusal.trigger} BEFORE {event} ON {refusal.table} FOR EACH ROW {when}"
        f"BEGIN SELECT RAISE(ABORT, '{refusal.message}'); END"
    )


def _replacing(connection: BaseDatabaseWrapper, refusal: Refusal) -> tuple[str, ...]:
    """SQLite's REPLACE deletes whatever row stands in the way of a new one, by its id or by any key that is there once."""
    keys = list(_keys(connection, refusal.table))
    same = " OR ".join(condition for _, condition in keys)
    conditions = [f"({same})", *([f"({_there(refusal)})"] if refusal.where else [])]
    event = "INSERT"
    if refusal.on == "UPDATE OR REPLACE":
        event = "UPDATE OF " + ", ".join(f'"{name}"' for name in sorted(set().union(*(names for names, _ in keys))))
        conditions.append('there."id" <> OLD."id"')
    when = f"WHEN EXISTS (SELECT 1 FROM {refusal.table} there WHERE {' AND '.join(conditions)}) "
    return (_aborting(refusal, event, when),)


def _keys(connection: BaseDatabaseWrapper, table: str) -> Iterator[tuple[set[str], str]]:
    """Each key of a table that is there once: its columns, and SQL that is true where NEW and `there` have the same."""
    yield {"id"}, 'there."id" = NEW."id"'
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.name, (SELECT sql FROM sqlite_master m WHERE m.name = l.name) FROM pragma_index_list(%s) l "
            'WHERE l."unique"',
            [table],
        )
        for index, sql in cursor.fetchall():
            cursor.execute("SELECT name FROM pragma_index_info(%s)", [index])
            columns = [name for (name,) in cursor.fetchall()]
            if None in columns:
                # Of an expression: none of those is about a row that is kept (tests/test_kept.py).
                continue
            parts = [f'there."{name}" = NEW."{name}"' for name in columns]
            condition = (sql or "").partition(" WHERE ")[2]
            if condition:
                parts += [re.sub(r'"(\w+)"', rf'{row}."\1"', f"({condition})") for row in ("there", "NEW")]
            yield {*columns, *re.findall(r'"(\w+)"', condition)}, f"({' AND '.join(parts)})"


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


def _truncate(refusal: Refusal) -> tuple[str, ...]:
    raised = f"RAISE EXCEPTION '{refusal.message}' USING ERRCODE = 'integrity_constraint_violation';"
    if refusal.where:
        raised = f"IF EXISTS (SELECT 1 FROM {refusal.table} there WHERE {_there(refusal)}) THEN {raised} END IF;"
    return (
        f"CREATE OR REPLACE FUNCTION {refusal.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {raised} RETURN NULL; END $$",
        f"CREATE TRIGGER {refusal.trigger} BEFORE TRUNCATE ON {refusal.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {refusal.trigger}()",
    )

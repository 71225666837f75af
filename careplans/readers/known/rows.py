"""Rows of a table as they were known at a moment: the `row` of the PastRow around it, and today's where none comes after it.

Every column of such a relation is an expression of its own, so that PostgreSQL works out only those that a question names.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from careplans.models.past_triggers import BY_TABLE, TABLE, Kept
from careplans.readers.known.moments import Known

Row = TypeVar("Row", bound=models.Model)
Field: TypeAlias = "models.Field[Any, Any]"


class NotKept(LookupError):
    """A table of which nobody keeps what its rows held: it cannot be asked about the past."""


def relation(
    model: type[models.Model], known: Known, only: Collection[str] | None = None
) -> tuple[str, dict[str, Any]]:
    """SQL that gives the rows of a model as they were known, with the columns of its table; and the parameters it wants.
    `only`: these columns, for who reads all of the rows. They are then read from a past row in one go, which PostgreSQL unpacks
    once and not once for each column.

    A table that the triggers do not follow is given as it stands. Those of it that reports read, people and reference pages,
    name things; they hold nothing that is counted.
    """
    kept = BY_TABLE.get(model._meta.db_table)
    if known.by is None or kept is None:
        columns = "*" if only is None else ", ".join(f'"{name}"' for name in only)
        return f'SELECT {columns} FROM "{model._meta.db_table}"', {}  # our own tables and columns
    return _both(kept, _name(known.by), "", "", only), {_name(known.by): moment_told(known.by)}


def rows_known(model: type[Row], known: Known, **equals: Any) -> list[Row]:
    """The rows that had these values then, in the order of their keys. `equals`: by a field, a value or a list of them.

    Not to be saved: they are not today's. Quick by the key, or by what rows of this kind belong to (past_triggers.Kept.parent):
    one case, some plans.
    Raises NotKept for a table without a past.
    """
    if known.by is None:
        return list(model._base_manager.filter(**_filters(equals)).order_by("pk"))
    kept = BY_TABLE.get(model._meta.db_table)
    if kept is None:
        raise NotKept(f"What {model._meta.verbose_name_plural} held is not kept.")
    at = _name(known.by)
    params: dict[str, Any] = {at: moment_told(known.by)}
    tests = {str(field.column): _test(field, value, params) for field, value in _asked(model, equals)}
    wanted = [f'"{column}" {test}' for column, test in tests.items()]
    now, then = _narrow(kept, tests)
    inside = f"WITH known AS ({_both(kept, at, now, then)}) SELECT * FROM known"
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    asked = f'{inside}{where} ORDER BY "{kept.key}"'
    return list(model._base_manager.raw(asked, params))


def _filters(equals: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}__in" if _is_list(value) else name: value for name, value in equals.items()}


def _asked(model: type[models.Model], equals: dict[str, Any]) -> Iterator[tuple[Field, Any]]:
    for name, value in equals.items():
        yield (model._meta.pk if name == "pk" else model._meta.get_field(name)), value  # type: ignore[misc]  # a column


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _test(field: Field, value: Any, params: dict[str, Any]) -> str:
    """What a column is asked, with the values put among the parameters."""
    given = [getattr(one, "pk", one) for one in (value if _is_list(value) else [value])]
    names = []
    for one in given:
        names.append(f"%(asked_{len(params)})s")
        params[f"asked_{len(params)}"] = field.get_db_prep_value(one, connection)
    return f"IN ({', '.join(names) or 'NULL'})"


def _narrow(kept: Kept, tests: dict[str, str]) -> tuple[str, str]:
    """By the key, or by what the rows belong to: then what may be among them is found by an index in both halves.

    A row may have belonged to something else then, and been moved or deleted since: it is found by its past.
    """
    if kept.key in tests:
        return f' AND t."{kept.key}" {tests[kept.key]}', f" AND w.row_id {tests[kept.key]}"
    if kept.parent not in tests:
        return "", ""
    test = tests[kept.parent]
    today = f'SELECT a."{kept.key}" FROM {kept.table} a WHERE a."{kept.parent}" {test}'
    past = f"SELECT b.row_id FROM {TABLE} b WHERE b.noun = '{kept.noun}' AND b.parent_id {test}"
    return f' AND t."{kept.parent}" {test}', f" AND w.row_id IN ({today} UNION {past})"


def _name(at: datetime) -> str:
    """Of the parameter: one question may know its relations by several moments."""
    return f"known_{at.astimezone(UTC):%Y%m%d%H%M%S%f}"


def moment_told(at: datetime) -> Any:
    """As the triggers write it: SQLite compares texts."""
    if connection.vendor == "postgresql":
        return at
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _both(kept: Kept, at: str, now: str, then: str, only: Collection[str] | None = None) -> str:
    """What has not changed since the moment in the parameter `at`, and what has: as it was. `now` and `then` narrow the two."""
    fields = [one for one in kept.model._meta.concrete_fields if only is None or one.column in only]
    of_today = ", ".join(_today(kept, field) for field in fields)
    unpacked = _unpacked(kept, fields) if only is not None and connection.vendor == "postgresql" else {}
    of_then = ", ".join(_past(kept, field, unpacked) for field in fields)
    later = f"{TABLE} w WHERE w.noun = '{kept.noun}' AND w.at > %({at})s"
    if connection.vendor == "postgresql":
        unchanged = f'NOT EXISTS (SELECT 1 FROM {later} AND w.row_id = t."{kept.key}")'
    else:
        # SQLite would ask an EXISTS for each row; this it reads once.
        unchanged = f't."{kept.key}" NOT IN (SELECT w.row_id FROM {later}{then})'
    return (
        f"SELECT {of_today} FROM {kept.table} t WHERE {unchanged}{now} "
        f"UNION ALL SELECT {of_then} FROM {_beside(later, unpacked)}{then} "
        f"AND (w.since <= %({at})s OR w.since IS NULL) AND w.row IS NOT NULL"
    )


def _today(kept: Kept, field: Field) -> str:
    if field.column in kept.without:
        return f'{_empty(field)} AS "{field.column}"'
    return f't."{field.column}"'


def _unpacked(kept: Kept, fields: Iterable[Field]) -> dict[str, str]:
    """By column its type, of all that is read from a past row in one go. JSON is read by itself: a null inside it is its own."""
    plain = [one for one in fields if one.column not in kept.without and not isinstance(one, models.JSONField)]
    return {str(one.column): _type(one) for one in plain}


def _beside(later: str, unpacked: Mapping[str, str]) -> str:
    if not unpacked:
        return later
    columns = ", ".join(f'"{column}" {kind}' for column, kind in unpacked.items())
    return later.replace(f"{TABLE} w ", f"{TABLE} w CROSS JOIN LATERAL jsonb_to_record(w.row) AS r({columns}) ", 1)


def _past(kept: Kept, field: Field, unpacked: Collection[str] = ()) -> str:
    """A column that a later migration brought has in older rows what the migration gave it."""
    if field.column in kept.without:
        return f'{_empty(field)} AS "{field.column}"'
    told = f'r."{field.column}"' if field.column in unpacked else _read(field)
    return f'{told} AS "{field.column}"' if field.null else f'COALESCE({told}, {_empty(field)}) AS "{field.column}"'


def _read(field: Field) -> str:
    if connection.vendor == "sqlite":
        return f"json_extract(w.row, '$.{field.column}')"
    if isinstance(field, models.JSONField):
        return f"NULLIF(w.row->'{field.column}', 'null'::jsonb)" if field.null else f"(w.row->'{field.column}')"
    return f"(w.row->>'{field.column}')::{_type(field)}"


def _type(field: Field) -> str:
    found = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return str(found)


def _empty(field: Field) -> str:
    """What the column begins with, as SQL: the default of the database, or of the model."""
    if field.null:
        return "NULL" if connection.vendor == "sqlite" else f"NULL::{_type(field)}"
    stands = field.db_default
    given = stands.value if isinstance(stands, models.Value) else field.default
    value = (given() if callable(given) else given) if given is not NOT_PROVIDED else field.get_default()
    literal = _literal(field, value)
    return literal if connection.vendor == "sqlite" else f"{literal}::{_type(field)}"


def _literal(field: Field, value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value)) if connection.vendor == "sqlite" else str(value).upper()
    if isinstance(value, int):
        return str(value)
    told = (
        str(field.get_db_prep_value(value, connection))
        if not isinstance(field, models.JSONField)
        else json.dumps(value)
    )
    return "'" + told.replace("'", "''").replace("%", "%%") + "'"

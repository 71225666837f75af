"""Inserts many rows at once: by COPY on PostgreSQL, by one prepared statement on SQLite. `bulk_create` compiles every value.

For rows that hold plain values: no expressions, no defaults of the database, and nobody else writing meanwhile. Constraints and
triggers see these rows as they see any other.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from django.utils import timezone

# What a driver takes as it is; everything else goes through the field.
PLAIN = (
    models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.AutoField, models.ForeignKey,
)  # fmt: skip
# What psycopg takes besides.
PLAIN_ON_POSTGRESQL = (*PLAIN, models.DateField)


Made = TypeVar("Made", bound=models.Model)
_EMPTY: dict[type[models.Model], models.Model] = {}


def made(model: type[Made], **values: Any) -> Made:
    """As `model(**values)`, from a copy of an empty row: what the columns begin with is worked out once, not for each row."""
    if model not in _EMPTY:
        _EMPTY[model] = model()
    row = model.__new__(model)
    row.__dict__.update(_EMPTY[model].__dict__)
    row._state = ModelState()
    for name, value in values.items():
        setattr(row, name, value)
    return row


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model and give each its key. Rows that they point at must have theirs already."""
    if not rows:
        return
    model = type(rows[0])
    fields = model._meta.concrete_fields
    if isinstance(model._meta.pk, models.AutoField):
        for pk, row in zip(_free_keys(model, len(rows)), rows, strict=True):
            row.pk = pk
    read = attrgetter(*(field.attname for field in fields))
    special = [(place, reader) for place, field in enumerate(fields) if (reader := _reader(field))]
    _send(model, [str(field.column) for field in fields], (_values(row, read, special) for row in rows))


def insert_values(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The same for rows that nobody needs as objects: plain values in the order of `names`, JSON as text."""
    columns = [str(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr]  # columns of the table
    if connection.vendor == "sqlite":
        rows = ([_for_sqlite(value) for value in row] for row in rows)
    _send(model, columns, rows)


def _send(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The names come from the model, the values go in as parameters."""
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))  # noqa: S608  # names of the model


def _free_keys(model: type[models.Model], count: int) -> Sequence[int]:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return [key for (key,) in cursor.fetchall()]
        last: int = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return range(last + 1, last + 1 + count)


Reader = Callable[[models.Model, Any], Any]


def _values(row: models.Model, read: Callable[[Any], Any], special: Sequence[tuple[int, Reader]]) -> list[Any]:
    values = list(read(row))
    for place, reader in special:
        values[place] = reader(row, values[place])
    return values


def _reader(field: Any) -> Reader | None:
    """What becomes of a column's value before the driver takes it; None where it takes it as it is."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        now = field.get_db_prep_save(timezone.now(), connection)
        return lambda row, value: now
    if field.is_relation:
        return lambda row, value: value or _key_of(row, field)
    if isinstance(field, PLAIN_ON_POSTGRESQL if connection.vendor == "postgresql" else PLAIN):
        return None
    return lambda row, value: field.get_db_prep_save(value, connection)


def _key_of(row: models.Model, field: Any) -> Any:
    """A row that was built before the one it points at had its key."""
    related = field.get_cached_value(row, default=None)
    return related.pk if related is not None else None


def _for_sqlite(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value

"""Inserts many rows by one prepared statement: several times faster than `bulk_create`, which compiles every value.

For rows that hold plain values: no expressions, no defaults of the database, and nobody else writing meanwhile.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

# What a driver takes as it is; everything else goes through the field.
PLAIN = (
    models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.AutoField, models.ForeignKey,
)  # fmt: skip


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model and give each its key. Rows that they point at must have theirs already."""
    if not rows:
        return
    model = type(rows[0])
    fields = model._meta.concrete_fields
    if isinstance(model._meta.pk, models.AutoField):
        for pk, row in zip(_free_keys(model, len(rows)), rows, strict=True):
            row.pk = pk
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    # The names come from the model, the values go in as parameters.
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"
    values = [_reader(field) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(sql, [[value(row) for value in values] for row in rows])


def _free_keys(model: type[models.Model], count: int) -> Sequence[int]:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return [key for (key,) in cursor.fetchall()]
        last: int = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return range(last + 1, last + 1 + count)


def _reader(field: Any) -> Callable[[models.Model], Any]:
    """Reads one column of a row, as the driver takes it."""
    name = field.attname
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        now = field.get_db_prep_save(timezone.now(), connection)
        return lambda row: now
    if field.is_relation:
        return lambda row: getattr(row, name) or _key_of(row, field)
    if isinstance(field, PLAIN):
        return lambda row: getattr(row, name)
    return lambda row: field.get_db_prep_save(getattr(row, name), connection)


def _key_of(row: models.Model, field: Any) -> Any:
    """A row that was built before the one it points at had its key."""
    related = field.get_cached_value(row, default=None)
    return related.pk if related is not None else None

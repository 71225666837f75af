"""The different values of a column, read from its index one after the other: as many look-ups as there are values.

DISTINCT reads every row of the table instead, on both databases.
"""

from django.db import connection, models

# Each value is the least one behind the value before it.
_NEXT = (
    "WITH RECURSIVE found(value) AS (SELECT min({column}) FROM {table} WHERE {column} IS NOT NULL"
    " UNION ALL SELECT (SELECT min(t.{column}) FROM {table} t WHERE t.{column} > f.value) FROM found f WHERE f.value IS NOT NULL)"
    " SELECT value FROM found WHERE value IS NOT NULL"
)


def distinct_texts(model: type[models.Model], name: str) -> list[str]:
    """What stands in a column of texts that is the first of an index. One query."""
    quoted = connection.ops.quote_name
    column = quoted(next(str(one.column) for one in model._meta.concrete_fields if one.name == name))
    with connection.cursor() as cursor:
        cursor.execute(_NEXT.format(column=column, table=quoted(model._meta.db_table)))
        return [value for (value,) in cursor.fetchall()]

"""Large relations of a question, written out before it is asked: PostgreSQL alone, and for one transaction.

A relation is two tables put together, so the planner knows neither how many rows match another nor that a key stands in it once;
where a question names the steps eight times, what it expects grows to nonsense, and the question takes minutes. Written out once,
with the columns alone that the question names, and analysed, it is a table like any other.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.backends.utils import CursorWrapper

# Of as many rows, or fewer, any plan is quick.
SMALL = 20_000
WORD = re.compile(r"\w+")
# Of a question with many parts, compiling it takes longer than asking it. And what it sorts and hashes are whole tables.
_SETTINGS = "set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"
_LARGE = "SELECT array_agg(relname::text) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND reltuples > %s"


def prepare(cursor: CursorWrapper, tables: Collection[str]) -> set[str]:
    """Settings for the transaction; and which of these tables are large, by what was counted when they were analysed last."""
    cursor.execute(f"SELECT {_SETTINGS}, ({_LARGE} AND pg_table_is_visible(oid))", [list(tables), SMALL])
    return set(cursor.fetchone()[2] or ())


def lay_out(cursor: CursorWrapper, name: str, inside: str, given: Mapping[str, Any], *, key: str = "") -> None:
    """The relation as a table of that name, which is gone at the end of the transaction or with `take_away`. `key`: a column by
    which its rows are looked up."""
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {inside}", dict(given))
    if key:
        cursor.execute(f'CREATE INDEX ON {name} ("{key}")')
    cursor.execute(f"ANALYZE {name}")


def take_away(cursor: CursorWrapper, names: Collection[str]) -> None:
    """Of the same transaction another question may lay out its own."""
    if names:
        cursor.execute(f"DROP TABLE {', '.join(names)}")


def columns_named(model: type[models.Model], sql: str) -> list[str]:
    """Those that stand anywhere in the question, whatever of: more than it needs, never fewer."""
    words, key = _words(sql), model._meta.pk
    return [str(one.column) for one in model._meta.concrete_fields if one is key or one.column in words]


@lru_cache(maxsize=256)
def _words(sql: str) -> frozenset[str]:
    """Looked for once for each question, and not for each of the twenty relations in it: that took a fifth of a small report."""
    return frozenset(WORD.findall(sql))

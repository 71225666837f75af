"""Several lists of one page by one query: the keys of their first rows, or how many they are up to a number.

A union of plain selects, each in the order of its list, so that an index ends the scan. Django's own union would ask every table
once more by `in`, and planning the joins with which a list is shown costs more than reading its rows.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Lists = Mapping[str, QuerySet[Any]]


def first_keys(lists: Lists, size: int) -> dict[str, list[int]]:
    """Of each list the keys of its first rows, in no order. One query for all, whatever tables they are of."""
    found: dict[str, list[int]] = defaultdict(list)
    for name, key in _asked("SELECT %s AS of_list, first.* FROM ({}) AS first", lists, size):
        found[name].append(key)
    return {name: found[name] for name in lists}


def capped_counts(lists: Lists, *, cap: int) -> dict[str, str]:
    """How long each list is, “100+” from the cap on. One query for all, and none of them reads further than the cap."""
    found = dict(_asked("SELECT %s AS of_list, COUNT(*) FROM ({}) AS first", lists, cap + 1))
    return {name: f"{cap}+" if found.get(name, 0) > cap else str(found.get(name, 0)) for name in lists}


def _asked(part: str, lists: Lists, size: int) -> list[tuple[str, int]]:
    """Each list is known by its place, which is no word of anybody's."""
    names = list(lists)
    parts: list[str] = []
    params: list[Any] = []
    for place, rows in enumerate(lists.values()):
        try:
            sql, values = rows.values("pk")[:size].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(part.replace("%s", str(place)).format(sql))
        params += values
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return [(names[place], value) for place, value in cursor.fetchall()]

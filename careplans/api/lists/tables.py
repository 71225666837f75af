"""A list as a table: its columns, from the serializer and not from the rows, so that the same list has the same columns on every
day; and a row as cells.

What is one object inside a row becomes dotted columns (`proforma.grade`, `owner.id`); what is a list, or has keys of its own,
is JSON in one cell. Where something is null, or is left out for this reader, the cell is empty.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from careplans.api.answered import Holds, walk
from careplans.api.free_text import LEFT_OUT, shape_of
from common.cells import plain_number_or_text

Path = tuple[str, ...]


class Line:
    """Hands back what `csv.writer` writes."""

    def write(self, text: str) -> str:
        return text


def columns_of(serializer_class: Any, fields: Sequence[str], *, reads_text: bool) -> list[Path]:
    """Those of these fields (none named: of all), without what this reader reads on none of their boards."""
    shape = shape_of(serializer_class)
    return [
        path
        for path in _columns(serializer_class)
        if (not fields or path[0] in fields) and (reads_text or not _is_left_out(shape, path))
    ]


def _is_left_out(shape: Any, path: Path) -> bool:
    for name in path:
        if not isinstance(shape, Mapping):
            return False
        shape = shape[name]
    return bool(shape == LEFT_OUT)


@cache
def _columns(serializer_class: Any) -> list[Path]:
    return [
        tuple(one.name for one in steps)
        for steps in walk(serializer_class)
        if all(one.holds is Holds.OBJECT for one in steps[:-1]) and steps[-1].holds is not Holds.OBJECT
    ]


def header(columns: Iterable[Path]) -> str:
    return line([".".join(path) for path in columns])


def table_row(columns: Iterable[Path], row: Any) -> str:
    return line([cell(_at(row, path)) for path in columns])


def line(cells: Sequence[str]) -> str:
    text: str = csv.writer(Line()).writerow(cells)
    return text


def _at(row: Any, path: Path) -> Any:
    for name in path:
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def cell(value: Any) -> str:
    """A value of an answer as a cell that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_number_or_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return plain_number_or_text(as_json(value))


def as_json(value: Any) -> str:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))

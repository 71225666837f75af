"""A list as a table: its heading, and a row as cells that no spreadsheet runs.

Which columns there are says columns.py. What is a list, or has keys of its own, is JSON in one cell. Where something is null, or
is left out for this reader, the cell is empty.
"""

import csv
import json
from collections.abc import Sequence
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from careplans.api.lists.columns import Column
from common.cells import plain_number_or_text


class Line:
    """Hands back what `csv.writer` writes."""

    def write(self, text: str) -> str:
        return text


def header(columns: Sequence[Column]) -> str:
    return line([column.name for column in columns])


def table_row(columns: Sequence[Column], row: Any) -> str:
    return line([cell(column.read(row)) for column in columns])


def line(cells: Sequence[str]) -> str:
    text: str = csv.writer(Line()).writerow(cells)
    return text


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

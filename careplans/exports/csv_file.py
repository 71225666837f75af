"""CSV that a spreadsheet opens: a heading, then a line for each row, with the cells of the API's own tables."""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO

from careplans.api.lists import kinds
from careplans.api.lists.columns import Column, Row
from careplans.api.lists.tables import cell
from common.cells import BYTE_ORDER_MARK

MOST_KNOWN = 5_000
AT_ONCE = 250
NO_ROWS = "[]"
# Nobody typed them, so that no spreadsheet reads them as a formula: as `cell` has them, without a look at each sign.
_AS_IT_IS = {
    kinds.ID, kinds.INTEGER, kinds.DECIMAL, kinds.DAY, kinds.PARTIAL_DAY, kinds.MOMENT, kinds.CODE,
}  # fmt: skip


def write_csv(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    known: dict[str, str] = {}
    left = iter(rows)
    # Column by column, so that what is done for each cell is little.
    while part := list(islice(left, AT_ONCE)):
        writer.writerows(zip(*(_cells(column, part, known) for column in columns), strict=True))
    text.flush()
    text.detach()


def _cells(column: Column, rows: Sequence[Row], known: dict[str, str]) -> list[Any]:
    """`known`: texts of this file that were looked at, which repeat from row to row."""
    values = column.of(rows)
    if column.kind in _AS_IT_IS:
        # Of these the writer makes the same cell: what is null is empty, and of a number what it reads.
        return values
    if column.kind == kinds.CODES:
        alike = {tuple(one): cell(one) for one in values if one}
        return [alike[tuple(one)] if one else cell(one) for one in values]
    return [
        "" if one is None or one == "" else (one.__class__ is str and known.get(one)) or _cell(one, known)
        for one in values
    ]


def _cell(value: Any, known: dict[str, str]) -> str:
    if not isinstance(value, str):
        # Most lists are empty.
        return NO_ROWS if value == [] else cell(value)
    told = cell(value)
    if len(known) < MOST_KNOWN:
        known[value] = told
    return told

"""CSV that a spreadsheet opens: a heading, then a line for each row, with the cells of the API's own tables."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from careplans.api.lists.tables import cell
from careplans.exports import kinds
from careplans.exports.columns import Column, Row
from common.cells import BYTE_ORDER_MARK

MOST_KNOWN = 5_000
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
    cells = [(column.read, column.kind in _AS_IT_IS) for column in columns]
    writer.writerows([_cell(read(row), known, is_safe=safe) for read, safe in cells] for row in rows)
    text.flush()
    text.detach()


def _cell(value: Any, known: dict[str, str], *, is_safe: bool) -> str:
    """`known`: texts of this file that were looked at, which repeat from row to row."""
    if value is None or value == "":
        return ""
    if is_safe:
        return str(value)
    if not isinstance(value, str):
        return cell(value)
    if (told := known.get(value)) is None:
        told = cell(value)
        if len(known) < MOST_KNOWN:
            known[value] = told
    return told

"""CSV that a spreadsheet opens: a heading, then a line for each row, with the cells of the API's own tables."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from careplans.api.lists.tables import cell
from careplans.exports import dictionary as kinds
from careplans.exports.columns import Column, Row
from common.cells import BYTE_ORDER_MARK

# Nobody typed them, so that no spreadsheet reads them as a formula: as `cell` has them, without a look at each sign.
_AS_IT_IS = {
    kinds.ID, kinds.INTEGER, kinds.DECIMAL, kinds.DAY, kinds.PARTIAL_DAY, kinds.MOMENT, kinds.CODE,
}  # fmt: skip


def write_csv(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    cells = [(column.read, str if column.kind in _AS_IT_IS else cell) for column in columns]
    writer.writerows([_cell(read(row), told) for read, told in cells] for row in rows)
    text.flush()
    text.detach()


def _cell(value: Any, told: Any) -> str:
    return "" if value is None else told(value)

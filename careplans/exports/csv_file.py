"""CSV that a spreadsheet opens: a heading, then a line for each row; no cell is a formula."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from careplans.exports import dictionary as kinds
from careplans.exports.columns import Column, Row
from common.cells import BYTE_ORDER_MARK, plain

# Kinds of text that nobody typed: no spreadsheet reads them as a formula, except a negative number, which is meant.
_AS_IT_IS = {
    kinds.ID, kinds.INTEGER, kinds.DECIMAL, kinds.DAY, kinds.PARTIAL_DAY, kinds.MOMENT, kinds.CODE, kinds.YES_NO,
}  # fmt: skip


def write_csv(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    writer.writerows([_cell(column.kind, column.read(row)) for column in columns] for row in rows)
    text.flush()
    text.detach()


def _cell(kind: str, value: Any) -> str:
    if value is None:
        return ""
    if kind in _AS_IT_IS:
        return ("true" if value else "false") if kind == kinds.YES_NO else str(value)
    if isinstance(value, list) and kind in (kinds.CODES, kinds.TEXTS, kinds.IDS):
        value = "; ".join(str(one) for one in value)
    elif not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)
    return plain(value)

"""A row of nested values as the columns of a table: what CSV and Parquet hold of it.

What is nested goes into columns of its own, `proforma.grade`. A figure as written has its bounds beside it, a day that is known
in part its first and last possible day. Lists of rows that are lists of their own (the steps of a plan) are left to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from careplans.exports import kinds
from careplans.exports.dictionary import Told, fields_of
from common.partial_dates import NotADate, PartialDate

Row = Mapping[str, Any]
JSON = "JSON"
# Each has a list of its own, in which its rows name the one that they belong to.
APART = {
    "plans.steps": "steps", "steps.arms": "arms", "steps.occurrences": "occurrences",
    "cases.prior_treatments": "prior-treatments",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    read: Callable[[Row], Any]
    field: str
    """The path in the dictionary."""
    left_out: bool


@cache
def columns_of(noun: str) -> tuple[Column, ...]:
    found: list[Column] = []
    for told in fields_of(noun):
        if not told.is_in_list and "*" not in told.path and f"{noun}.{told.path}" not in APART:
            found += _of(told)
    return tuple(found)


def columns_for(noun: str, *, with_text: bool) -> list[Column]:
    """Those that a file has: without free text and names, where nobody's rows in it may have them."""
    return [one for one in columns_of(noun) if with_text or not one.left_out]


def _of(told: Told) -> list[Column]:
    path = told.path.split(".")
    if told.name == "bounds":
        return []
    if told.kind == kinds.VALUES and isinstance(getattr(told.field, "fields", None), Mapping):
        # Its parts have columns of their own.
        return []
    one = _column(told, told.path, told.kind, _reader(path))
    if told.kind == kinds.FIGURE:
        return [one, *_bounds(told, path)]
    if told.kind == kinds.PARTIAL_DAY:
        first, last = _partial(path, "earliest"), _partial(path, "latest")
        return [
            one,
            _column(told, f"{told.path}_from", kinds.DAY, first),
            _column(told, f"{told.path}_until", kinds.DAY, last),
        ]
    return [one]


def _column(told: Told, name: str, kind: str, read: Callable[[Row], Any]) -> Column:
    return Column(name, kind, read, told.path, told.left_out)


def _reader(path: Sequence[str]) -> Callable[[Row], Any]:
    if len(path) == 1:
        return lambda row: row.get(path[0])

    def read(row: Any) -> Any:
        for name in path:
            if not isinstance(row, Mapping):
                return None
            row = row.get(name)
        return row

    return read


def _bounds(told: Told, path: list[str]) -> list[Column]:
    beside = [*path[:-1], "bounds", path[-1]]
    ends = {"low": kinds.DECIMAL, "high": kinds.DECIMAL, "low_included": kinds.YES_NO, "high_included": kinds.YES_NO}
    return [_column(told, f"{told.path}_{end}", kind, _reader([*beside, end])) for end, kind in ends.items()]


def _partial(path: Sequence[str], end: str) -> Callable[[Row], Any]:
    read = _reader(path)

    def day(row: Row) -> str | None:
        text = read(row)
        try:
            return getattr(PartialDate.read(text), end).isoformat() if text else None
        except NotADate:
            return None

    return day


def typed(kind: str, value: Any) -> Any:
    """A value of JSON as Python has it: days, moments and decimals. What is not of its kind becomes None, which no row has."""
    if value is None or value == "":
        return None
    convert = _TYPED.get(kind)
    return convert(value) if convert else value


_TYPED: dict[str, Callable[[Any], Any]] = {
    kinds.DAY: date.fromisoformat,
    kinds.MOMENT: datetime.fromisoformat,
    kinds.DECIMAL: lambda value: Decimal(str(value)),
}

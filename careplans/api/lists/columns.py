"""A row of nested values as the columns of a table: what CSV and Parquet hold of it, from the serializer and not from the rows.

What is nested goes into columns of its own, `proforma.grade`. A figure as written has its bounds beside it, a day that is known
in part its first and last possible day. Lists of rows that are lists of their own (the steps of a plan) are left to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from careplans.api.lists import kinds
from careplans.api.lists.fields import Told, fields_of
from common.partial_dates import NotADate, PartialDate

Row = Mapping[str, Any]
# Each has a list of its own, in which its rows name the one that they belong to.
APART = {
    "PlanSerializer.steps": "steps", "StepSerializer.arms": "arms", "StepSerializer.occurrences": "occurrences",
    "CaseSerializer.prior_treatments": "prior-treatments",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    read: Callable[[Row], Any]
    field: str
    """The path in the dictionary."""
    path: tuple[str, ...] = ()
    """Where it stands in a row as it is served; none where it is worked out."""

    def of(self, rows: Sequence[Row]) -> list[Any]:
        """Of many rows at once: as `read` says of each, without a call for each."""
        if len(self.path) not in (1, 2):
            return [self.read(row) for row in rows]
        whole, *part = self.path
        found = [row.get(whole) for row in rows]
        return [one.get(part[0]) if isinstance(one, dict) else None for one in found] if part else found


def columns_of(serializer_class: Any, *, with_text: bool, fields: Sequence[str] = ()) -> list[Column]:
    """The columns of a list: the same on every day, also where there is no row. Without free text and names, where nobody's rows
    in it may have them. `fields`: of these alone, those that have a list of their own too; none named: of all."""
    return [
        column
        for told, columns in _all(serializer_class)
        if (told.path.partition(".")[0] in fields if fields else not is_apart(told))
        and (with_text or not told.left_out)
        for column in columns
    ]


def is_apart(told: Told) -> bool:
    return any(name in APART for name in told.names)


def beside(told: Told) -> list[Column]:
    """What a table has beside a field that a page and the API serve as it was written."""
    return [] if told.is_in_list or "*" in told.path else _of(told)[1:]


@cache
def _all(serializer_class: Any) -> tuple[tuple[Told, tuple[Column, ...]], ...]:
    found = (told for told in fields_of(serializer_class) if not told.is_in_list and "*" not in told.path)
    return tuple((told, tuple(_of(told))) for told in found)


def _of(told: Told) -> list[Column]:
    path = told.path.split(".")
    if told.name == "bounds":
        return []
    if told.kind == kinds.VALUES and isinstance(getattr(told.field, "fields", None), Mapping):
        # Its parts have columns of their own.
        return []
    one = Column(told.path, told.kind, _reader(path), told.path, tuple(path))
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
    return Column(name, kind, read, told.path)


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

"""An answer of a report as the columns of a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from careplans.api.lists.columns import Column, Row
from careplans.api.lists.kinds import CODE, DAY, TEXT, YES_NO
from careplans.api.lists.tables import header, table_row
from careplans.reports.declared import Measure
from careplans.reports.tables.contents import Part, Reported
from careplans.reports.tables.fields import Field, columns_of
from careplans.reports.told import NOT_SHOWN
from common.cells import BYTE_ORDER_MARK


def columns(source: Reported, by: Sequence[str], *, is_typed: bool) -> list[Column]:
    """Of a table that is told by these dimensions. One without types says in a cell that a figure is not shown; one with types
    has a column for that beside the figure."""
    found: list[Column] = []
    for one in columns_of(source, by):
        found.append(Column(one.column, one.kind, _reader(one, is_typed=is_typed), one.path))
    if is_typed and source.part is Part.FIGURES:
        found += [_hidden(measure) for measure in source.report.measures]
    return found


def csv_of(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """A small table as the text of a CSV file, with the cells of the API's own tables."""
    return "".join([BYTE_ORDER_MARK, header(columns), *(table_row(columns, row) for row in rows)])


def _hidden(measure: Measure) -> Column:
    return Column(f"{measure.name}_not_shown", YES_NO, lambda row: row.get(measure.name) is None, measure.name)


def _reader(field: Field, *, is_typed: bool) -> Callable[[Row], Any]:
    whole, _, part = field.path.partition(".")

    def read(row: Row) -> Any:
        value = row.get(whole)
        if value is None and field.is_figure and not is_typed:
            return NOT_SHOWN
        if part and isinstance(value, Mapping):
            value = value.get(part)
        if value is None:
            return None
        if field.kind == DAY:
            return str(value)[:10]
        return str(value) if field.kind in (TEXT, CODE) else value

    return read

"""A report that is taken out, as the columns of a table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from careplans.api.lists.columns import Column, Row
from careplans.api.lists.kinds import CODE, DAY, TEXT, YES_NO
from careplans.exports.reported.contents import Part, Reported
from careplans.exports.reported.fields import Field, columns_of
from careplans.reports.declared import Measure
from careplans.reports.told import NOT_SHOWN


def columns(source: Reported, by: Sequence[str], *, is_typed: bool) -> list[Column]:
    """Of a table that is told by these dimensions. One without types says in a cell that a figure is not shown; one with types
    has a column for that beside the figure."""
    found: list[Column] = []
    for one in columns_of(source, by):
        found.append(Column(one.column, one.kind, _reader(one, is_typed=is_typed), one.path))
    if is_typed and source.part is Part.FIGURES:
        found += [_hidden(measure) for measure in source.report.measures]
    return found


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

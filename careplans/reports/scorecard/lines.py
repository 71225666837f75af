"""The scorecard in words, a line for each indicator: for pages and paper, so that they say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from careplans.reports.figures import HIDDEN
from careplans.reports.scorecard.contents import by_group
from careplans.reports.scorecard.declared import Figure, Group, Indicator
from careplans.reports.scorecard.told import beside, change, left_out, words


@dataclass(frozen=True)
class Line:
    indicator: Indicator
    value: str
    beside: list[str]
    before: str
    before_beside: list[str]
    change: str
    left_out: list[str]
    detail: list[tuple[str, str]]


def line_of(figure: Figure) -> Line:
    one = figure.indicator
    unit = one.measure.unit
    told = [] if figure.now is HIDDEN else beside(figure.now)
    detail = [(one.report.measure(name).label, words(value)) for name, value in figure.detail.items()]
    before = "" if figure.before is None else words(figure.before, unit)
    there = figure.before is not None and figure.before is not HIDDEN
    return Line(
        one, words(figure.now, unit), told, before, beside(figure.before) if there else [],
        change(figure.now, figure.before), left_out(figure), detail,
    )  # fmt: skip


def lines_by_group(figures: Sequence[Figure]) -> list[tuple[Group, list[Line]]]:
    """Of all indicators."""
    lines = {one.indicator.name: line_of(one) for one in figures}
    return [(group, [lines[one.name] for one in rows]) for group, rows in by_group()]

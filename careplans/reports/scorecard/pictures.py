"""An indicator over time, or board by board: what ECharts is told, in plain values. Pure. The table beside it says the same."""

from collections.abc import Sequence
from typing import Any

from careplans.reports.declared import Kind
from careplans.reports.figures import HIDDEN, Share, Span, half_up
from careplans.reports.pictures import Option, Picture, frame
from careplans.reports.scorecard.declared import Indicator
from careplans.reports.scorecard.told import words

# Where there is no figure, or it is not shown: a gap.
GAP = "-"
INTERVAL = "95 % interval"
Told = Sequence[tuple[str, Any]]


def picture_of(indicator: Indicator, told: Told) -> list[Picture]:
    """`told`: names with their figures, in their order. None where there are not two to be held against each other."""
    if sum(_is_drawn(figure) for _, figure in told) < 2:
        return []
    unit = indicator.measure.unit
    said = "; ".join(f"{name}: {words(figure, unit) or 'nothing to count'}" for name, figure in told)
    figures = [figure for _, figure in told]
    drawn = {Kind.SHARE: _shares, Kind.SPAN: _spans, Kind.COUNT: _counts}[indicator.kind](indicator, figures)
    axis = {"type": "category", "data": [name for name, _ in told], "axisLabel": {"hideOverlap": True}}
    grid = {"left": 8, "right": 16, "top": 48, "bottom": 8, "containLabel": True}
    return [Picture("picture", frame(indicator.title, said) | {"grid": grid, "xAxis": axis} | drawn)]


def _is_drawn(figure: Any) -> bool:
    if isinstance(figure, Share):
        return figure.share is not None
    return figure is not HIDDEN and (not isinstance(figure, Span) or figure.median is not None)


def _shares(indicator: Indicator, figures: Sequence[Any]) -> Option:
    """A line of the shares in the band of their intervals: its lower edge is not seen, and carries the band."""
    shares = [float(half_up(one.exact * 100, 1)) if _is_drawn(one) else GAP for one in figures]
    edges = [one.interval if _is_drawn(one) else None for one in figures]
    low = [GAP if edge is None else _percent(edge[0]) for edge in edges]
    wide = [GAP if edge is None else round((edge[1] - edge[0]) * 100, 1) for edge in edges]
    band = {"type": "line", "stack": "interval", "symbol": "none", "lineStyle": {"opacity": 0}, "silent": True}
    series: list[Option] = [
        {
            "type": "line",
            "name": indicator.title,
            "data": shares,
            "symbol": "circle",
            "symbolSize": 9,
            "lineStyle": {"width": 3},
        },
        band | {"name": "from", "data": low},
        band | {"name": INTERVAL, "data": wide, "areaStyle": {"opacity": 0.35}},
    ]
    shown = {"data": [indicator.title, INTERVAL], "top": 0, "left": 0}
    return {"legend": shown, "yAxis": {"type": "value", "name": "%", "min": 0, "max": 100}, "series": series}


def _percent(part: float) -> float:
    return round(part * 100, 1)


def _spans(indicator: Indicator, figures: Sequence[Any]) -> Option:
    boxes = [
        [one.least, one.lower, one.median, one.upper, one.most] if _is_drawn(one) else GAP for one in figures
    ]  # fmt: skip
    series = [{"type": "boxplot", "name": indicator.title, "data": boxes}]
    return {"yAxis": {"type": "value", "name": indicator.measure.unit}, "series": series}


def _counts(indicator: Indicator, figures: Sequence[Any]) -> Option:
    series = [{"type": "bar", "name": indicator.title, "data": [one if _is_drawn(one) else GAP for one in figures]}]
    return {"yAxis": {"type": "value", "minInterval": 1}, "series": series}

"""An answer as a picture: what ECharts is told, in plain values. Pure.

The table beside it says the same and more, so a picture is never the only way to a figure. It can be told apart in black and
white (decals), and a screen reader is given its words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from careplans.reports.answering import Answer
from careplans.reports.declared import Drawing, Measure, Report, Shape
from careplans.reports.figures import Hidden, Share, Span
from careplans.reports.told import NOT_SHOWN

Option = dict[str, Any]
# Of the palette of the pages, apart for whoever sees red and green alike.
COLOURS = (
    "#0b5563", "#d98a1f", "#5b7fa6", "#8a3b5c", "#7a8b3a", "#57606a",
    "#9cc4c9", "#f0c98a", "#b9c9de", "#d3a6b9", "#c6d08f", "#b5bcc4",
)  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', Arial, sans-serif"
# More bars than these are a list, which is what the table is for.
MOST_ROWS = 30


def picture_of(answer: Answer, names: Sequence[str]) -> Option | None:
    """`names`: of the rows, in their order. None where there is nothing to draw."""
    drawing = answer.asked.report.drawing
    if drawing is None or not answer.rows or len(answer.rows) > MOST_ROWS:
        return None
    if drawing.shape is Shape.FLOW:
        return _flow(answer, drawing, names)
    option = _bars(answer, drawing, names) if drawing.shape is Shape.BARS else _spans(answer, drawing, names)
    return option if option["series"] else None


def _frame(report: Report, words: str) -> Option:
    return {
        "animation": False, "color": list(COLOURS), "textStyle": {"fontFamily": FONT, "fontSize": 14},
        "aria": {"enabled": True, "decal": {"show": True}, "label": {"description": f"{report.title}. {words}"}},
        "tooltip": {"renderMode": "richText", "trigger": "item"},
    }  # fmt: skip


def _axes(report: Report, names: Sequence[str], unit: str, words: str) -> Option:
    """Rows from the top down, figures from left to right: names have room, also on a phone."""
    return _frame(report, words) | {
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 24, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "value", "minInterval": 1, "name": unit, "nameLocation": "middle", "nameGap": 28},
        "yAxis": {
            "type": "category", "inverse": True, "data": list(names),
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
    }  # fmt: skip


def _measures(report: Report, drawing: Drawing) -> list[Measure]:
    return [report.measure(name) for name in drawing.measures]


def _bars(answer: Answer, drawing: Drawing, names: Sequence[str]) -> Option:
    report = answer.asked.report
    series = [
        {
            "type": "bar",
            "stack": "all",
            "name": one.label,
            "data": [_number(row.figures[one.name]) for row in answer.rows],
        }
        for one in _measures(report, drawing)
    ]
    said = "; ".join(f"{name}: {_said(series, place)}" for place, name in enumerate(names))
    return _axes(report, names, "", said) | {"series": series}


def _said(series: Sequence[Mapping[str, Any]], place: int) -> str:
    return ", ".join(f"{one['name'].lower()} {_told(one['data'][place])}" for one in series)


def _told(number: int | None) -> str:
    return NOT_SHOWN if number is None else str(number)


def _number(figure: Any) -> int | None:
    """Of a share what it counts; nothing of a figure that is not shown."""
    if isinstance(figure, Hidden):
        return None
    return figure.count if isinstance(figure, Share | Span) else int(figure or 0)


def _spans(answer: Answer, drawing: Drawing, names: Sequence[str]) -> Option:
    """Only rows of which anything was measured have a box."""
    report, measures = answer.asked.report, _measures(answer.asked.report, drawing)
    series = [
        {"type": "boxplot", "name": one.label, "data": [_box(row.figures[one.name]) for row in answer.rows]}
        for one in measures
        if any(_is_drawn(row.figures[one.name]) for row in answer.rows)
    ]
    said = [
        f"{name}: {one.label.lower()} median {row.figures[one.name].median:g} {one.unit}"
        for name, row in zip(names, answer.rows, strict=True)
        for one in measures
        if _is_drawn(row.figures[one.name])
    ]
    return _axes(report, names, measures[0].unit, "; ".join(said)) | {"series": series}


def _is_drawn(span: Span | Hidden) -> bool:
    """With quartiles: where they are left out, there is no box."""
    return isinstance(span, Span) and span.lower is not None


def _box(span: Span | Hidden) -> list[float | None] | str:
    """Where least and most are left out, the box stands alone."""
    if isinstance(span, Hidden) or span.lower is None:
        return "-"
    least, most = (span.lower, span.upper) if span.least is None else (span.least, span.most)
    return [least, span.lower, span.median, span.upper, most]


def _flow(answer: Answer, drawing: Drawing, names: Sequence[str]) -> Option | None:
    """The same value stands on either side, so that what leads back to itself can be drawn."""
    measure, links = drawing.measures[0], []
    for name, row in zip(names, answer.rows, strict=True):
        first, _, then = name.partition(", ")
        if (number := _number(row.figures[measure])) and then:
            links.append({"source": f"{first} ", "target": f"then {then}", "value": number})
    if not links:
        return None
    nodes = sorted({str(link[side]) for link in links for side in ("source", "target")})
    said = "; ".join(f"{link['source']}{link['target']}: {link['value']}" for link in links)
    series = {
        "type": "sankey", "nodes": [{"name": name} for name in nodes], "links": links, "left": 8, "right": 170,
        "label": {"width": 150, "overflow": "truncate"},
        "lineStyle": {"color": "gradient"}, "emphasis": {"focus": "adjacency"},
    }  # fmt: skip
    return _frame(answer.asked.report, said) | {"series": [series]}

"""An answer as a picture: what ECharts is told, in plain values. Pure.

The table beside it says the same and more, so a picture is never the only way to a figure. It can be told apart in black and
white (decals), and a screen reader is given its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careplans.reports.answering import Answer
from careplans.reports.declared import Drawing, Measure, Report, Shape
from careplans.reports.figures import Hidden, Share, Span
from careplans.reports.told import NOT_SHOWN

Option = dict[str, Any]
# Of the palette of the pages, apart for whoever sees red and green alike.
COLOURS = (
    "#0b5563", "#d98a1f", "#5b7fa6", "#8a3b5c", "#7a8b3a", "#57606a",
    "#9cc4c9", "#f0c98a", "#b9c9de", "#d3a6b9", "#c6d08f", "#b5bcc4", "#3b3f8f",
    "#a0522d", "#2f7d5b", "#e8b9a2", "#a9d3bd", "#6b4fa0", "#cdc1e8", "#24292f",
)  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', Arial, sans-serif"
# Room for a name; on a phone static/js/chart.js takes less.
LABEL = 240
# More bars than these are a list, which is what the table is for.
MOST_ROWS = 30


@dataclass(frozen=True)
class Picture:
    """`title` where several are shown, and each has to say which it is."""

    name: str
    option: Option
    title: str = ""


def pictures_of(answer: Answer, names: Sequence[str]) -> list[Picture]:
    """`names`: of the rows, in their order. None where there is nothing to draw; of a flow one for each of its measures."""
    drawing = answer.asked.report.drawing
    if drawing is None or not answer.rows:
        return []
    if drawing.shape is Shape.FLOW:
        return _flows(answer, drawing, names)
    if len(answer.rows) > MOST_ROWS:
        return []
    option = _bars(answer, drawing, names) if drawing.shape is Shape.BARS else _spans(answer, drawing, names)
    return [Picture("picture", option)] if _is_anything_drawn(option["series"]) else []


def why_none(answer: Answer, pictures: Sequence[Picture]) -> str:
    """Why there is no picture where the report has one, as a sentence; else empty."""
    if pictures or answer.asked.report.drawing is None or not answer.rows:
        return ""
    if answer.asked.report.drawing.shape is not Shape.FLOW and len(answer.rows) > MOST_ROWS:
        return f"No picture: more than {MOST_ROWS} rows are read better in the table."
    if answer.why_withheld:
        return "No picture: what it would show tells of too few to be shown to you."
    return "No picture: of these rows nothing of what it would show is counted."


def _is_anything_drawn(series: Sequence[Mapping[str, Any]]) -> bool:
    """An empty frame would say that nothing happened, where figures are hidden."""
    return any(value not in (None, 0, "-") for one in series for value in one["data"])


def frame(title: str, words: str) -> Option:
    """What every picture has: colours, patterns for black and white, and the words for who does not see it."""
    return {
        "animation": False, "color": list(COLOURS), "textStyle": {"fontFamily": FONT, "fontSize": 14},
        "aria": {"enabled": True, "decal": {"show": True}, "label": {"description": f"{title}. {words}"}},
        "tooltip": {"renderMode": "richText", "trigger": "item"},
    }  # fmt: skip


def _axes(report: Report, names: Sequence[str], unit: str, words: str) -> Option:
    """Rows from the top down, figures from left to right: names have room, also on a phone."""
    return frame(report.title, words) | {
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 24, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "value", "minInterval": 1, "name": unit, "nameLocation": "middle", "nameGap": 28},
        "yAxis": {
            "type": "category", "inverse": True, "data": list(names),
            "axisLabel": {"width": LABEL, "overflow": "break"},
        },
    }  # fmt: skip


def _measures(report: Report, names: Sequence[str]) -> list[Measure]:
    return [report.measure(name) for name in names]


def _bars(answer: Answer, drawing: Drawing, names: Sequence[str]) -> Option:
    report = answer.asked.report
    series = [_bar(answer, one) | {"stack": "all"} for one in _measures(report, drawing.measures)]
    series += [_bar(answer, one) for one in _measures(report, drawing.beside)]
    said = "; ".join(f"{name}: {_said(series, place)}" for place, name in enumerate(names))
    return _axes(report, names, "", said) | {"series": series}


def _bar(answer: Answer, one: Measure) -> Option:
    return {"type": "bar", "name": one.label, "data": [_number(row.figures[one.name]) for row in answer.rows]}


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
    report, measures = answer.asked.report, _measures(answer.asked.report, drawing.measures)
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


def _flows(answer: Answer, drawing: Drawing, names: Sequence[str]) -> list[Picture]:
    """A value has one colour in all of them, so that they can be held against each other."""
    report = answer.asked.report
    links = {one: _links(answer, one, names) for one in _measures(report, drawing.measures)}
    every = sorted({end for found in links.values() for first, then, _ in found for end in (first, then)})
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(every)}
    return [
        Picture(f"picture-{one.name}", _flow(report, one, found, colours), one.label)
        for one, found in links.items()
        if found
    ]


def _links(answer: Answer, measure: Measure, names: Sequence[str]) -> list[tuple[str, str, int]]:
    found = []
    for name, row in zip(names, answer.rows, strict=True):
        first, _, then = name.partition(", ")
        if (number := _number(row.figures[measure.name])) and then:
            found.append((first, then, number))
    return found


def _flow(
    report: Report, measure: Measure, links: Sequence[tuple[str, str, int]], colours: Mapping[str, str]
) -> Option:
    """The same value stands on either side, so that what leads back to itself can be drawn."""
    nodes = {f"{first} ": colours[first] for first, _, _ in links} | {
        f"then {then}": colours[then] for _, then, _ in links
    }
    said = "; ".join(f"{first} then {then}: {number}" for first, then, number in links)
    series = {
        "type": "sankey", "left": 8, "right": LABEL + 20,
        "nodes": [{"name": name, "itemStyle": {"color": colour}} for name, colour in sorted(nodes.items())],
        "links": [{"source": f"{first} ", "target": f"then {then}", "value": number} for first, then, number in links],
        "label": {"width": LABEL, "overflow": "break"},
        "lineStyle": {"color": "gradient"}, "emphasis": {"focus": "adjacency"},
    }  # fmt: skip
    return frame(f"{report.title}, {measure.label.lower()}", said) | {"series": [series]}

"""Draws what `layout.py` has placed, as SVG: presentation attributes and no style, so that the content security policy of the
pages allows it and every program that reads SVG draws the same. Pure; whatever people wrote is escaped here."""

from collections.abc import Iterator

from careplans.readers.sequence.arrows import arm_arrows, gate_arrows
from careplans.readers.sequence.bars import (
    HATCH,
    INK,
    LATE,
    PALE,
    QUIET,
    bar,
    colour,
    key_sign,
    mark_sign,
    number_plate,
)
from careplans.readers.sequence.places import BandAt, Drawing, LaneAt, RowAt, Text
from careplans.readers.sequence.text import escaped, width_of
from careplans.readers.sequence.what import MarkState
from common.direction import isolated

TONES = {"body": INK, "title": INK, "quiet": QUIET, "muted": QUIET, "late": LATE, "today": "#fff", "number": INK}
PAPER_FONTS = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"


def draw(drawing: Drawing, *, uid: str, title: str, words: str, for_paper: bool = False, css: str = "") -> str:
    """`uid` must differ between pictures of one page; `title` and `words`: what the picture is, and what it says."""
    frame = drawing.frame
    fonts = (
        f' xmlns="http://www.w3.org/2000/svg" width="{frame.width}" height="{drawing.height:g}"' if for_paper else ""
    )
    fonts += f' font-family="{PAPER_FONTS}"' if for_paper else ""
    name = f' class="{css}"' if css else ""
    return "".join(
        (
            f'<svg{name}{fonts} viewBox="0 0 {frame.width} {drawing.height:g}" role="img" '
            f'aria-labelledby="{uid}-t {uid}-d" font-size="{frame.size}" fill="{INK}">'
            f'<title id="{uid}-t">{escaped(title)}</title><desc id="{uid}-d">{escaped(words)}</desc>',
            HATCH.format(uid=uid),
            *_ground(drawing),
            *arm_arrows(drawing),
            *gate_arrows(drawing),
            *(part for row in drawing.rows for part in _row(row, uid)),
            *(part for lane in drawing.lanes for part in _lane(lane)),
            *_foot(drawing, uid),
            "</svg>",
        )
    )


def text(one: Text) -> str:
    fill = TONES.get(one.tone) or colour(one.tone)
    colored = "" if fill == INK else f' fill="{fill}"'
    weight = ' font-weight="700"' if one.bold else ""
    size = ' paint-order="stroke" stroke="#fff" stroke-width="3"' if one.tone == "number" else ""
    return f'<text x="{one.x:g}" y="{one.y:g}"{size}{colored}{weight}>{escaped(isolated(one.words))}</text>'


def _ground(drawing: Drawing) -> Iterator[str]:
    frame, (top, bottom) = drawing.frame, drawing.grid
    yield f'<rect width="{frame.width}" height="{drawing.height:g}" fill="#fff"/>'
    yield from (_band(band, frame.width) for band in drawing.bands)
    yield from (_break(left, right, top, bottom) for left, right in drawing.breaks)
    yield from (text(band.text) for band in drawing.bands)
    lines = "".join(_down(drawing, tick.x - 3, top - 14) for tick in drawing.ticks)
    yield f'<path d="{lines}" stroke="{PALE}"/>' if lines else ""
    yield from map(text, drawing.ticks)
    if drawing.undated and drawing.undated_left is not None:
        left = drawing.undated_left - 6
        yield f'<path d="M{left:g} {top - 14:g}V{bottom:g}" stroke="{QUIET}" stroke-dasharray="1 3"/>' + text(
            drawing.undated
        )
    if drawing.today is not None and drawing.today_text is not None:
        yield _today(drawing, drawing.today, drawing.today_text)


def _down(drawing: Drawing, x: float, top: float) -> str:
    """A line through all rows; where words stand above the bars, through the bars alone."""
    if not drawing.frame.stacked:
        return f"M{x:g} {top:g}V{drawing.grid[1]:g}"
    zones = [(row.middle - 24 if row.turns else row.middle - 12, row.middle + 14) for row in drawing.rows]
    zones += [(lane.middle - 10, lane.middle + 10) for lane in drawing.lanes]
    return f"M{x:g} {top:g}V{drawing.grid[0]:g}" + "".join(f"M{x:g} {a:g}V{b:g}" for a, b in zones)


def _band(band: BandAt, width: int) -> str:
    tone, where = colour(band.phase), f'y="{band.top:g}" height="{band.height:g}"'
    return (
        f'<rect x="0" {where} width="{width}" fill="{tone}" fill-opacity=".06"/>'
        f'<rect x="0" {where} width="5" fill="{tone}"/>'
    )


def _break(left: float, right: float, top: float, bottom: float) -> str:
    """Where time is drawn shorter: a lighter column, and a line at its head broken by two strokes."""
    # Between the months above it and the name of the first phase below.
    x, y = (left + right) / 2, top + 2
    axis = f"M{left:g} {y:g}H{x - 4:g}M{x + 4:g} {y:g}H{right:g}" if right - left > 12 else ""
    strokes = f"M{x - 4:g} {y + 3:g}L{x - 1:g} {y - 3:g}M{x + 1:g} {y + 3:g}L{x + 4:g} {y - 3:g}"
    return (
        f'<g data-break=""><rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" fill="#fff" '
        f'fill-opacity=".65"/><path d="{axis}{strokes}" fill="none" stroke="{QUIET}" stroke-width="1.5"/></g>'
    )


def _today(drawing: Drawing, x: float, words: Text) -> str:
    width = width_of(words.words, drawing.frame.size, bold=True) + 10
    return (
        f'<path d="{_down(drawing, x, 19)}" stroke="{LATE}" stroke-width="1.5"/>'
        f'<rect x="{words.x - 5:g}" y="1" width="{width:g}" height="19" rx="3" fill="{LATE}"/>{text(words)}'
    )


def _row(row: RowAt, uid: str) -> Iterator[str]:
    step = row.step
    told = ". ".join(
        filter(None, [f"{step.label} {step.title}", step.state, step.late, step.gate.words if step.gate else ""])
    )
    yield f'<g data-step="{step.key}"><title>{escaped(told)}</title>'
    yield number_plate(row)
    yield from map(text, row.texts)
    yield from bar(row, uid)
    yield from (text(at.number) for at in row.turns if at.number)
    yield "</g>"


def _lane(lane: LaneAt) -> Iterator[str]:
    x, y = lane.sign
    yield f'<g data-lane="{lane.lane.kind}">{mark_sign(lane.lane.kind, MarkState.AHEAD, x, y)}'
    yield from map(text, lane.texts)
    for place, mark in lane.marks:
        yield f"<g><title>{escaped(mark.words)}</title>{mark_sign(mark.kind, mark.state, place, lane.middle)}</g>"
    yield "</g>"


def _foot(drawing: Drawing, uid: str) -> Iterator[str]:
    yield from map(text, drawing.notes)
    for one in drawing.key:
        yield key_sign(one.look, one.x, one.y, uid) + text(one.text)

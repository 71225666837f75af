"""Each sign of a picture by itself: bars, boxes, diamonds, marks. Told apart by shape and hatch, so black and white is enough."""

from collections.abc import Iterator

from careplans.readers.sequence.places import BAR, RowAt, Text, TurnAt
from careplans.readers.sequence.text import escaped, width_of
from careplans.readers.sequence.what import Look, MarkState, StepShown

INK, QUIET, LATE, PALE = "#18262d", "#4a5c66", "#b3261e", "#d5dce0"
# White letters on them, and they on white, reach 4.5:1.
PHASES = {
    "symptom_control": "#2468a3",
    "tumour_control": "#5f4aa8",
    "debulking": "#a04f0c",
    "adjuvant": "#14706a",
    "surveillance": "#6e6115",
}
HATCH = (
    '<defs><pattern id="{uid}-h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#fff"/><path d="M0 0V5" stroke="#18262d" stroke-width="2.4"/></pattern></defs>'
)
DASHED = {Look.IN_ARM: ' stroke-dasharray="2 2"', Look.SET_ASIDE: ' stroke-dasharray="6 3"'}


def colour(phase: str) -> str:
    return PHASES.get(phase, QUIET)


def number_plate(row: RowAt) -> str:
    """The step's number, white on the colour of its phase."""
    label, step = row.label, row.step
    width = width_of(label.words, 14, bold=True)
    plate = max(21.0, width + 8)
    fill = colour(step.phase)
    return (
        f'<rect x="{label.x:g}" y="{label.y - 15:g}" width="{plate:g}" height="20" rx="10" fill="{fill}"/>'
        f'<text x="{label.x + plate / 2:g}" y="{label.y:g}" text-anchor="middle" fill="#fff" font-weight="700">'
        f"{escaped(label.words)}</text>"
    )


def bar(row: RowAt, uid: str) -> Iterator[str]:
    step = row.step
    tone = QUIET if step.look == Look.SET_ASIDE else colour(step.phase)
    edge = LATE if step.late else tone
    if step.is_decision:
        yield _diamond(row, edge)
        return
    if step.turns and not step.goes_on:
        yield _thread(row, tone, edge, uid)
        yield from (_box(at, row, tone, edge) for at in row.turns)
    else:
        yield _bar(row, tone, edge, uid)
        yield from (_notch(at, row, tone) for at in row.turns)
    yield from _ends(row)


def _bar(row: RowAt, tone: str, edge: str, uid: str) -> str:
    step, top, bottom = row.step, row.middle - BAR / 2, row.middle + BAR / 2
    fill = f"url(#{uid}-h)" if step.look == Look.ON_HOLD else "#fff"
    width = 2.5 if step.late else 1.5
    if step.look == Look.STOPPED:
        cut = min(7.0, row.right - row.left)
        shape = f"M{row.left:g} {top:g}H{row.right:g}L{row.right - cut:g} {bottom:g}H{row.left:g}Z"
        return f'<path d="{shape}" fill="{tone}"/>'
    whole = _shape(row, row.left, row.right)
    drawn = f'<path d="{whole}" fill="{fill}" stroke="{edge}" stroke-width="{width}"{DASHED.get(step.look, "")}/>'
    if row.filled > row.left:
        drawn += f'<path d="{_shape(row, row.left, row.filled)}" fill="{tone}"/>'
    return drawn


def _shape(row: RowAt, left: float, right: float) -> str:
    """With a point at its end where it goes on, as far as that is reached."""
    top, bottom = row.middle - BAR / 2, row.middle + BAR / 2
    point = row.right - 8
    if not row.step.goes_on or right <= point or point <= left:
        return f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}Z"
    return f"M{left:g} {top:g}H{point:g}L{right:g} {row.middle:g}L{point:g} {bottom:g}H{left:g}Z"


def _thread(row: RowAt, tone: str, edge: str, uid: str) -> str:
    """What the boxes of a course hang on; hatched while it is on hold."""
    if row.step.look == Look.ON_HOLD:
        return _bar(row, tone, edge, uid)
    return f'<path d="M{row.left:g} {row.middle:g}H{row.right:g}" stroke="{edge}" stroke-dasharray="2 3"/>'


def _box(at: TurnAt, row: RowAt, tone: str, edge: str) -> str:
    state, x, y = at.turn.state, at.left, row.middle - BAR / 2
    given = state in ("given", "otherwise")
    fill = tone if given else "#fff"
    dash = DASHED.get(row.step.look, "") if not given else ""
    drawn = (
        f'<rect x="{x:g}" y="{y:g}" width="{at.width:g}" height="{BAR}" fill="{fill}" '
        f'stroke="{tone if given else edge}" stroke-width="1.5"{dash}/>'
    )
    middle, half = x + at.width / 2, min(4.0, at.width / 2)
    return f"<g><title>{escaped(at.turn.words)}</title>{drawn}{_in_box(state, middle, row.middle, half)}</g>"


def _in_box(state: str, x: float, y: float, half: float) -> str:
    if state == "left_out":
        return cross(x, y, half, INK)
    if state == "postponed":
        return line(f"M{x - half:g} {y - 4:g}L{x + half:g} {y:g}L{x - half:g} {y + 4:g}", INK, 1.5)
    if state == "otherwise":
        return line(f"M{x - half:g} {y + 4:g}L{x + half:g} {y - 4:g}", "#fff", 2)
    return ""


def _notch(at: TurnAt, row: RowAt, tone: str) -> str:
    """Of what goes on: a line across the bar for each, light where the bar is filled."""
    state, x = at.turn.state, at.left
    if state in ("left_out", "postponed"):
        sign = _in_box(state, x, row.middle, 4)
        ground = f'<circle cx="{x:g}" cy="{row.middle:g}" r="6" fill="#fff"/>'
        return f"<g><title>{escaped(at.turn.words)}</title>{ground}{sign}</g>"
    if x <= row.left + 1 or x >= row.right - 8:
        return ""
    stroke = "#fff" if x < row.filled else tone
    return line(f"M{x:g} {row.middle - BAR / 2:g}V{row.middle + BAR / 2:g}", stroke, 1.5)


def _ends(row: RowAt) -> Iterator[str]:
    """What makes a bar end before its time: struck through, or cut off."""
    y = row.middle
    if row.step.look == Look.NOT_DONE:
        yield line(f"M{row.left - 4:g} {y:g}H{row.right + 4:g}", INK, 2.5)
    if row.step.look == Look.STOPPED:
        x = row.right
        yield line(f"M{x + 3:g} {y - 9:g}L{x - 6:g} {y + 9:g}", INK, 2.5)


def _diamond(row: RowAt, edge: str) -> str:
    x, y, look = (row.left + row.right) / 2, row.middle, row.step.look
    done = look == Look.DELIVERED
    fill = edge if done else "#fff"
    dash = DASHED.get(look, "")
    shape = f"M{x:g} {y - 10:g}L{x + 10:g} {y:g}L{x:g} {y + 10:g}L{x - 10:g} {y:g}Z"
    drawn = f'<path d="{shape}" fill="{fill}" stroke="{edge}" stroke-width="{2.5 if row.step.late else 1.5}"{dash}/>'
    if done:
        return drawn + line(f"M{x - 4:g} {y:g}L{x - 1:g} {y + 3:g}L{x + 4:g} {y - 3:g}", "#fff", 2)
    if look == Look.NOT_DONE:
        return drawn + line(f"M{x - 14:g} {y:g}H{x + 14:g}", INK, 2.5)
    bow = f"M{x - 3:g} {y - 3:g}Q{x - 3:g} {y - 6:g} {x:g} {y - 6:g}Q{x + 3:g} {y - 6:g} {x + 3:g} {y - 3:g}"
    return drawn + line(f"{bow}Q{x + 3:g} {y - 1:g} {x:g} {y:g}V{y + 2:g}M{x:g} {y + 4:g}V{y + 6:g}", INK, 1.8)


def line(d: str, tone: str, width: float) -> str:
    return f'<path d="{d}" fill="none" stroke="{tone}" stroke-width="{width:g}"/>'


def cross(x: float, y: float, half: float, tone: str) -> str:
    return (
        f'<path d="M{x - half:g} {y - half:g}L{x + half:g} {y + half:g}M{x - half:g} {y + half:g}L{x + half:g} {y - half:g}" '
        f'stroke="{tone}" stroke-width="2"/>'
    )


def mark_sign(kind: str, state: MarkState, x: float, y: float) -> str:
    """A follow-up: its kind is its shape, what became of it how that is filled."""
    size = 6.5 if state == MarkState.LATE else 5.0
    fill = {MarkState.DONE: QUIET, MarkState.LATE: LATE}.get(state, "#fff")
    edge, thick = (
        (INK, 2.5 if state == MarkState.DUE else 1.5) if state in (MarkState.LATE, MarkState.DUE) else (QUIET, 1.5)
    )
    paint = f'fill="{fill}" stroke="{edge}" stroke-width="{thick}"'
    if kind == "visit":
        drawn = f'<circle cx="{x:g}" cy="{y:g}" r="{size:g}" {paint}/>'
    elif kind == "imaging":
        drawn = f'<rect x="{x - size:g}" y="{y - size:g}" width="{size * 2:g}" height="{size * 2:g}" {paint}/>'
    else:
        drawn = f'<path d="{_outline(kind, x, y, size + 0.5)}" {paint}/>'
    if state == MarkState.LATE:
        return drawn + line(f"M{x:g} {y - 3.5:g}V{y + 1:g}M{x:g} {y + 2.5:g}V{y + 4.5:g}", "#fff", 2)
    return drawn + (cross(x, y, 4, INK) if state == MarkState.MISSED else "")


def _outline(kind: str, x: float, y: float, size: float) -> str:
    if kind == "markers":
        return f"M{x:g} {y - size:g}L{x + size:g} {y + size:g}H{x - size:g}Z"
    if kind == "rediscussion":
        return f"M{x:g} {y - size:g}L{x + size:g} {y:g}L{x:g} {y + size:g}L{x - size:g} {y:g}Z"
    if kind == "heart":
        lobes = f"L{x - size / 2:g} {y - size:g}L{x:g} {y - size / 2:g}L{x + size / 2:g} {y - size:g}"
        return f"M{x:g} {y + size:g}L{x - size:g} {y - size / 3:g}{lobes}L{x + size:g} {y - size / 3:g}Z"
    return f"M{x:g} {y + size:g}L{x + size:g} {y - size:g}H{x - size:g}Z"


def key_sign(look: str, x: float, y: float, uid: str) -> str:
    """As in the picture, and grey where there it has the colour of its phase."""
    if look in list(MarkState):
        return mark_sign("visit", MarkState(look), x + 10, y)
    if look in ("waits", "failed"):
        tone, dash = (LATE, ' stroke-dasharray="5 3"') if look == "failed" else (QUIET, "")
        line = f'<path d="M{x:g} {y:g}H{x + 14:g}" stroke="{tone}" stroke-width="1.5"{dash}/>'
        head = f'<path d="M{x + 13:g} {y - 4:g}L{x + 20:g} {y:g}L{x + 13:g} {y + 4:g}Z" fill="{tone}"/>'
        return line + head + (cross(x + 6, y, 3.5, tone) if look == "failed" else "")
    bare = look if look in list(Look) else Look.PLANNED
    step = StepShown(0, "", "", "", "", Look(bare), "", goes_on=look == "goes_on", is_decision=look == "decision")
    filled = {Look.RUNNING: x + 10, Look.DELIVERED: x + 20, "goes_on": x + 8}.get(look, x)
    row = RowAt(step, 0, 0, y, x, x + 20, filled, True, Text(0, 0, ""), ())
    if look in ("left_out", "postponed"):
        drawn = f'<rect x="{x + 2:g}" y="{y - 7:g}" width="15" height="14" fill="#fff" stroke="{QUIET}" stroke-width="1.5"/>'
        return drawn + _in_box(look, x + 9.5, y, 4)
    return "".join(bar(row, uid))

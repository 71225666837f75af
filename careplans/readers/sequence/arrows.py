"""What waits for what: an arrow for each gate and each arm, drawn below the bars. A failed one is broken, and red.

Beside each other, an arrow runs down from what is waited for; where words stand above the bars it runs down at the edge, so
that it crosses none of them.
"""

from collections.abc import Iterator

from careplans.readers.sequence.bars import INK, LATE, QUIET, cross
from careplans.readers.sequence.places import BAR, Drawing, RowAt
from careplans.readers.sequence.what import Passage

# At the edge, so many side by side before they fall together.
CHANNELS = 4


def gate_arrows(drawing: Drawing) -> Iterator[str]:
    rows = {row.step.key: row for row in drawing.rows}
    for turn, (row, gate) in enumerate((row, row.step.gate) for row in drawing.rows if row.step.gate):
        after = rows.get(gate.after) if gate.after is not None else None
        failed = gate.state == Passage.FAILED
        drawn = _flag(row)
        if after is not None:
            drawn += _arrow(drawing, _leaves(after, gate.event, gate.number), after, row, turn, failed=failed)
        elif not drawn or failed:
            drawn += _condition(row, failed=failed)
        yield f'<g data-gate="{row.step.key}">{drawn}</g>'


def arm_arrows(drawing: Drawing) -> Iterator[str]:
    """From a decision to what follows in each of its arms; none to an arm that says that nothing does."""
    rows = {row.step.key: row for row in drawing.rows}
    for turn, row in enumerate(row for row in drawing.rows if row.step.decision in rows):
        decision = rows[row.step.decision or 0]
        tone = INK if row.step.branch_state == "chosen" else QUIET
        dash = "" if row.step.branch_state == "chosen" else ' stroke-dasharray="2 3"'
        x = (decision.left + decision.right) / 2
        drawn = _line(_way(drawing, x, decision, row, turn + 1), tone, dash) + _head(row, tone)
        yield f'<g data-arm="{row.step.key}">{drawn}</g>'


def _leaves(after: RowAt, event: str, number: int) -> float:
    """Where on the bar of the other step that lies which is waited for."""
    if event == "begun":
        return after.left + 2
    if event == "occurrence":
        for at in after.turns:
            if at.turn.number == number:
                return at.left + at.width / 2
    if after.step.is_decision:
        return (after.left + after.right) / 2
    return after.right - 2


def _arrow(drawing: Drawing, x: float, after: RowAt, row: RowAt, turn: int, *, failed: bool) -> str:
    tone, dash = (LATE, ' stroke-dasharray="6 3"') if failed else (QUIET, "")
    way = _way(drawing, x, after, row, turn)
    drawn = _line(way, tone, dash) + _head(row, tone)
    if not failed:
        return drawn
    at, y = (
        (way[1][0], (way[1][1] + way[2][1]) / 2) if drawing.frame.stacked else (way[0][0], (way[0][1] + way[1][1]) / 2)
    )
    return f'{drawn}<circle cx="{at:g}" cy="{y:g}" r="7" fill="#fff"/>{cross(at, y, 4.5, tone)}'


def _way(drawing: Drawing, x: float, after: RowAt, row: RowAt, turn: int) -> list[tuple[float, float]]:
    """The corners of an arrow, up to its head."""
    down = row.middle >= after.middle
    half = 10.0 if after.step.is_decision else BAR / 2
    start = after.middle + (half if down else -half)
    end = row.left - 7
    if drawing.frame.stacked:
        edge = 8.0 + 3 * (turn % CHANNELS)
        below = after.middle + 12
        return [(x, after.middle + half), (x, below), (edge, below), (edge, row.middle), (end, row.middle)]
    if x <= end - 2:
        return [(x, start), (x, row.middle), (end, row.middle)]
    turned = row.top + 3 if down else row.top + row.height - 3
    return [(x, start), (x, turned), (end - 5, turned), (end - 5, row.middle), (end, row.middle)]


def _line(corners: list[tuple[float, float]], tone: str, dash: str) -> str:
    d = "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)
    return f'<path d="{d}" fill="none" stroke="{tone}" stroke-width="1.5"{dash}/>'


def _head(row: RowAt, tone: str) -> str:
    x, y = row.left - 1, row.middle
    return f'<path d="M{x - 7:g} {y - 4:g}L{x:g} {y:g}L{x - 7:g} {y + 4:g}Z" fill="{tone}"/>'


def _flag(row: RowAt) -> str:
    """The day before which it does not begin."""
    if row.flag is None:
        return ""
    x, y = row.flag, row.middle
    return (
        f'<path d="M{x:g} {y + 10:g}V{y - 12:g}L{x + 7:g} {y - 8:g}L{x:g} {y - 5:g}" fill="{QUIET}" stroke="{QUIET}"/>'
    )


def _condition(row: RowAt, *, failed: bool) -> str:
    """Of a condition in words alone: a short arrow out of a ring."""
    tone, x, y = (LATE if failed else QUIET), row.left - 12, row.middle
    ring = f'<circle cx="{x:g}" cy="{y:g}" r="3.5" fill="#fff" stroke="{tone}" stroke-width="1.5"/>'
    return ring + _head(row, tone) + (cross(x, y, 4.5, tone) if failed else "")

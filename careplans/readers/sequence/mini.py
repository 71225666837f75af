"""A plan on one line of a list: a segment for each step in order, in the colour of its phase, and where the plan stands today.
Pure: nothing of Django, values in, SVG out."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from careplans.readers.sequence.bars import INK, LATE, QUIET, colour, line
from careplans.readers.sequence.what import Look

WIDTH, HEIGHT, TOP, BOTTOM = 160, 28, 8.0, 24.0
BEGUN = (Look.RUNNING, Look.ON_HOLD, Look.DELIVERED, Look.STOPPED)
# In the order in which they are told.
WORDS = {
    Look.DELIVERED: "delivered",
    Look.STOPPED: "stopped",
    Look.RUNNING: "in progress",
    Look.ON_HOLD: "on hold",
    Look.PLANNED: "planned",
    Look.IN_ARM: "in an arm not chosen yet",
    Look.NOT_DONE: "not done",
    Look.SET_ASIDE: "set aside",
}


@dataclass(frozen=True)
class Slot:
    """A step in the order of its plan. Steps of one place stand above each other."""

    place: int
    phase: str
    look: Look


def told_in_short(slots: list[Slot], name: str) -> str:
    """“Plan 2, 3 steps: 1 delivered, 2 planned”."""
    counted = {look: sum(slot.look == look for slot in slots) for look in WORDS}
    words = ", ".join(f"{many} {WORDS[look]}" for look, many in counted.items() if many)
    return f"{name}, {len(slots)} step{'' if len(slots) == 1 else 's'}: {words}"


def mini(slots: list[Slot], *, name: str, shows_today: bool = True) -> str:
    """Empty where the plan has no steps. It has its words as a title, and no name that could be there twice."""
    if not slots:
        return ""
    places: dict[int, list[Slot]] = {}
    for slot in sorted(slots, key=lambda slot: slot.place):
        places.setdefault(slot.place, []).append(slot)
    groups = list(places.values())
    wide = (WIDTH - 4) / len(groups)
    parts = [part for turn, group in enumerate(groups) for part in _group(group, 2 + turn * wide, wide)]
    today = _today(groups, wide) if shows_today else ""
    return (
        f'<svg class="c-sequence-mini" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(told_in_short(slots, name))}</title>{''.join(parts)}{today}</svg>"
    )


def _group(group: list[Slot], left: float, wide: float) -> Iterator[str]:
    high = (BOTTOM - TOP) / len(group)
    for turn, slot in enumerate(group):
        yield _segment(slot, left + 0.75, TOP + turn * high + 0.5, max(1.0, wide - 1.5), max(1.0, high - 1))


def _segment(slot: Slot, x: float, y: float, width: float, height: float) -> str:
    tone = QUIET if slot.look == Look.SET_ASIDE else colour(slot.phase)
    solid = slot.look in (Look.DELIVERED, Look.STOPPED)
    dash = ' stroke-dasharray="2 2"' if slot.look in (Look.SET_ASIDE, Look.IN_ARM) else ""
    where = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    drawn = f'<rect {where} fill="{tone if solid else "#fff"}" stroke="{tone}"{dash}/>'
    return drawn + _sign(slot.look, tone, x, y, width, height)


def _sign(look: Look, tone: str, x: float, y: float, width: float, height: float) -> str:
    middle = x + width / 2
    if look == Look.RUNNING:
        return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width / 2:.1f}" height="{height:.1f}" fill="{tone}"/>'
    if look == Look.ON_HOLD:
        d = f"M{middle - 2:.1f} {y + 1:.1f}V{y + height - 1:.1f}M{middle + 2:.1f} {y + 1:.1f}V{y + height - 1:.1f}"
        return line(d, INK, 2)
    if look == Look.STOPPED:
        return line(f"M{x + width:.1f} {y:.1f}L{x + width - min(5, width):.1f} {y + height:.1f}", "#fff", 2.5)
    if look == Look.NOT_DONE:
        return line(f"M{x:.1f} {y + height / 2:.1f}H{x + width:.1f}", INK, 2)
    return ""


def _today(groups: list[list[Slot]], wide: float) -> str:
    """Behind what has ended, in the middle of what runs: a plan has an order, and its list no room for dates."""
    reached = [turn for turn, group in enumerate(groups) if any(slot.look in BEGUN for slot in group)]
    x = 2.0
    if reached:
        runs = any(slot.look in (Look.RUNNING, Look.ON_HOLD) for slot in groups[reached[-1]])
        x += (reached[-1] + (0.5 if runs else 1.0)) * wide
    x = max(4.0, min(WIDTH - 4.0, x))
    head = f'<path d="M{x - 4:.1f} 1H{x + 4:.1f}L{x:.1f} 6Z" fill="{LATE}"/>'
    return head + line(f"M{x:.1f} 4V{BOTTOM + 2:g}", LATE, 1.5)

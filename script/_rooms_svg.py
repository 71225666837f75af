"""Draw the rooms: layers downward, an arrow for each import, red where it goes up. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import pairwise

from _rooms import LAYER_OF, LAYERS, ROOMS, Arrow, Room, is_sideways, is_upward, without_shortcuts

COLUMN, ROW, BOX, TOP = 40, 88, 48, 28
WIDTH, HEIGHT = 24 * COLUMN, TOP + len(LAYERS) * ROW + 32
CLEARANCE = 16  # between a line and a box that it passes, and between two lines at one box
EDGE = 14  # no line meets a box nearer to its corner

# Colours of its own for light and dark, on a ground of its own: it is shown on pages that nobody here styles.
STYLE = """
.ground { fill: #ffffff; stroke: #c9d1d9 }
.room rect { fill: #f1f4f7; stroke: #57606a }
.spine rect { fill: #dcebf7; stroke: #0b5a8f; stroke-width: 2 }
.name { fill: #16202a; font: 600 15px system-ui, sans-serif }
.says { fill: #424c57; font: 12px system-ui, sans-serif }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.5 }
.upward { stroke: #c8102e; stroke-width: 2.5 }
.head { fill: #57606a } .red { fill: #c8102e }
@media (prefers-color-scheme: dark) {
  .ground { fill: #12181f; stroke: #3b4653 }
  .room rect { fill: #1f2831; stroke: #93a1b0 }
  .spine rect { fill: #15354d; stroke: #6cb6e8 }
  .name { fill: #f2f5f8 } .says { fill: #c3ccd6 }
  .arrow { stroke: #a9b5c1 } .upward { stroke: #ff6b7d }
  .head { fill: #a9b5c1 } .red { fill: #ff6b7d }
}"""

Point = tuple[float, float]
# Where lines already are: beside which boxes, and on which side of them.
Taken = dict[tuple[int, str], list[float]]


def draw(rooms: set[str], arrows: set[Arrow]) -> str:
    shown = [ROOMS[name] for name in ROOMS if name in rooms]
    routes = _routes(rooms, sorted(sorted(without_shortcuts(arrows)), key=_order))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title desc">',
        '<title id="title">The rooms of Consilium, and who imports whom</title>',
        f'<desc id="desc">{escape(_in_words(shown, arrows))}</desc>',
        f"<style>{STYLE}\n</style>",
        f"<defs>{_head('head')}{_head('red')}</defs>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
        *(_path(arrow, points) for arrow, points in routes.items()),
        *(_box(room, arrows) for room in shown),
        f'<text class="says" x="{2 * COLUMN}" y="{HEIGHT - 18}">{_legend(arrows)}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _order(arrow: Arrow) -> tuple[int, float, float]:
    source, target = ROOMS[arrow[0]], ROOMS[arrow[1]]
    return (LAYER_OF[source.name], source.left + source.right, target.left + target.right)


def _in_words(rooms: Iterable[Room], arrows: set[Arrow]) -> str:
    """The picture for whoever cannot see it: every import between rooms, also those not drawn."""
    told = [
        f"{room.name}: imports {' / '.join(others)}."
        for room in rooms
        if (others := [name for name in ROOMS if (room.name, name) in arrows])
    ]
    upward = [f"{source} to {target}" for source, target in sorted(filter(is_upward, arrows))]
    return "\n".join([*told, f"Upward, and so drawn in red: {', '.join(upward) or 'none'}."])


def _legend(arrows: set[Arrow]) -> str:
    upward = sum(map(is_upward, arrows))
    red = f"Red goes up, which it must not: {upward}." if upward else "None goes up; one that did would be red."
    return f"An arrow means: imports. One that follows from others is left out. Blue is the spine. {red}"


def _head(name: str) -> str:
    shape = f'<path class="{name}" d="M0 0 8 4 0 8z"/>'
    size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"'
    return f'<marker id="{name}" {size} orient="auto">{shape}</marker>'


def _box(room: Room, arrows: set[Arrow]) -> str:
    top, middle = _top(room), (room.left + room.right) * COLUMN / 2
    imports = ", ".join(name for name in ROOMS if (room.name, name) in arrows) or "nothing of ours"
    return (
        f'<g class="room{" spine" if room.spine else ""}"><title>{room.name} imports {imports}</title>'
        f'<rect x="{room.left * COLUMN}" y="{top}" width="{(room.right - room.left) * COLUMN}" height="{BOX}" rx="5"/>'
        f'<text class="name" x="{middle:g}" y="{top + 20}" text-anchor="middle">{room.name}</text>'
        f'<text class="says" x="{middle:g}" y="{top + 37}" text-anchor="middle">{room.says}</text></g>'
    )


def _path(arrow: Arrow, points: list[Point]) -> str:
    """Through the points: straight along a row, bent between two."""
    (x, y), *_ = points
    steps = [f"M{x:g} {y:g}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        bend = (to_y - y) / 2
        straight = x == to_x or is_sideways(arrow)
        steps.append(
            f"L{to_x:g} {to_y:g}" if straight else f"C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
        )
    red = is_upward(arrow)
    name = f'class="arrow{" upward" if red else ""}" marker-end="url(#{"red" if red else "head"})"'
    return f'<path {name} d="{" ".join(steps)}"/>'


def _top(room: Room) -> int:
    return TOP + LAYER_OF[room.name] * ROW


def _routes(rooms: set[str], arrows: list[Arrow]) -> dict[Arrow, list[Point]]:
    """Each arrow from border to border, past the boxes of the layers between."""
    taken: Taken = {}
    return {
        arrow: _beside(arrow, rooms, taken) if is_sideways(arrow) else _down(arrow, rooms, taken) for arrow in arrows
    }


def _beside(arrow: Arrow, rooms: set[str], taken: Taken) -> list[Point]:
    """Between two rooms of one layer: across, or over the rooms between them. There and back lie side by side."""
    source, target = ROOMS[arrow[0]], ROOMS[arrow[1]]
    to_the_right = source.right <= target.left
    left, right = (source, target) if to_the_right else (target, source)
    layer = LAYER_OF[source.name]
    if any(left.right <= room.left < right.left for room in LAYERS[layer] if room.name in rooms):
        from_x, to_x = (_claim(taken, (layer, "above"), _middle(room), [_span(room)]) for room in (source, target))
        over = _top(source) - (14 if to_the_right else 22)
        return [(from_x, _top(source)), (from_x, over), (to_x, over), (to_x, _top(target))]
    across = _top(source) + BOX / 2 + (-6 if to_the_right else 6)
    ends = (left.right * COLUMN, across), (right.left * COLUMN, across)
    return list(ends if to_the_right else ends[::-1])


def _down(arrow: Arrow, rooms: set[str], taken: Taken) -> list[Point]:
    """From the upper room to the lower one, turned round for an arrow that goes up."""
    upper, lower = sorted((ROOMS[arrow[0]], ROOMS[arrow[1]]), key=lambda room: LAYER_OF[room.name])
    first, last = LAYER_OF[upper.name], LAYER_OF[lower.name]
    lanes: list[float] = []
    start = _nearest(_middle(lower), [_span(upper)], [])
    for layer in range(first + 1, last):
        share = (layer - first) / (last - first)
        wanted = start + (_nearest(start, [_span(lower)], []) - start) * share
        lanes.append(_claim(taken, (layer, "lane"), wanted, _gaps(layer, rooms)))
    leave = _claim(
        taken, (first, "below"), lanes[0] if lanes else _nearest(_middle(upper), [_span(lower)], []), [_span(upper)]
    )
    arrive = _claim(taken, (last, "above"), lanes[-1] if lanes else leave, [_span(lower)])
    points: list[Point] = [(leave, _top(upper) + BOX)]
    for layer, lane in enumerate(lanes, start=first + 1):
        points += [(lane, TOP + layer * ROW), (lane, TOP + layer * ROW + BOX)]
    points.append((arrive, _top(lower)))
    return points[::-1] if is_upward(arrow) else points


def _middle(room: Room) -> float:
    return (room.left + room.right) * COLUMN / 2


def _span(room: Room) -> tuple[float, float]:
    return room.left * COLUMN + EDGE, room.right * COLUMN - EDGE


def _gaps(layer: int, rooms: set[str]) -> list[tuple[float, float]]:
    """Where a line may pass a layer."""
    walls = sorted((room.left * COLUMN, room.right * COLUMN) for room in LAYERS[layer] if room.name in rooms)
    ends = [0, *(right for _, right in walls)], [*(left for left, _ in walls), WIDTH]
    return [(left + CLEARANCE, right - CLEARANCE) for left, right in zip(*ends, strict=True) if right - left >= COLUMN]


def _claim(taken: Taken, place: tuple[int, str], wanted: float, spans: list[tuple[float, float]]) -> float:
    """The nearest place to the wanted one that no other line has."""
    found = _nearest(wanted, spans, taken.setdefault(place, []))
    taken[place].append(found)
    return found


def _nearest(wanted: float, spans: list[tuple[float, float]], others: list[float]) -> float:
    ahead = [min(max(wanted, left), right) for left, right in spans]
    steps = [
        place
        for start, (left, right) in zip(ahead, spans, strict=True)
        for step in range(60)
        for place in (start + step * CLEARANCE, start - step * CLEARANCE)
        if left <= place <= right and all(abs(place - other) >= CLEARANCE for other in others)
    ]
    return min(steps or ahead, key=lambda place: abs(place - wanted))

"""The time axis: from a day to a place between 0 and 1. Pure.

A year is drawn to scale. Beyond that what matters is near the steps, and ten years of surveillance would press them to a line: a
long gap between two days on which something happens is drawn shorter, never longer than a later one, and the picture says where.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import sqrt

from careplans.readers.sequence.what import Sequence
from common.local_time import add_months

# A picture of less would show single days.
SHORTEST = 90
TO_SCALE = 400
# Of a longer gap only so much is drawn to scale.
KEPT, SHRUNK = 60, 3.0
# What was given longer ago than this does not ask for room of its own.
LONG_AGO = timedelta(days=183)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Axis:
    """Knots, as day numbers, and the place of each; between two of them time runs evenly."""

    days: tuple[int, ...]
    places: tuple[float, ...]
    breaks: tuple[tuple[float, float], ...] = ()
    """From where to where time is drawn shorter than it is."""

    @property
    def is_shrunk(self) -> bool:
        return bool(self.breaks)

    def at(self, day: date) -> float:
        """Its place; of a day outside, that of the nearest end."""
        number = day.toordinal()
        if number <= self.days[0]:
            return 0.0
        if number >= self.days[-1]:
            return 1.0
        after = bisect_right(self.days, number)
        (first, second), (low, high) = self.days[after - 1 : after + 1], self.places[after - 1 : after + 1]
        return low + (high - low) * (number - first) / (second - first)

    def has(self, day: date) -> bool:
        return self.days[0] <= day.toordinal() <= self.days[-1]

    @property
    def first(self) -> date:
        return date.fromordinal(self.days[0])

    @property
    def last(self) -> date:
        return date.fromordinal(self.days[-1])


def axis_of(*sequences: Sequence) -> Axis:
    """One axis for these pictures, so that a day has the same place in each."""
    every = [day for sequence in sequences for day in sequence.days()]
    return axis_for(every, [day for sequence in sequences for day in _that_matter(sequence)])


def _that_matter(sequence: Sequence) -> Iterator[date]:
    """The days of the steps. Follow-ups are regular: the axis may be tighter where nothing but them is left."""
    since = (sequence.today or date.max) - LONG_AGO
    if sequence.today is not None:
        yield sequence.today
    for step in sequence.steps:
        yield from (day for day in (step.start, step.end, step.filled_until) if day is not None)
        yield from (turn.day for turn in step.turns if turn.state != "expected" and turn.day >= since)


def axis_for(every: Iterable[date], matter: Iterable[date] = ()) -> Axis:
    numbers = [day.toordinal() for day in every] or [date(2000, 1, 1).toordinal()]
    first, last = min(numbers), max(numbers)
    edge = max(7, (last - first) // 40)
    first, last = max(1, first - edge), min(date.max.toordinal(), last + edge)
    if last - first < SHORTEST:
        last = min(date.max.toordinal(), first + SHORTEST)
        first = last - SHORTEST
    if last - first <= TO_SCALE:
        return Axis((first, last), (0.0, 1.0))
    knots = sorted({first, last, *(day.toordinal() for day in matter)} & set(range(first, last + 1)))
    return _placed(knots)


def _width(gap: int) -> float:
    return float(gap) if gap <= KEPT else min(float(gap), KEPT + SHRUNK * sqrt(gap - KEPT))


def _placed(knots: list[int]) -> Axis:
    gaps = [second - one for one, second in pairwise(knots)]
    widths = [_width(gap) for gap in gaps]
    total, places, reached = sum(widths), [0.0], 0.0
    for width in widths:
        reached += width
        places.append(reached / total)
    places[-1] = 1.0
    sides = zip(gaps, widths, pairwise(places), strict=True)
    return Axis(tuple(knots), tuple(places), tuple(at for gap, width, at in sides if width < gap))


def first_of_months(axis: Axis) -> list[date]:
    """The first day of each month on the axis; of each year where there are very many."""
    first, last = axis.first, axis.last
    step = 1 if (last - first).days < 366 * 12 else 12
    day = date(first.year, first.month if step == 1 else 1, 1)
    found = []
    while day <= last:
        if day >= first:
            found.append(day)
        if (day.year, day.month) > (date.max.year - 1, 12 - step):
            break
        day = add_months(day, step)
    return found


def by_weight(days: list[date]) -> list[tuple[date, str]]:
    """What is written on the axis, what matters most first: the first month with its year, years, then halves and quarters."""
    if not days:
        return []
    head = days[0]
    rest = sorted(days[1:], key=lambda day: (_rank(day), day))
    said = [(day, str(day.year) if day.month == 1 else MONTHS[day.month - 1]) for day in rest]
    return [(head, str(head.year) if head.month == 1 else f"{MONTHS[head.month - 1]} {head.year}"), *said]


def _rank(day: date) -> int:
    if day.month == 1:
        return 0 if day.year % 5 == 0 else 1 if day.year % 2 == 0 else 2
    return 3 if day.month == 7 else 4 if day.month in (4, 10) else 5

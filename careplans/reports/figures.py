"""Figures that are more than a number: a share with its interval, and how long things took. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt

# The standard normal deviate of a 95 % interval.
Z = 1.959964


class Hidden:
    """In the place of a figure that would tell of too few."""

    def __repr__(self) -> str:
        return "hidden"


HIDDEN = Hidden()


@dataclass(frozen=True)
class Share:
    """`count` of `among`, with Wilson's score interval of 95 % (Wilson 1927; Brown, Cai and DasGupta 2001), which stays within 0
    and 1 and holds for small numbers. No share where there is nothing to have a share of."""

    count: int
    among: int

    @property
    def share(self) -> float | None:
        """From 0 to 1, to four places."""
        return float(half_up(Fraction(self.count, self.among), 4)) if self.among else None

    @property
    def exact(self) -> Fraction:
        """Where there is something to have a share of."""
        return Fraction(self.count, self.among)

    @property
    def interval(self) -> tuple[float, float] | None:
        """To four places."""
        edges = self.edges
        return edges and (round(edges[0], 4), round(edges[1], 4))

    @property
    def edges(self) -> tuple[float, float] | None:
        """The same unrounded: what is rounded twice is rounded wrongly."""
        if not self.among:
            return None
        part, size = self.count / self.among, self.among
        middle = (part + Z * Z / (2 * size)) / (1 + Z * Z / size)
        half = Z * sqrt(part * (1 - part) / size + Z * Z / (4 * size * size)) / (1 + Z * Z / size)
        return max(0.0, middle - half), min(1.0, middle + half)


def half_up(value: Fraction, places: int) -> Decimal:
    """5/8 to two places is 0.63, where Python alone rounds a half to the even digit. Below nought a half goes away from it."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def percent(part: Fraction | float, places: int = 0) -> str:
    """“62.5 %”, without noughts at its end. A number with a point is taken as it is written."""
    exact = part if isinstance(part, Fraction) else Fraction(Decimal(repr(part)))
    text = f"{half_up(exact * 100, places):f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


@dataclass(frozen=True)
class Span:
    """How long things took, in the unit of the measure: quartiles as numpy and Excel's QUARTILE.INC have them, by linear
    interpolation (Hyndman and Fan's type 7)."""

    count: int
    least: int | None = None
    lower: float | None = None
    median: float | None = None
    upper: float | None = None
    most: int | None = None

    @classmethod
    def of(cls, values: Iterable[tuple[int, int]]) -> "Span":
        """Of values with how often each was measured."""
        ordered = sorted(values)
        count = sum(times for _, times in ordered)
        if not count:
            return cls(0)
        lower, median, upper = (_quantile(ordered, count, part) for part in (0.25, 0.5, 0.75))
        return cls(count, ordered[0][0], lower, median, upper, ordered[-1][0])


def _quantile(ordered: list[tuple[int, int]], count: int, part: float) -> float:
    place = (count - 1) * part
    first = int(place)
    low, high = _nth(ordered, first), _nth(ordered, min(first + 1, count - 1))
    return round(low + (high - low) * (place - first), 2)


def _nth(ordered: list[tuple[int, int]], place: int) -> int:
    for value, times in ordered:
        place -= times
        if place < 0:
            return value
    raise IndexError(place)

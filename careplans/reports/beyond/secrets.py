"""What nobody may learn of the figures of a report: which are of few, and which sums and differences of them are. Pure."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careplans.reports.beyond.counted import Counted, Group, Names, Number, Place, Sums
from careplans.reports.declared import Kind, Measure

Size = tuple[int, int]
"""How many are counted, and of how many patients' cases."""


@dataclass(frozen=True)
class _Told:
    """A number that a figure tells: how many different `of` (rows, where that is empty) these parts have."""

    of: str
    parts: frozenset[Hashable]
    value: int
    number: Number


@dataclass(frozen=True)
class Small:
    """Of one level."""

    level: Names
    sizes: Mapping[Group, Mapping[str, Size]]
    measures: Sequence[Measure]
    counted: Counted
    smallest: int

    def few(self) -> set[Place]:
        """The figures that are of few by themselves."""
        doubled = [less for row in self._rows() for _, less in self._doubled(row)]
        return {place for (place, _), size in self._numbers() if self._is_few(size)} | {place for place, _ in doubled}

    def secrets(self, *, with_doubled: bool) -> "Hide":
        """`with_doubled`: also how many are counted twice, where what counts rows and what counts others of them are apart."""
        rows = list(self._rows())
        pairs = [pair for row in rows for pair in self._beyond(row)]
        pairs += [pair for row in rows for pair in self._doubled(row)] if with_doubled else []
        return Hide(self, [{more: 1, less: -1} for more, less in pairs], dict(self._numbers()), self._lines())

    def _numbers(self) -> Iterator[tuple[Number, Size]]:
        for group, size in self.sizes.items():
            for measure, names in self.counted.numbers.items():
                yield from ((((self.level, group, measure), number), size[name]) for number, name in enumerate(names))

    def _is_few(self, size: Size) -> bool:
        return any(0 < number < self.smallest for number in size)

    def _rows(self) -> Iterator[list[_Told]]:
        """Of each row its numbers: of what they count different ones, which rows, how many, and of which figure."""
        parts = self.counted.at(self.level)
        for group, size in self.sizes.items():
            row = []
            for one in self.measures:
                for number, name in enumerate(self.counted.numbers[one.name]):
                    counts = frozenset(kind for kind in parts.get(group, ()) if name in self.counted.flags[kind])
                    row.append(_Told(one.of, counts, size[name][0], ((self.level, group, one.name), number)))
            yield row

    def _beyond(self, row: Sequence[_Told]) -> Iterator[tuple[Number, Number]]:
        """Where what one figure of a row counts beyond another is of few: 17 plans, of which 16 are first ones, tell of one
        amendment. One of the two goes, the one that counts less."""
        for more in row:
            for less in row:
                if more.of == less.of and less.parts < more.parts and 0 < more.value - less.value < self.smallest:
                    yield more.number, less.number

    def _doubled(self, row: Sequence[_Told]) -> Iterator[tuple[Number, Number]]:
        """Of the same rows once how many and once of how many, where few are there twice: 6 things of 5 cases tell that one case
        has two. The smaller number goes."""
        for more in row:
            for less in row:
                if more.of != less.of and less.parts == more.parts and 0 < more.value - less.value < self.smallest:
                    yield more.number, less.number

    def _lines(self) -> list[list[Number]]:
        """Numbers whose sum is told: one over all values of a dimension, and all counts of a row."""
        counts = {one.name for one in self.measures[1:] if one.kind is Kind.COUNT}
        found: dict[Any, list[Number]] = {}
        for (place, number), _ in self._numbers():
            _, group, measure = place
            for at in range(len(self.level)):
                found.setdefault((at, group[:at] + group[at + 1 :], measure, number), []).append((place, number))
            if measure in counts:
                found.setdefault((group,), []).append((place, 0))
        return list(found.values())


@dataclass(frozen=True)
class Hide:
    """What is secret, by what is left out so far."""

    small: Small
    between: Sequence[Sums]
    numbers: Mapping[Number, Size]
    lines: Sequence[Sequence[Number]]

    def of(self, out: Collection[Place]) -> Iterator[Sums]:
        for one, size in self.numbers.items():
            if one[0] in out and self.small._is_few(size):
                yield {one: 1}
        yield from self.between
        for line in self.lines:
            left = [one for one in line if one[0] in out]
            if len(left) > 1 and 0 < sum(self.numbers[one][0] for one in left) < self.small.smallest:
                yield dict.fromkeys(left, 1)

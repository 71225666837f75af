"""Which figures of a report tell of too few to be shown to somebody, and which others would tell those.

A figure is of few where it counts fewer than the smallest number, or rows of fewer patients: five cycles of one patient are one
patient. A share is so by its numerator, its denominator or what it lacks of the whole; a median by how many were measured; and so
is what one figure of a row counts beyond another. What
else has to go is decided over all tables that the same question has: by fewer dimensions, as a filter asks them too, a figure is
shown or not the same way, and so neither a total nor a filter tells what a table leaves out.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError

from careplans.deidentified.cells import Figure, Vector, added, protected
from careplans.reports.answering import counted
from careplans.reports.asked import NONE, Asked
from careplans.reports.declared import Dimension, Kind, Measure, Report

# What the rows are, whatever is measured of them.
ALL = Measure("all_rows", "Rows", "All rows.")
MOST_DIMENSIONS = 3
MOST_PARTS = 4000
TOO_WIDE = f"Where small numbers are left out, ask by at most {MOST_DIMENSIONS} dimensions, filters counted in."
TOO_MANY = "These are too many figures to tell which are small. Ask by fewer dimensions, or for a shorter period."
Group = tuple[str, ...]
Place = tuple[tuple[str, ...], Group, str]
"""A figure: the dimensions of its table, their values, and its measure."""
Parts = dict[Group, dict[Group, int]]
"""By values of the dimensions: how many rows of which kind. Rows are of a kind that the same measures count."""


@dataclass(frozen=True)
class Few:
    names: tuple[str, ...]
    hidden: frozenset[Place] = frozenset()

    def is_hidden(self, at: Mapping[str, Any], measure: str) -> bool:
        """`at`: by dimension its value, as a row or a filter has it."""
        names = tuple(name for name in self.names if name in at)
        return (names, tuple(as_text(at[name]) for name in names), measure) in self.hidden


def as_text(value: Any) -> str:
    return NONE if value is None else str(value)


def few_of(asked: Asked, smallest: int) -> Few:
    """Of all figures that this question has, by every part of its dimensions and filters. A query for each. Raises
    ValidationError for a question with too many of them."""
    names = tuple(dict.fromkeys((*asked.by, *asked.wanted)))
    if smallest <= 1:
        return Few(names)
    if len(names) > MOST_DIMENSIONS:
        raise ValidationError({"by": TOO_WIDE})
    whole = replace(asked, wanted={}, by=names)
    table = _Table(whole.report, names, smallest, _parts(whole))
    hidden: set[Place] = set()
    for count in range(len(names) + 1):
        for level in combinations(names, count):
            table.read(level, _sizes(whole, level))
            hidden |= table.hidden_at(level, hidden)
    return Few(names, frozenset(hidden))


def measures_of(report: Report) -> tuple[Measure, ...]:
    return (ALL, *report.measures)


def _numbers(measure: Measure) -> Iterator[tuple[str, str]]:
    """What a figure tells the size of: a name, and which rows it counts."""
    if measure.kind is Kind.SHARE:
        yield f"{measure.name}__of", f"({measure.among}) AND ({measure.where})"
        yield f"{measure.name}__among", f"({measure.among})"
        yield f"{measure.name}__rest", f"({measure.among}) AND CASE WHEN {measure.where} THEN 0 ELSE 1 END = 1"
    elif measure.kind is Kind.SPAN:
        yield f"{measure.name}__of", f"({measure.where}) AND ({measure.span}) IS NOT NULL"
    else:
        yield f"{measure.name}__of", f"({measure.where})"


def _sizes(asked: Asked, level: Sequence[str]) -> dict[Group, dict[str, tuple[int, int]]]:
    """Of each group and number, how many are counted, and of how many patients' cases."""
    told = [(name, where, one.of) for one in measures_of(asked.report) for name, where in _numbers(one)]
    measures = [Measure(name, "", "", where=where, of=of) for name, where, of in told]
    measures += [Measure(f"{name}__cases", "", "", where=where, of="u.case_id") for name, where, _ in told]
    rows = counted(replace(asked, report=replace(asked.report, measures=tuple(measures))), level)
    return {
        tuple(map(as_text, row.at.values())): {
            name: (row.figures[name], row.figures[f"{name}__cases"]) for name, _, _ in told
        }
        for row in rows
    }


def _parts(asked: Asked) -> Parts:
    conditions = [where for one in measures_of(asked.report) for _, where in _numbers(one)]
    flags = [f"flag_{number}" for number in range(len(conditions))]
    columns = ", ".join(
        f"CASE WHEN {where} THEN 1 ELSE 0 END AS {flag}" for where, flag in zip(conditions, flags, strict=True)
    )
    unit = f"SELECT u.*, {columns} FROM ({asked.report.unit}) u"  # noqa: S608  # declared, not typed
    report = replace(
        asked.report, unit=unit, measures=(ALL,),
        dimensions=(*asked.report.dimensions, *(Dimension(flag, "", flag, "") for flag in flags)),
    )  # fmt: skip
    found: Parts = {}
    rows = counted(replace(asked, report=report), (*asked.by, *flags))
    if len(rows) > MOST_PARTS:
        raise ValidationError({"by": TOO_MANY})
    for row in rows:
        values = [as_text(value) for value in row.at.values()]
        group, kind = tuple(values[: len(asked.by)]), tuple(values[len(asked.by) :])
        found.setdefault(group, {})[kind] = row.figures[ALL.name]
    return found


@dataclass(frozen=True)
class _Told:
    """A number that a figure tells: how many different `of` (rows, where that is empty) these parts have."""

    of: str
    parts: frozenset[Hashable]
    value: int
    place: Place


_Row = list[_Told]


def _between(row: _Row, smallest: int) -> list[dict[Hashable, int]]:
    """What one figure of a row counts beyond another, where that is of few: 17 plans, of which 16 are first ones, tell of one
    amendment. A secret as such: one of the two goes, the one that counts less."""
    found = {
        more.parts - less.parts: None
        for more in row
        for less in row
        if more.of == less.of and less.parts < more.parts and 0 < more.value - less.value < smallest
    }
    return [dict.fromkeys(parts, 1) for parts in found]


def _doubled(row: _Row, smallest: int) -> Iterator[Place]:
    """Of the same rows once how many and once of how many, where few are there twice: 6 things of 5 cases tell that one case has
    two. The smaller number goes."""
    for more in row:
        for less in row:
            if more.of != less.of and less.parts == more.parts and 0 < more.value - less.value < smallest:
                yield less.place


@dataclass
class _Table:
    report: Report
    names: tuple[str, ...]
    smallest: int
    parts: Parts
    sizes: dict[tuple[str, ...], dict[Group, dict[str, tuple[int, int]]]] = field(default_factory=dict)

    def read(self, level: tuple[str, ...], sizes: dict[Group, dict[str, tuple[int, int]]]) -> None:
        self.sizes[level] = sizes

    def hidden_at(self, level: tuple[str, ...], before: Collection[Place]) -> set[Place]:
        """What this table leaves out, where those with fewer dimensions are known: they stay as they are."""
        own = self._of_level(level)
        figures: dict[Place, Figure] = {}
        secret: dict[Place, list[Vector]] = {}
        for lower in self.sizes:
            if set(lower) <= set(level):
                self._add(lower, level, own, figures, secret)
        lines, rows = self._lines(level, figures), self._told_in(level, figures)
        secret |= {place: [] for row in rows for place in _doubled(row, self.smallest) if place not in secret}
        hidden = {place for place in secret if place[0] == level} | {one for one in before if one in figures}
        between = [vector for row in rows for vector in _between(row, self.smallest)]

        def secrets(out: Collection[Place]) -> Iterable[Vector]:
            for place, vectors in secret.items():
                if place in out:
                    yield from vectors
            yield from between
            for line in lines:
                left = [figures[place].numbers[number] for place, number in line if place in out]
                if len(left) > 1 and 0 < sum(self._size(vector, own) for vector in left) < self.smallest:
                    yield added(left)

        return {one for one in protected(figures, hidden, secrets) if one[0] == level}

    def _of_level(self, level: tuple[str, ...]) -> Parts:
        places = [self.names.index(name) for name in level]
        found: Parts = {}
        for group, kinds in self.parts.items():
            of = found.setdefault(tuple(group[place] for place in places), {})
            for kind, count in kinds.items():
                of[kind] = of.get(kind, 0) + count
        return found

    def _add(
        self, lower: tuple[str, ...], level: tuple[str, ...], own: Parts, figures: dict[Place, Figure],
        secret: dict[Place, list[Vector]],
    ) -> None:  # fmt: skip
        """The figures of the table by `lower`, as sums of the parts of that by `level`."""
        places = [level.index(name) for name in lower]
        vectors = self._vectors(places, own)
        for group, numbers in self.sizes[lower].items():
            for order, one in enumerate(measures_of(self.report)):
                names = [name for name, _ in _numbers(one)]
                place = (lower, group, one.name)
                value = numbers[names[0]][0]
                told: list[Vector] = [vectors.get((group, name), {}) for name in names]
                figures[place] = Figure(told, (value == 0, one is ALL, value, order), fixed=lower != level)
                few = [vector for name, vector in zip(names, told, strict=True) if self._is_few(numbers[name])]
                if few:
                    secret[place] = few

    def _vectors(self, places: Sequence[int], own: Parts) -> dict[tuple[Group, str], dict[Any, int]]:
        names = [name for one in measures_of(self.report) for name, _ in _numbers(one)]
        found: dict[tuple[Group, str], dict[Any, int]] = {}
        for group, kinds in own.items():
            at = tuple(group[place] for place in places)
            for kind in kinds:
                for name, flag in zip(names, kind, strict=True):
                    if flag == "1":
                        found.setdefault((at, name), {})[group, kind] = 1
        return found

    def _is_few(self, size: tuple[int, int]) -> bool:
        return any(0 < number < self.smallest for number in size)

    def _lines(self, level: tuple[str, ...], figures: Mapping[Place, Figure]) -> list[list[tuple[Place, int]]]:
        """Figures whose sum is told: one number over all values of a dimension, and all counts of a row."""
        found: dict[Any, list[tuple[Place, int]]] = {}
        counts = {one.name for one in self.report.measures if one.kind is Kind.COUNT}
        for place, figure in figures.items():
            if place[0] != level:
                continue
            _, group, name = place
            for number in range(len(figure.numbers)):
                for at in range(len(level)):
                    found.setdefault((at, group[:at] + group[at + 1 :], name, number), []).append((place, number))
            if name in counts:
                found.setdefault((group,), []).append((place, 0))
        return list(found.values())

    def _told_in(self, level: tuple[str, ...], figures: Mapping[Place, Figure]) -> list[_Row]:
        """Of each row its numbers: of what they count different ones, which rows, how many, and of which figure."""
        found: dict[Group, _Row] = {}
        for (names, group, measure), figure in figures.items():
            if names == level:
                one = next(each for each in measures_of(self.report) if each.name == measure)
                sizes = self.sizes[level][group]
                for (name, _), vector in zip(_numbers(one), figure.numbers, strict=True):
                    told = _Told(one.of, frozenset(vector), sizes[name][0], (names, group, measure))
                    found.setdefault(group, []).append(told)
        return list(found.values())

    def _size(self, vector: Vector, own: Parts) -> int:
        return sum(own[part[0]][part[1]] for part in vector if isinstance(part, tuple))

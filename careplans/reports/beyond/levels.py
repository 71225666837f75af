"""Which figures of each table have to go, so that all tables of a report together tell nobody a small number. Pure.

A table by some dimensions, a level, is decided after those by fewer of them, which then stay as they are: so the same figure is
shown or not in whatever question it is asked. Two things make that hold for all levels together. A level that is decided tells
of those below it nothing that they do not tell themselves, neither a figure nor a sum or difference of some; so whoever joins
two levels that know nothing of each other learns of what they have in common only what is shown there. And where those below
would tell a small number of it because something else counts nothing, that nothing is not shown either.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from careplans.deidentified.cells import PRIME, Figure, Known, Vector

Names = tuple[str, ...]
Group = tuple[str, ...]
Place = tuple[Names, Group, str]
"""A figure: the dimensions of its table, their values, and its measure."""
Number = tuple[Place, int]
"""Of a figure that tells several numbers, which."""
Sums = Mapping[Number, int]
"""A number as a sum of numbers: how often each is in it."""
Secrets = Callable[[Collection[Place]], Iterable[Sums]]
"""By what is left out, the sums that nobody may learn."""
# Of a row that is not there: all its figures, each of which would be 0.
NOTHING = ""


@dataclass(frozen=True)
class Counted:
    """Figures as they are told: by measure the names of its numbers, by level and group how much each number is. `parts`: by
    group of all dimensions, how many rows of which kind; `flags`: by kind, which numbers count it. `cost` of a figure: what is
    left out before others, in order."""

    names: Names
    numbers: Mapping[str, Sequence[str]]
    parts: Mapping[Group, Mapping[Hashable, int]]
    flags: Mapping[Hashable, frozenset[str]]
    groups: Mapping[Names, Sequence[Group]]
    costs: Mapping[Place, tuple[int, ...]]

    def at(self, level: Names) -> dict[Group, dict[Hashable, int]]:
        """The parts of a level, always in the same order: what is left out may not depend on what else was asked."""
        places = [self.names.index(name) for name in level]
        found: dict[Group, dict[Hashable, int]] = {}
        for group, kinds in self.parts.items():
            of = found.setdefault(tuple(group[place] for place in places), {})
            for kind, count in kinds.items():
                of[kind] = of.get(kind, 0) + count
        return {group: dict(sorted(found[group].items(), key=str)) for group in sorted(found)}


@dataclass
class Level:
    """`hidden`: what is left out at the levels below, and of this one so far."""

    counted: Counted
    level: Names
    hidden: set[Place]
    own: dict[Group, dict[Hashable, int]] = field(init=False)
    opened: set[Group] = field(default_factory=set)
    figures: dict[Place, Figure] = field(default_factory=dict)
    """Of this level and those below."""

    def __post_init__(self) -> None:
        self.own = self.counted.at(self.level)

    def protect(self, secrets: Secrets) -> set[Place]:
        """What is left out here, with `hidden`."""
        while True:
            self._figure()
            out, told = self._attempt(secrets)
            # What is told only because something counts nothing: that is opened, as an unknown like others.
            opened = [self._open(one) for one in told]
            if not any(opened):
                return {place for place in out if place[0] == self.level}

    # What is shown, as sums of parts

    def _figure(self) -> None:
        self.figures = {}
        for lower in sorted(self.counted.groups, key=len):
            if set(lower) <= set(self.level):
                self._add(lower)

    def _add(self, lower: Names) -> None:
        counted, places = self.counted, [self.level.index(name) for name in lower]
        vectors: dict[tuple[Group, str], dict[Any, int]] = {}
        for group, kinds in self.own.items():
            at = tuple(group[place] for place in places)
            for kind in kinds:
                for name in counted.flags[kind]:
                    vectors.setdefault((at, name), {})[group, kind] = 1
        there = set(counted.groups[lower])
        for group in counted.groups[lower]:
            for measure, names in counted.numbers.items():
                place = (lower, group, measure)
                told = [vectors.get((group, name), {}) for name in names]
                self.figures[place] = Figure(told, counted.costs[place])
        opened = {tuple(one[place] for place in places) for one in self.opened}
        opened |= {group for names, group, measure in self.hidden if names == lower and measure == NOTHING}
        for group in sorted(opened - there):
            told = [vectors.get((group, name), {}) for name in self._all_names()]
            self.figures[lower, group, NOTHING] = Figure(told, (2,))

    def _all_names(self) -> list[str]:
        return [name for names in self.counted.numbers.values() for name in names]

    def vector(self, sums: Sums) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for (place, number), times in sums.items():
            for part, often in self.figures[place].numbers[number].items():
                found[part] = found.get(part, 0) + times * often
        return {part: times for part, times in found.items() if times}

    def _numbers(self, out: Collection[Place], *, below: bool) -> Iterator[tuple[Number, Vector]]:
        for place, figure in self.figures.items():
            if place not in out and (place[0] != self.level) is below:
                yield from (((place, number), one) for number, one in enumerate(figure.numbers))

    # What has to go

    def _attempt(self, secrets: Secrets) -> tuple[set[Place], list[Sums]]:
        """What is left out; and what would be told all the same, by the levels below alone, each as what comes to nothing."""
        out = {place for place in self.hidden if place in self.figures}
        known = Known()
        for number, vector in sorted(self._numbers(out, below=True), key=lambda pair: len(pair[1])):
            known.add(number, vector)
        told = [one for place in sorted(out) if place[0] != self.level for one in self._of_hidden(place, known)]
        out |= self._telling(known, out)
        while True:
            known = Known.of(self.figures, out)
            more: set[Place] = set()
            stuck: list[Sums] = []
            for secret in secrets(out):
                made_of = known.told_by(self.vector(secret))
                if made_of is None or any(place in more for place, _ in made_of):
                    continue
                can = [place for place, _ in made_of if place[0] == self.level]
                if can:
                    more.add(min(can, key=lambda place: self.figures[place].cost))
                else:
                    stuck.append(_less(secret, made_of))
            if not more:
                return out, told + stuck
            out |= more

    def _of_hidden(self, place: Place, known: Known) -> Iterator[Sums]:
        """Add what is left out below: known from then on, so that it is seen what would tell of it."""
        for number, vector in enumerate(self.figures[place].numbers):
            made_of = known.add((place, number), vector)
            if made_of is not None:
                yield _less({(place, number): 1}, made_of)

    def _telling(self, known: Known, out: Collection[Place]) -> set[Place]:
        """Figures that would tell something of what is left out below. The largest come first, and stay."""
        if not any(place[0] != self.level for place in out):
            return set()
        found: set[Place] = set()
        own = [place for place in self.figures if place[0] == self.level and place not in out]
        for place in sorted(own, key=lambda one: self.figures[one].cost, reverse=True):
            before = len(known.rows)
            for number, vector in enumerate(self.figures[place].numbers):
                made_of = known.add((place, number), vector)
                if made_of and any(one in self.hidden and one[0] != self.level for one, _ in made_of):
                    found.add(place)
            if place in found:
                known.forget(before)
        return found

    # What counts nothing

    def _open(self, sums: Sums) -> bool:
        """Make an unknown of a row, or a kind of row, of which there is none, and without which these would not come to nothing.
        False where they come to nothing anyhow."""
        best = min(self._candidates(sums), default=None)
        if best is None:
            return False
        group = best[2]
        if group not in self.own:
            self.opened.add(group)
        self.own[group] = dict.fromkeys(sorted(self.counted.flags, key=str), 0) | self.own.get(group, {})
        return True

    def _candidates(self, sums: Sums) -> Iterator[tuple[bool, bool, Group]]:
        """Those first of which no table with fewer dimensions says that there is nothing."""
        times = self._by_group(sums)
        values = [sorted({group[place] for group in self.own}) for place in range(len(self.level))]
        for group in product(*values):
            weights: dict[str, int] = {}
            for lower, of in times.items():
                at = tuple(group[self.level.index(name)] for name in lower)
                for name, often in of.get(at, {}).items():
                    weights[name] = weights.get(name, 0) + often
            there = self.own.get(group, {})
            kinds = [kind for kind in self.counted.flags if kind not in there]
            if any(sum(weights.get(name, 0) for name in self.counted.flags[kind]) % PRIME for kind in kinds):
                yield self._is_told_as_nothing(group), group in self.own, group

    def _by_group(self, sums: Sums) -> dict[Names, dict[Group, dict[str, int]]]:
        found: dict[Names, dict[Group, dict[str, int]]] = {}
        for ((lower, group, measure), number), often in sums.items():
            name = self._all_names()[number] if measure == NOTHING else self.counted.numbers[measure][number]
            of = found.setdefault(lower, {}).setdefault(group, {})
            of[name] = of.get(name, 0) + often
        return found

    def _is_told_as_nothing(self, group: Group) -> bool:
        for lower, groups in self.counted.groups.items():
            if set(lower) < set(self.level):
                at = tuple(group[self.level.index(name)] for name in lower)
                if at not in groups and (lower, at, NOTHING) not in self.hidden:
                    return True
        return False


def _less(sums: Sums, others: Sums) -> dict[Number, int]:
    return dict(sums) | {one: (sums.get(one, 0) - often) % PRIME for one, often in others.items()}

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
from random import Random
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
    lots: dict[tuple[Names, Group, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = self.counted.at(self.level)

    def protect(self, secrets: Secrets) -> set[Place]:
        """What is left out here, with `hidden`."""
        while True:
            self._figure()
            self._draw()
            out, told = self._attempt(secrets)
            # What is told only because something counts nothing: that is opened, as an unknown like others.
            opened = [self._open(one) for one in told]
            if not any(opened):
                return {place for place in out if place[0] == self.level}

    # What is shown, as sums of parts

    def _figure(self) -> None:
        self.figures = {}
        for lower, places in self._lower():
            self._add(lower, places)

    def _add(self, lower: Names, places: Sequence[int]) -> None:
        counted = self.counted
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

    def _vector_of(self, number: Number) -> Vector:
        return self.figures[number[0]].numbers[number[1]]

    def _of(self, place: Place) -> range:
        return range(len(self.figures[place].numbers))

    def _shown(self, out: Collection[Place]) -> Iterator[tuple[Number, Vector]]:
        for place, figure in self.figures.items():
            if place not in out:
                yield from (((place, number), one) for number, one in enumerate(figure.numbers))

    # What has to go

    def _attempt(self, secrets: Secrets) -> tuple[set[Place], list[Sums]]:
        """What is left out; and what would be told all the same, by the levels below alone, each as what comes to nothing."""
        out = {place for place in self.hidden if place in self.figures}
        below, stuck = self._below(out)
        while more := self._telling(below, out):
            out |= more
        # What is not told is not told either where more is left out.
        untold: set[frozenset[Number]] = set()
        while not stuck:
            known = Known.of(self.figures, out)
            more = set()
            for secret in secrets(out):
                if (name := frozenset(secret)) in untold:
                    continue
                made_of = known.told_by(self.vector(secret))
                if made_of is None:
                    untold.add(name)
                elif not any(place in more for place, _ in made_of):
                    more |= self._least(made_of)
                    stuck += [] if self._own(made_of) else [_less(secret, made_of)]
            if not more:
                break
            out |= more
        return out, stuck

    def _own(self, made_of: Sums) -> list[Place]:
        return [place for place, _ in made_of if place[0] == self.level and place not in self.hidden]

    def _least(self, made_of: Sums) -> set[Place]:
        own = self._own(made_of)
        return {min(own, key=lambda place: self.figures[place].cost)} if own else set()

    def _below(self, out: Collection[Place]) -> tuple[list[Number], list[Sums]]:
        """What is left out below and does not follow from what is shown there; and what would follow from it only here."""
        hidden = [(place, number) for place in sorted(out) if place[0] != self.level for number in self._of(place)]
        known, found, told = Known(), [], []
        shown = [one for one in self._shown(out) if one[0][0][0] != self.level] if hidden else []
        for number, vector in sorted(shown, key=lambda pair: len(pair[1])):
            known.add(number, vector)
        for one in hidden:
            made_of = known.add(one, self._vector_of(one))
            if made_of is None:
                found.append(one)
            else:
                told.append(_less({one: 1}, made_of))
        return found, [one for one in told if self._opens(one)]

    def _telling(self, below: Sequence[Number], out: Collection[Place]) -> set[Place]:
        """Figures of this level that with others would tell something of what is left out below."""
        found: set[Place] = set()
        known = Known.of(self.figures, out) if below else Known()
        for one in below:
            made_of = known.add(one, self._vector_of(one))
            if made_of is not None and not any(place in found for place, _ in made_of):
                found |= self._least(made_of)
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

    def _opens(self, sums: Sums) -> bool:
        """Whether these come to nothing only because something counts nothing. Each such part has a number drawn by lot, and what
        comes to nothing anyhow does so with them, too."""
        found = 0
        for lower, of in self._by_group(sums).items():
            for group, names in of.items():
                found += sum(often * self.lots.get((lower, group, name), 0) for name, often in names.items())
        return found % PRIME != 0

    def _draw(self) -> None:
        self.lots, drawn = {}, Random(0)  # noqa: S311  # no secret: the same each time
        for group in self._all_groups():
            there = self.own.get(group, {})
            at = [(lower, tuple(group[place] for place in places)) for lower, places in self._lower()]
            for kind, names in self.counted.flags.items():
                if kind not in there:
                    lot = drawn.randrange(PRIME)
                    for one in product(at, names):
                        key = (*one[0], one[1])
                        self.lots[key] = self.lots.get(key, 0) + lot

    def _lower(self) -> list[tuple[Names, list[int]]]:
        lower = [one for one in self.counted.groups if set(one) <= set(self.level)]
        return [(one, [self.level.index(name) for name in one]) for one in lower]

    def _all_groups(self) -> Iterator[Group]:
        """Each value of a dimension with each of another, whether there is such a row or not."""
        return product(*(sorted({group[place] for group in self.own}) for place in range(len(self.level))))

    def _candidates(self, sums: Sums) -> Iterator[tuple[bool, bool, Group]]:
        """Those first of which no table with fewer dimensions says that there is nothing."""
        times = self._by_group(sums)
        for group in self._all_groups():
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

"""Which figures of each table have to go, so that all tables of a report together tell nobody a small number. Pure.

A table by some dimensions, a level, is decided after those by fewer of them, which then stay as they are: so the same figure is
shown or not in whatever question it is asked. Two things make that hold for all levels together. A level that is decided tells
of those below it nothing that they do not tell themselves, neither a figure nor a sum or difference of some; so whoever joins
two levels that know nothing of each other learns of what they have in common only what is shown there. And where those below
would tell a small number of it because something else counts nothing, that nothing is not shown either.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from careplans.deidentified.cells import PRIME, Figure, Known, Vector
from careplans.reports.beyond.counted import NOTHING, Counted, Group, Names, Number, Place, Sums

Stuck = tuple[Hashable, Sums]
Secrets = Callable[[Collection[Place]], Iterable[Sums]]
"""By what is left out, the sums that nobody may learn."""


@dataclass
class Level:
    """`hidden`: what is left out at the levels below, and of this one so far."""

    counted: Counted
    level: Names
    hidden: set[Place]
    own: dict[Group, dict[Hashable, int]] = field(init=False)
    values: list[list[str]] = field(init=False)
    opened: set[Group] = field(default_factory=set)
    figures: dict[Place, Figure] = field(default_factory=dict)
    """Of this level and those below."""
    untold: set[Hashable] = field(default_factory=set)
    """What is not told is not told either where more is left out, or unknown."""
    hopeless: set[Hashable] = field(default_factory=set)
    """Told by the levels below, whatever is left out here: nothing that they protect is."""

    def __post_init__(self) -> None:
        self.own = self.counted.at(self.level)
        self.values = [sorted({group[place] for group in self.own}) for place in range(len(self.level))]

    def protect(self, secrets: Secrets) -> set[Place]:
        """What is left out here, with `hidden`."""
        while True:
            self._figure()
            out, stuck = self._attempt(secrets)
            if not stuck:
                return {place for place in out if place[0] == self.level}
            self.hidden |= {place for place in out if place[0] == self.level}
            done = [self._hide(sums) or self._open(sums) for _, sums in stuck]
            self.hopeless |= set() if any(done) else {name for name, _ in stuck}

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

    def _names_of(self, measure: str) -> Sequence[str]:
        return self._all_names() if measure == NOTHING else self.counted.numbers[measure]

    def _all_names(self) -> list[str]:
        return [name for names in self.counted.numbers.values() for name in names]

    def _vector(self, sums: Sums, figures: Mapping[Place, Figure]) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for (place, number), times in sums.items():
            for part, often in figures[place].numbers[number].items():
                found[part] = found.get(part, 0) + times * often
        return {part: times for part, times in found.items() if times}

    def _of(self, place: Place) -> range:
        return range(len(self.figures[place].numbers))

    def _shown(self, out: Collection[Place]) -> Iterator[tuple[Number, Vector]]:
        for place, figure in self.figures.items():
            if place not in out:
                yield from (((place, number), one) for number, one in enumerate(figure.numbers))

    # What has to go

    def _attempt(self, secrets: Secrets) -> tuple[set[Place], list[Stuck]]:
        """What is left out; and what would be told all the same, by the levels below alone, each as what comes to nothing."""
        out = {place for place in self.hidden if place in self.figures}
        below = self._below(out)
        stuck: list[Stuck] = []
        figures = self._thinned(out)
        while not stuck and (more := self._telling(figures, below, out, stuck)):
            out |= more
        while not stuck:
            known, more = Known.of(figures, out), set()
            for secret in secrets(out):
                if (name := frozenset(secret.items())) in self.untold or name in self.hopeless:
                    continue
                made_of = self._told_by(secret, figures, known)
                if made_of is None:
                    self.untold.add(name)
                elif not any(place in more for place, _ in made_of):
                    more |= (least := self._least(made_of))
                    stuck += [] if least else [(name, _less(secret, made_of))]
            if not more:
                break
            out |= more
        return out, stuck

    def _told_by(self, secret: Sums, figures: Mapping[Place, Figure], known: Known) -> Sums | None:
        """None where nothing tells it. What is of groups alone that are left away is told by those."""
        if vector := self._vector(secret, figures):
            return known.told_by(vector)
        return {} if self._vector(secret, self.figures) else None

    def _thinned(self, out: Collection[Place]) -> dict[Place, Figure]:
        """Without the groups of which everything is shown, each kind of row told: what is known is no unknown. Most are such, and
        one of them is left out only where nothing else helps."""
        known: dict[Group, Known] = {}
        hidden = {group for level, group, _ in out if level == self.level}
        for (level, group, measure), figure in self.figures.items():
            if level == self.level and group not in hidden:
                for number, vector in enumerate(figure.numbers):
                    known.setdefault(group, Known()).add((measure, number), vector)
        told = [group for group, one in known.items() if len(one.rows) == len(self.own.get(group, ()))]
        known_parts = {(group, kind) for group in told for kind in self.own.get(group, ())}
        return {
            place: replace(figure, numbers=[
                {part: times for part, times in vector.items() if part not in known_parts} for vector in figure.numbers
            ])
            for place, figure in self.figures.items()
        }  # fmt: skip

    def _hide(self, sums: Sums) -> bool:
        """Of the groups that were left away as known, a figure by which these come to nothing. False where there is none."""
        rest: dict[Group, dict[Any, int]] = {}
        for (group, kind), times in self._vector(sums, self.figures).items():
            if times % PRIME:
                rest.setdefault(group, {})[group, kind] = times
        told: set[Place] = set()
        for group, vector in rest.items():
            own = {place: one for place, one in self.figures.items() if place[:2] == (self.level, group)}
            told |= {place for place, _ in Known.of(own, self.hidden).told_by(vector) or {}}
        if told:
            self.hidden.add(min(told, key=lambda place: self.figures[place].cost))
        return bool(told)

    def _own(self, made_of: Sums) -> list[Place]:
        return [place for place, _ in made_of if place[0] == self.level and place not in self.hidden]

    def _least(self, made_of: Sums) -> set[Place]:
        own = self._own(made_of)
        return {min(own, key=lambda place: self.figures[place].cost)} if own else set()

    def _below(self, out: Collection[Place]) -> list[Number]:
        """What is left out below and does not follow from what is shown there, whatever else counts something or nothing."""
        below = [place for place in self.figures if place[0] != self.level]
        hidden = [place for place in below if place in out]
        known, basis, found = Known(), self.counted.basis(), []
        for place in [*(place for place in below if hidden and place not in out), *hidden]:
            at = self._across(place)
            for number, name in enumerate(self._names_of(place[2])):
                vector: Vector = {
                    (one, part): sign * often for one, sign in at.items() for part, often in basis[name].items()
                }
                if known.add((place, number), vector) is None and place in out:
                    found.append((place, number))
        return found

    def _across(self, place: Place) -> dict[Group, int]:
        """A figure of a level below as sums of others: of each dimension the last value is all, of which nothing is said
        here, less the others. So nearly each is itself alone."""
        found: dict[Group, int] = {(): 1}
        given = dict(zip(place[0], place[1], strict=True))
        for number, name in enumerate(self.level):
            values = self.values[number]
            ways = [(given.get(name, ""), 1)]
            if given.get(name) == values[-1]:
                ways = [("", 1), *((value, -1) for value in values[:-1])]
            found = {
                (*at, f"={value}" if value else ""): times * sign for at, times in found.items() for value, sign in ways
            }
        return found

    def _telling(
        self, figures: Mapping[Place, Figure], below: Sequence[Number], out: Collection[Place], stuck: list[Stuck]
    ) -> set[Place]:
        """Figures of this level that with others would tell something of what is left out below."""
        found: set[Place] = set()
        known = Known.of(figures, out) if below else Known()
        for one in below:
            made_of = known.add(one, figures[one[0]].numbers[one[1]])
            if made_of is None or one in self.hopeless or any(place in found for place, _ in made_of):
                continue
            found |= (least := self._least(made_of))
            stuck += [] if least else [(one, _less({one: 1}, made_of))]
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

    def _lower(self) -> list[tuple[Names, list[int]]]:
        lower = [one for one in self.counted.groups if set(one) <= set(self.level)]
        return [(one, [self.level.index(name) for name in one]) for one in lower]

    def _all_groups(self) -> Iterator[Group]:
        """Each value of a dimension with each of another, whether there is such a row or not."""
        return product(*self.values)

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
            name = self._names_of(measure)[number]
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

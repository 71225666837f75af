"""The figures of a report as they are counted: by level and group, as sums of kinds of rows. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careplans.deidentified.cells import Known

Names = tuple[str, ...]
Group = tuple[str, ...]
Place = tuple[Names, Group, str]
"""A figure: the dimensions of its table, their values, and its measure."""
Number = tuple[Place, int]
"""Of a figure that tells several numbers, which."""
Sums = Mapping[Number, int]
"""A number as a sum of numbers: how often each is in it."""
# Of a row that is not there: all its figures, each of which would be 0.
NOTHING = ""


@dataclass(frozen=True)
class Counted:
    """Figures as they are told: by measure the names of its numbers, by level and group how much each number is. `parts`: by
    group of all dimensions, how many rows of which kind; `flags`: by kind, which numbers count it. `cost` of a figure: what is
    left out before others, in order."""

    names: Names
    numbers: Mapping[str, Sequence[str]]
    parts: Mapping[Group, Mapping[Any, int]]
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

    def basis(self) -> dict[str, dict[str, int]]:
        """Each number as a sum of some that do not follow from each other."""
        known, found = Known(), {}
        for name in dict.fromkeys(name for names in self.numbers.values() for name in names):
            kinds = sorted((kind for kind, flags in self.flags.items() if name in flags), key=str)
            made_of = known.add(name, dict.fromkeys(kinds, 1))
            found[name] = {name: 1} if made_of is None else made_of
        return found

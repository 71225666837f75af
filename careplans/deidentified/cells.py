"""Small numbers of a table, left out so that nobody works them out from what is shown beside them. Pure.

First every number from 1 to under the smallest that is shown. Then, while one of them can be worked out, another with it. What
can be worked out is decided by linear algebra: each number is a sum of parts that nobody is shown, and it is known where it is a
combination of numbers that are shown. The algebra is done modulo a large prime: it never overlooks what can be worked out with
whole numbers up to that, and so never shows what should be left out.

Not by numpy: it counts in 64 bits, in which a product modulo such a prime has no room, and in floating point a rank is a guess.
Nothing else at run time needs it, and the rows here are sparse.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Sum = tuple[Key, Collection[Key]]
"""A number, and those that come to it: its name and theirs."""
Vector = Mapping[Hashable, int]
"""A number as a sum of parts: how often each is in it."""
PRIME = 2**61 - 1


@dataclass(frozen=True)
class Figure:
    """What is shown or left out as a whole: its numbers, each as a sum of parts. `cost`: what is left out before others, in
    order."""

    numbers: Sequence[Vector]
    cost: tuple[int, ...] = ()


def protected(
    figures: Mapping[Key, Figure],
    hidden: Iterable[Key],
    secrets: Callable[[Collection[Key]], Iterable[Vector]],
) -> set[Key]:
    """What has to be left out, so that no secret can be worked out: `hidden`, and as many others as it takes. `secrets`: what
    nobody may learn, by what is left out so far."""
    out = set(hidden)
    while True:
        known = Known.of(figures, out)
        more: set[Key] = set()
        for secret in secrets(out):
            told = known.told_by(secret)
            if told is not None and not any(key in more for key, _ in told):
                more.add(min((key for key, _ in told), key=lambda key: figures[key].cost))
        if not more:
            return out
        out |= more


def suppressed(cells: Mapping[Key, int], sums: Iterable[Sum[Key]], *, smallest: int) -> dict[Key, int | None]:
    """The table as it may be shown, None for what is left out. Nothing is left out where `smallest` is 1. No number stands alone
    in a sum, and those left out of one come to at least the smallest."""
    lines = [(total, list(parts)) for total, parts in sums]
    vectors = _vectors(cells, lines)
    totals = {total for total, _ in lines}
    figures = {
        key: Figure([vectors[key]], (cells[key] == 0, key in totals, cells[key], place))
        for place, key in enumerate(cells)
    }  # fmt: skip

    def secrets(out: Collection[Key]) -> Iterable[Vector]:
        yield from (vectors[key] for key in cells if key in out)
        for _, parts in lines:
            hidden = [key for key in parts if key in out]
            if 0 < sum(cells[key] for key in hidden) < smallest:
                yield added(vectors[key] for key in hidden)

    out = protected(figures, [key for key, number in cells.items() if 0 < number < smallest], secrets)
    return {key: None if key in out else number for key, number in cells.items()}


def added(vectors: Iterable[Vector]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for vector in vectors:
        for part, times in vector.items():
            found[part] = found.get(part, 0) + times
    return found


def _vectors(cells: Iterable[Key], lines: Sequence[tuple[Key, list[Key]]]) -> dict[Key, Vector]:
    """What is the sum of nothing is a part itself."""
    parts_of: dict[Key, list[Key]] = {}
    for total, parts in lines:
        parts_of.setdefault(total, parts)
    found: dict[Key, Vector] = {}

    def of(key: Key) -> Vector:
        if key not in found:
            found[key] = added(of(part) for part in parts_of[key]) if key in parts_of else {key: 1}
        return found[key]

    return {key: of(key) for key in cells}


@dataclass
class Known:
    """Everything that follows from what is shown: a basis, each row with the numbers that it is made of, and how often each."""

    rows: list[tuple[Hashable, dict[Hashable, int], dict[Any, int]]] = field(default_factory=list)
    place: dict[Hashable, int] = field(default_factory=dict)

    @classmethod
    def of(cls, figures: Mapping[Key, Figure], out: Collection[Key]) -> "Known":
        known = cls()
        shown = [
            ((key, number), one)
            for key, figure in figures.items()
            if key not in out
            for number, one in enumerate(figure.numbers)
        ]
        for name, vector in sorted(shown, key=lambda pair: len(pair[1])):
            known.add(name, vector)
        return known

    def add(self, name: Hashable, vector: Vector) -> dict[Any, int] | None:
        """Of which numbers this one is made already, and how often each is in it; None where it is new."""
        rest, made_of = self._reduced(vector)
        if not rest:
            return made_of
        pivot = next(iter(rest))
        inverse = pow(rest[pivot], -1, PRIME)
        row = {part: value * inverse % PRIME for part, value in rest.items()}
        times = {one: -value * inverse % PRIME for one, value in made_of.items()}
        times[name] = (times.get(name, 0) + inverse) % PRIME
        self.place[pivot] = len(self.rows)
        self.rows.append((pivot, row, times))
        return None

    def forget(self, count: int) -> None:
        """Everything after the first so many rows."""
        for pivot, _, _ in self.rows[count:]:
            del self.place[pivot]
        del self.rows[count:]

    def told_by(self, vector: Vector) -> dict[Any, int] | None:
        """Numbers that together tell it, and how often each is in it; None where nothing does."""
        rest, made_of = self._reduced(vector)
        return made_of if vector and not rest else None

    def _reduced(self, vector: Vector) -> tuple[dict[Hashable, int], dict[Any, int]]:
        """What is left of it, and of which numbers the rest was taken away. A later row holds no earlier pivot."""
        rest = {part: value % PRIME for part, value in vector.items() if value % PRIME}
        made_of: dict[Any, int] = {}
        while found := [self.place[part] for part in rest if part in self.place]:
            for place in sorted(found):
                pivot, row, made = self.rows[place]
                times = rest.get(pivot, 0)
                if times:
                    _take(rest, row, -times)
                    _take(made_of, made, times)
        return rest, made_of


def _take(into: dict[Any, int], of: Mapping[Any, int], times: int) -> None:
    for part, value in of.items():
        if left := (into.get(part, 0) + times * value) % PRIME:
            into[part] = left
        else:
            into.pop(part, None)

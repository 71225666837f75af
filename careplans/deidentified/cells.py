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
    order. One that is `fixed` stands in another table already, and cannot be left out here."""

    numbers: Sequence[Vector]
    cost: tuple[int, ...] = ()
    fixed: bool = False


def protected(
    figures: Mapping[Key, Figure],
    hidden: Iterable[Key],
    secrets: Callable[[Collection[Key]], Iterable[Vector]],
) -> set[Key]:
    """What has to be left out, so that no secret can be worked out: `hidden`, and as many others as it takes. `secrets`: what
    nobody may learn, by what is left out so far."""
    out = set(hidden)
    while True:
        known = _Known.of(figures, out)
        more: set[Key] = set()
        for secret in secrets(out):
            told = known.told_by(secret)
            if told is not None and not (more & told):
                can = [key for key in told if not figures[key].fixed]
                more |= {min(can, key=lambda key: figures[key].cost)} if can else set()
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
class _Known:
    """Everything that follows from what is shown: a basis, each row with the figures that it is made of."""

    rows: list[tuple[Hashable, dict[Hashable, int], set[Hashable]]] = field(default_factory=list)
    place: dict[Hashable, int] = field(default_factory=dict)

    @classmethod
    def of(cls, figures: Mapping[Key, Figure], out: Collection[Key]) -> "_Known":
        known = cls()
        shown = [(key, one) for key, figure in figures.items() if key not in out for one in figure.numbers]
        for key, vector in sorted(shown, key=lambda pair: len(pair[1])):
            rest, made_of = known._reduced(vector)
            if rest:
                pivot = next(iter(rest))
                inverse = pow(rest[pivot], -1, PRIME)
                row = {part: value * inverse % PRIME for part, value in rest.items()}
                known.place[pivot] = len(known.rows)
                known.rows.append((pivot, row, made_of | {key}))
        return known

    def told_by(self, vector: Vector) -> set[Any] | None:
        """Figures that together tell it; None where nothing does."""
        rest, made_of = self._reduced(vector)
        return made_of if vector and not rest else None

    def _reduced(self, vector: Vector) -> tuple[dict[Hashable, int], set[Hashable]]:
        """What is left of it, and of which figures the rest was taken away. A later row holds no earlier pivot."""
        rest = {part: value % PRIME for part, value in vector.items() if value % PRIME}
        made_of: set[Hashable] = set()
        while found := [self.place[part] for part in rest if part in self.place]:
            for place in sorted(found):
                pivot, row, keys = self.rows[place]
                times = rest.get(pivot, 0)
                if not times:
                    continue
                made_of |= keys
                for part, value in row.items():
                    left = (rest.get(part, 0) - times * value) % PRIME
                    if left:
                        rest[part] = left
                    else:
                        rest.pop(part, None)
        return rest, made_of

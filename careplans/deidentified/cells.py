"""Small numbers of a table, left out so that nobody works them out from its sums.

First every number from 1 to under the smallest that is shown. Then, while a number that was left out can be worked out from sums
that are shown, another one with it. What can be worked out is decided exactly: the sums are equations, and a number is known
where they have but one answer for it. No number stands alone in a sum, and those left out of one come to at least the smallest.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Sum = tuple[Key, Collection[Key]]
"""A number, and those that come to it: its name and theirs."""


def suppressed(cells: Mapping[Key, int], sums: Iterable[Sum[Key]], *, smallest: int) -> dict[Key, int | None]:
    """The table as it may be shown, None for what is left out. Nothing is left out where `smallest` is 1."""
    lines = [[total, *parts] for total, parts in sums]
    hidden = {key for key, number in cells.items() if 0 < number < smallest}
    while more := _next(cells, lines, hidden, smallest):
        hidden |= more
    return {key: None if key in hidden else number for key, number in cells.items()}


def _next(cells: Mapping[Key, int], lines: Sequence[list[Key]], hidden: set[Key], smallest: int) -> set[Key]:
    """One number more that has to go; empty where what is left out is safe."""
    for line in lines:
        out = [key for key in line if key in hidden]
        bare = out and (len(out) == 1 or sum(cells[key] for key in out) < smallest)
        if bare and (found := _cheapest(cells, line, hidden)):
            return {found[0]}
    known = _worked_out(lines, hidden)
    for line in lines:
        if known & set(line) and (found := _cheapest(cells, line, hidden)):
            return {found[0]}
    return set()


def _cheapest(cells: Mapping[Key, int], line: list[Key], hidden: set[Key]) -> list[Key]:
    """What costs the reader least: the smallest number that is not 0, a part rather than the sum."""
    left = [key for key in line if key not in hidden]
    return sorted(left, key=lambda key: (cells[key] == 0, key == line[0], cells[key], line.index(key)))


def _worked_out(lines: Sequence[list[Key]], hidden: set[Key]) -> set[Key]:
    """Those that the sums tell: in the reduced equations of what is left out they stand alone."""
    names = list(hidden)
    rows = [[Fraction((-1 if key == line[0] else 1) * (key in line)) for key in names] for line in lines]
    rank = 0
    for column in range(len(names)):
        pivot = next((n for n in range(rank, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        head = rows[rank][column]
        rows[rank] = [value / head for value in rows[rank]]
        for n, row in enumerate(rows):
            if n != rank and row[column]:
                factor = row[column]
                rows[n] = [value - factor * own for value, own in zip(row, rows[rank], strict=True)]
        rank += 1
    return {
        names[column]
        for row in rows[:rank]
        if len(found := [n for n, value in enumerate(row) if value]) == 1
        for column in found
    }

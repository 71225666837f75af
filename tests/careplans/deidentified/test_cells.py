"""Small numbers of tables: which are left out, and that nobody works them out."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careplans.deidentified.cells import suppressed


def table(rows):
    """A table of rows and columns with both sums: its numbers, and which is the sum of which."""
    cells, sums = {}, []
    width = len(rows[0])
    for y, row in enumerate(rows):
        cells |= {(y, x): number for x, number in enumerate(row)} | {(y, "sum"): sum(row)}
        sums.append(((y, "sum"), [(y, x) for x in range(width)]))
    for x in [*range(width), "sum"]:
        cells["sum", x] = sum(cells[y, x] for y in range(len(rows)))
        sums.append((("sum", x), [(y, x) for y in range(len(rows))]))
    sums.append((("sum", "sum"), [("sum", x) for x in range(width)]))
    return cells, sums


def test_a_small_number_goes_and_another_with_it():
    """By hand: 2 is too small. Alone it is 20 - 8 - 10, so the smallest of the others goes, too."""
    cells = {"all": 20, "a": 2, "b": 8, "c": 10}
    told = suppressed(cells, [("all", ["a", "b", "c"])], smallest=5)
    assert told == {"all": 20, "a": None, "b": None, "c": 10}


def test_nothing_goes_where_nothing_is_small():
    cells, sums = table([[5, 7], [0, 9]])
    assert suppressed(cells, sums, smallest=5) == cells


def test_zero_is_shown_and_goes_last():
    cells = {"all": 13, "a": 3, "b": 0, "c": 10}
    assert suppressed(cells, [("all", ["a", "b", "c"])], smallest=5) == {"all": 13, "a": None, "b": 0, "c": None}


def test_a_sum_goes_where_its_only_part_does():
    cells = {"all": 3, "a": 3, "b": 0}
    assert suppressed(cells, [("all", ["a", "b"])], smallest=5) == {"all": None, "a": None, "b": 0}


def test_two_ones_are_not_told_by_their_sum():
    """1 and 1 of 12 with 10 shown: both are at least 1, so both would be known."""
    cells = {"all": 12, "a": 1, "b": 1, "c": 10}
    told = suppressed(cells, [("all", ["a", "b", "c"])], smallest=5)
    assert [name for name, number in told.items() if number is None] == ["a", "b", "c"]


def test_one_shows_every_number():
    cells, sums = table([[1, 2], [3, 4]])
    assert suppressed(cells, sums, smallest=1) == cells


def test_what_two_sums_tell_together_goes_too():
    """a + b = 20 and a + b + c = 22: no sum has one number missing, and c is their difference."""
    cells = {"s": 20, "t": 22, "a": 3, "b": 17, "c": 2, "d": 30, "all": 52}
    sums = [("s", ["a", "b"]), ("t", ["a", "b", "c"]), ("all", ["t", "d"])]
    told = suppressed(cells, sums, smallest=5)
    assert told["c"] is None
    assert len(answers(told, sums, "c", most=40)) > 1


def answers(told, sums, wanted, most):
    """Which numbers the one that is wanted can be, by what is shown; by trying all."""
    names = [key for key, number in told.items() if number is None]
    found = set()
    for guess in product(range(most), repeat=len(names)):
        known = told | dict(zip(names, guess, strict=True))
        if all(known[total] == sum(known[part] for part in parts) for total, parts in sums):
            found.add(known[wanted])
    return found


@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=3), min_size=2, max_size=3).filter(
    lambda rows: len({len(row) for row in rows}) == 1
))  # fmt: skip
def test_no_number_that_was_left_out_has_but_one_answer(rows):
    """Worked out here by other means: two tables that differ in the number and are shown alike."""
    cells, sums = table(rows)
    told = suppressed(cells, sums, smallest=5)
    assert all(told[key] is None for key, number in cells.items() if 0 < number < 5)
    assert all(number in (None, cells[key]) for key, number in told.items())
    hidden = [key for key, number in told.items() if number is None]
    for key in hidden:
        assert moves(key, hidden, sums), (rows, key)


def moves(key, hidden, sums):
    """Whether some change of what is left out changes this number and no sum: looked for among changes by one to three."""
    names = sorted(hidden, key=str)
    lines = [({total: -1} | dict.fromkeys(parts, 1)) for total, parts in sums]
    seen = [{name: line[name] for name in line if name in hidden} for line in lines]
    return _search({key: 1}, seen, names, depth=12)


def _search(change, lines, names, depth):
    off = next((line for line in lines if sum(change.get(name, 0) * sign for name, sign in line.items())), None)
    if off is None:
        return True
    if not depth:
        return False
    rest = sum(change.get(name, 0) * sign for name, sign in off.items())
    return any(
        _search(change | {name: -rest * off[name]}, lines, names, depth - 1)
        for name in names
        if name in off and name not in change
    )


@pytest.mark.parametrize("smallest", [2, 5, 10])
def test_it_ends(smallest):
    cells, sums = table([[number % 7 for number in range(line, line + 8)] for line in range(8)])
    told = suppressed(cells, sums, smallest=smallest)
    assert any(number is None for number in told.values())

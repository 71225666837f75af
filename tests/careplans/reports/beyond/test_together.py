"""Everything that somebody from outside of several boards can ask of one report, put together: of all boards, of each, by any
dimensions and filters. Nobody works out of all answers together a number that is too small, by any sum or difference: tried here
with linear algebra of its own, over numbers that are made up.
"""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from careplans.reports import shown
from careplans.reports.asked import read_asked
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD
from careplans.reports.figures import HIDDEN, Share
from tests.factories import join, make_board

pytestmark = pytest.mark.django_db
SMALLEST = 5
PRIME = 2**31 - 1
WHERE = {
    "n": lambda x, y: 1, "x": lambda x, y: x, "y": lambda x, y: y, "both": lambda x, y: x * y,
    "rest": lambda x, y: y * (1 - x),
}  # fmt: skip
MEASURES = (
    Measure("n", "All", "All."),
    Measure("x", "X", "Where x.", where="u.x = 1"),
    Measure("share", "Share", "X among y.", Kind.SHARE, where="u.x = 1", among="u.y = 1"),
)
VALUES = {"a": ("p", "q"), "b": ("u", "v", "w")}
KINDS = tuple(product((0, 1), repeat=2))
COUNTS = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 20])


@pytest.fixture
def boards(board, anselm):
    others = [make_board(name, institution=board.institution) for name in ("Eastgate", "Westgate")]
    for one in others:
        join(anselm, one, Role.ANALYST)
    return [board.pk, *(one.pk for one in others)]


def report_of(boards, counts):
    """`counts`: by place of the board, value of a, value of b and kind, how many rows; each of a case of its own."""
    made = [
        (boards[place], *values, *kind) for (place, *values, kind), count in counts.items() for _ in range(count)
    ] or [(0, "p", "u", 0, 0)]  # fmt: skip
    lines = [
        f"SELECT {n} AS id, {n} AS case_id, {n} AS plan_id, CAST('2026-03-01' AS date) AS day, {board} AS board_id, "
        f"CAST('{a}' AS text) AS a, CAST('{b}' AS text) AS b, {x} AS x, {y} AS y"
        for n, (board, a, b, x, y) in enumerate(made, start=1)
    ]
    dimensions = (BOARD, Dimension("a", "A", "a", ""), Dimension("b", "B", "b", ""))
    return Report("made-up", "Made up", "?", (), "", " UNION ALL ".join(lines), dimensions, MEASURES, (), "rows")


def calls(boards, dimensions):
    """Every question: told by a dimension, or of one value of it, or neither."""
    values = {name: VALUES[name] for name in dimensions} | {"board": [str(pk) for pk in boards]}
    for chosen in product(*([None, "by", *values[name]] for name in values)):
        told = dict(zip(values, chosen, strict=True))
        by = ",".join(name for name, one in told.items() if one == "by")
        yield {"by": by} | {name: one for name, one in told.items() if one not in (None, "by")}


class Learnt:
    """What follows from sums of parts: each part by board, a, b and kind."""

    def __init__(self, boards):
        places = list(product(range(len(boards)), VALUES["a"], VALUES["b"], KINDS))
        self.place, self.boards, self.rows = {one: n for n, one in enumerate(places)}, boards, {}

    def vector(self, at, weight):
        found = [0] * len(self.place)
        for (place, a, b, kind), n in self.place.items():
            is_in = at.get("board") in (None, str(self.boards[place])) and at.get("a") in (None, a)
            if is_in and at.get("b") in (None, b):
                found[n] = weight(*kind) % PRIME
        return found

    def rest(self, vector):
        for n in range(len(vector)):
            if (value := vector[n]) and n in self.rows:
                vector = [(one - value * other) % PRIME for one, other in zip(vector, self.rows[n], strict=True)]
        return vector

    def take(self, at, weight):
        rest = self.rest(self.vector(at, weight))
        first = next((n for n, value in enumerate(rest) if value), None)
        if first is not None:
            inverse = pow(rest[first], -1, PRIME)
            self.rows[first] = [value * inverse % PRIME for value in rest]

    def tells(self, at, weight):
        return not any(self.rest(self.vector(at, weight)))


def weights_of(name):
    return [WHERE["both"], WHERE["y"]] if name == "share" else [WHERE[name]]


def learn(learnt, report, person, asked_for, values):
    asked = read_asked(report, person, asked_for)
    answer = shown.answer(asked, by=person)
    at = {name: value for name, value in asked_for.items() if name != "by"}
    for row in (*answer.rows, answer.total):
        here = at | {name: str(value) for name, value in row.at.items()}
        for name, figure in row.figures.items():
            if figure is not HIDDEN:
                for weight in weights_of(name):
                    learnt.take(here, weight)
                assert not is_few(figure), (here, name, figure)
    if not answer.has_left_out and asked.by:
        there = {tuple(str(row.at[name]) for name in asked.by) for row in answer.rows}
        for group in product(*(values[name] for name in asked.by)):
            if group not in there:
                for weight in WHERE.values():
                    learnt.take(at | dict(zip(asked.by, group, strict=True)), weight)


def is_few(figure):
    numbers = (figure.count, figure.among, figure.among - figure.count) if isinstance(figure, Share) else (figure,)
    return any(0 < number < SMALLEST for number in numbers)


def found_out(learnt, boards, counts, dimensions):
    """Numbers under the smallest that are told, each with where it stands."""
    values = [("board", [None, *map(str, boards)]), *((name, [None, *VALUES[name]]) for name in dimensions)]
    beyond = {"n less x": lambda x, y: 1 - x}
    for chosen in product(*(of for _, of in values)):
        at = {name: one for (name, _), one in zip(values, chosen, strict=True) if one is not None}
        vector = learnt.vector(at, lambda x, y: 1)
        for name, weight in (WHERE | beyond).items():
            number = sum(counts.get(place, 0) * weight(*place[3]) for place, n in learnt.place.items() if vector[n])
            if 0 < number < SMALLEST and learnt.tells(at, weight):
                yield at, name, number


@pytest.fixture
def together(boards, anselm, monkeypatch):
    """Of made-up counts what small numbers are found out of all answers."""
    first = shown.few_of

    def try_all(counts, dimensions=("a", "b")):
        known = {}

        def once(asked, smallest, family=None):
            key = frozenset((*asked.by, *asked.wanted)), family and tuple(family)
            if key not in known:
                known[key] = first(asked, smallest, family)
            return known[key]

        monkeypatch.setattr(shown, "few_of", once)
        report, learnt = report_of(boards, counts), Learnt(boards)
        values = {**VALUES, "board": [str(pk) for pk in boards]}
        for asked_for in calls(boards, dimensions):
            learn(learnt, report, anselm, asked_for, values)
        return list(found_out(learnt, boards, counts, dimensions))

    return try_all


def test_what_is_shown_is_told(boards):
    """The tool itself: of all and two boards follows the third, and of none how many are of p."""
    learnt = Learnt(boards)
    learnt.take({}, WHERE["n"])
    learnt.take({"board": str(boards[0])}, WHERE["n"])
    assert learnt.tells({}, WHERE["n"])
    assert not learnt.tells({"board": str(boards[1])}, WHERE["n"])
    learnt.take({"board": str(boards[1])}, WHERE["n"])
    assert learnt.tells({"board": str(boards[2])}, WHERE["n"])
    assert not learnt.tells({"a": "p"}, WHERE["n"])


def rows(count, board, a="p", b="u", x=0, y=0):
    return {(board, a, b, (x, y)): count}


def test_one_board_is_not_the_difference_of_all_and_the_others(together):
    """3 at the third board: 19 of all, less 9 and 7."""
    assert together(rows(9, 0) | rows(7, 1) | rows(3, 2)) == []


def test_nor_is_a_row_of_it(together):
    """Of p 9 and 2, and of q 9 and 9."""
    counts = rows(9, 0) | rows(2, 1) | rows(9, 0, a="q") | rows(9, 1, a="q")
    assert together(counts) == []


def test_nor_by_what_there_is_none_of(together):
    """The first board has 17 of p and 3 of q, the second 10 of q alone: 20 and 10, and 17 and 13, each of which may be shown.
    That the second has none of p would tell the 3."""
    assert together(rows(17, 0) | rows(3, 0, a="q") | rows(10, 1, a="q")) == []


PARTS = st.tuples(st.integers(0, 2), st.sampled_from("pq"), st.sampled_from("uvw"), st.sampled_from(KINDS))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(counts=st.dictionaries(PARTS, COUNTS, max_size=14))
def test_nobody_works_out_a_small_number(together, counts):
    assert together(counts) == []

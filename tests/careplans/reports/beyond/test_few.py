"""Which figures tell of few, and which would tell those: of rows that are made up here, worked out by hand. Five is the least."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from careplans.reports.asked import read_asked
from careplans.reports.beyond import few
from careplans.reports.declared import Dimension, Kind, Measure, Report

pytestmark = pytest.mark.django_db
X = Measure("x", "X", "Where x.", where="u.x = 1")
Y = Measure("y", "Y", "Where y.", where="u.y = 1")
SHARE = Measure("share", "Share", "X among y.", Kind.SHARE, where="u.x = 1", among="u.y = 1")
PLANS = Measure("plans", "Plans", "Different plans.", of="u.plan_id")
FIRST = Measure("first", "First", "Different plans where x.", where="u.x = 1", of="u.plan_id")
OF_PLANS = Measure("of_plans", "Share of plans", "Plans with x.", Kind.SHARE, where="u.x = 1", of="u.plan_id")
SPAN = Measure("span", "Days", "Where known.", Kind.SPAN, span="u.days")
COLUMNS = ("case_id", "plan_id", "x", "y", "days", "a", "b")


def rows(count, *, of=None, first=1, **values):
    """So many, each of a case of its own, or all of case `of`."""
    place = next(NUMBERS) * 1000
    return [
        {"case_id": of or place + n, "plan_id": place + n, "x": 0, "y": 0, "days": None, "a": None, "b": None} | values
        for n in range(count)
    ]


class _Numbers:
    def __init__(self):
        self.last = 0

    def __next__(self):
        self.last += 1
        return self.last


NUMBERS = _Numbers()


@pytest.fixture
def hidden(board, chloe):
    """The figures that are left out: by the values of each row (empty of the total), the names of its measures."""
    return lambda *args, **more: _hidden(board, chloe, *args, **more)


def _hidden(board, person, made, *measures, by="", smallest=5, **wanted):
    found = few.few_of(_asked(board, person, made, measures, by, wanted), smallest)
    names = tuple(filter(None, by.split(",")))
    told: dict[tuple[str, ...], set[str]] = {}
    for level, group, measure in found.hidden:
        if level in ((), names):
            told.setdefault(group, set()).add(measure)
    return told


def _asked(board, person, made, measures, by, wanted: Mapping[str, str]):
    lines = [
        f"SELECT {number} AS id, {board.pk} AS board_id, CAST('2026-03-01' AS date) AS day, "
        + ", ".join(f"{_literal(row[name], name)} AS {name}" for name in COLUMNS)
        for number, row in enumerate(made, start=1)
    ]
    report = Report(
        "made-up", "Made up", "?", (), "", " UNION ALL ".join(lines),
        (Dimension("a", "A", "a", ""), Dimension("b", "B", "b", ""), Dimension("x", "X", "x", ""), Dimension("y", "Y", "y", "")),
        measures, (), "rows",
    )  # fmt: skip
    asked = read_asked(report, person, {"by": by} | wanted)
    return replace(asked, boards=(board.pk,))


def _literal(value, name):
    kind = "text" if name in ("a", "b") else "integer"
    return f"CAST({'NULL' if value is None else repr(value)} AS {kind})"


# What is of few


@pytest.mark.parametrize(("count", "is_out"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_count_of_fewer_than_five_is_left_out(hidden, count, is_out):
    assert hidden(rows(count, x=1) + rows(20), X) == ({(): {"x"}} if is_out else {})


def test_five_rows_of_one_patient_are_one_patient(hidden):
    assert hidden(rows(6, x=1, of=7) + rows(20), X) == {(): {"x"}}


def test_of_two_one_is_few(hidden):
    assert hidden(rows(1, x=1) + rows(20), X, smallest=2) == {(): {"x"}}
    assert hidden(rows(2, x=1) + rows(20), X, smallest=2) == {}


def test_under_one_nothing_is_of_few(hidden):
    assert hidden(rows(1, x=1) + rows(20), X, smallest=1) == {}


@pytest.mark.parametrize(
    ("counted", "others", "is_out"),
    [(4, 16, True), (16, 4, True), (5, 15, False), (15, 5, False), (0, 4, True), (0, 20, False), (20, 0, False)],
)
def test_a_share_is_of_few_by_what_it_counts_or_lacks_or_is_of(hidden, counted, others, is_out):
    found = hidden(rows(counted, x=1, y=1) + rows(others, y=1) + rows(30), SHARE)
    assert found == ({(): {"share"}} if is_out else {})


def test_what_a_share_lacks_is_of_one_patient(hidden):
    assert hidden(rows(10, x=1, y=1) + rows(6, y=1, of=7) + rows(30), SHARE) == {(): {"share"}}


@pytest.mark.parametrize(("without", "is_out"), [(4, True), (5, False)])
def test_a_share_of_plans_lacks_plans_and_not_rows(hidden, without, is_out):
    """Each plan has a row without x, also those that have one with it: of rows it lacks more than of plans."""
    plans = rows(10, x=1)
    others = [one | {"x": 0, "case_id": one["case_id"] + 500} for one in plans]
    found = hidden(plans + others + rows(without), OF_PLANS)
    assert found == ({(): {"of_plans"}} if is_out else {})


@pytest.mark.parametrize(("count", "is_out"), [(4, True), (5, False)])
def test_a_median_of_fewer_than_five_is_left_out(hidden, count, is_out):
    assert hidden(rows(count, days=3) + rows(20), SPAN) == ({(): {"span"}} if is_out else {})


# What would tell it


def test_the_next_smallest_goes_with_it(hidden):
    """Of 17 in all, with 9 and 6 shown, 2 would be the rest."""
    made = rows(9, a="p", x=1) + rows(6, a="q", x=1) + rows(2, a="r", x=1)
    assert hidden(made, X, by="a") == {("q",): {"x", "all_rows"}, ("r",): {"x", "all_rows"}}


def test_few_together_take_another_with_them(hidden):
    """2 and 2 left out of 24 are 4 together, which is told by the 20."""
    made = rows(20, a="p") + rows(2, a="q") + rows(2, a="r")
    assert set(hidden(made, by="a")) == {("p",), ("q",), ("r",)}


def test_five_together_do_not(hidden):
    made = rows(20, a="p") + rows(2, a="q") + rows(3, a="r")
    assert set(hidden(made, by="a")) == {("q",), ("r",)}


def test_counts_of_a_row_that_come_to_all_are_told_together(hidden):
    """8 of neither; 2 of x and 2 of y are 4 of 12."""
    neither = Measure("neither", "Neither", "", where="u.x = 0 AND u.y = 0")
    found = hidden(rows(8) + rows(2, x=1) + rows(2, y=1), X, Y, neither)
    assert found == {(): {"x", "y", "neither"}}


def test_what_is_not_recorded_is_a_value_like_others(hidden):
    made = rows(9, a="p") + rows(9, a="q") + rows(2)
    assert set(hidden(made, by="a")) >= {("none",)}


def test_a_total_that_is_shown_is_not_taken_back(hidden):
    """Of q 2 with u and 7 with v; the totals of p, q, u and v (12, 9, 8, 13) are shown, and so all four cells go."""
    made = rows(6, a="p", b="u") + rows(6, a="p", b="v") + rows(2, a="q", b="u") + rows(7, a="q", b="v")
    assert hidden(made, by="a") == {}
    assert set(hidden(made, by="a,b")) == {(one, other) for one in "pq" for other in "uv"}


def test_a_filter_hides_what_the_table_hides(hidden, board, chloe):
    made = rows(9, a="p", x=1) + rows(6, a="q", x=1) + rows(2, a="r", x=1)
    for value, is_out in (("p", False), ("q", True), ("r", True)):
        found = few.few_of(_asked(board, chloe, made, (X,), "", {"a": value}), 5)
        assert found.is_hidden({"a": value}, "x") is is_out
    assert not found.is_hidden({}, "x")


def test_what_goes_with_it_is_left_out_below_it_too(hidden):
    """Of a p, q and r, all of b u: q goes with r, and so must q of u, which is the same number."""
    made = rows(9, a="p", b="u") + rows(6, a="q", b="u") + rows(2, a="r", b="u")
    assert set(hidden(made, by="a")) == {("q",), ("r",)}
    assert set(hidden(made, by="a,b")) == {("q", "u"), ("r", "u")}


def test_none_is_left_out_after_some(hidden):
    """2 of q need company: the 6 of s, since with the none of r they were 2 still."""
    made = rows(9, a="p", x=1) + rows(2, a="q", x=1) + rows(9, a="q") + rows(10, a="r")
    made += rows(6, a="s", x=1) + rows(9, a="s")
    assert {group for group, names in hidden(made, X, by="a").items() if "x" in names} == {("q",), ("s",)}


def test_counts_of_a_row_are_told_by_two_others(hidden):
    """Of 20 rows 8 of a first and 8 of a second kind; 2 and 2 are the other 4."""
    others = [Measure(f"kind_{a}", a, "", where=f"u.a = '{a}'") for a in "pqrs"]
    made = rows(8, a="p") + rows(8, a="q") + rows(2, a="r") + rows(2, a="s")
    [out] = hidden(made, *others).values()
    assert out > {"kind_r", "kind_s"} and "all_rows" not in out


# What one figure counts beyond another


@pytest.mark.parametrize(("beyond", "is_out"), [(1, True), (4, True), (5, False), (0, False)])
def test_what_one_count_has_beyond_another_is_of_few(hidden, beyond, is_out):
    """17 plans, 16 of them first ones: one amendment. The smaller goes, and all rows stay."""
    assert hidden(rows(16, x=1) + rows(beyond), X) == ({(): {"x"}} if is_out else {})


def test_of_two_that_are_told_the_smaller_goes(hidden):
    """16 within 17 within 40."""
    made = rows(16, x=1, y=1) + rows(1, y=1) + rows(23)
    assert hidden(made, X, Y) == {(): {"x"}}


def test_as_many_of_others_are_nothing_beyond(hidden):
    """16 and 17, none of which is one of the others."""
    assert hidden(rows(16, x=1) + rows(17, y=1) + rows(30), X, Y) == {}


@pytest.mark.parametrize(("beyond", "is_out"), [(1, True), (5, False)])
def test_plans_are_told_beyond_plans_though_each_has_many_rows(hidden, beyond, is_out):
    """Each plan has six steps: by rows there are six more, or thirty."""
    made = [one | {"case_id": one["case_id"] + 100 * n} for n in range(6) for one in rows(16, x=1)]
    made = [one | {"plan_id": n % 16} for n, one in enumerate(made)]
    made += [one | {"plan_id": 1000 + n % beyond} for n, one in enumerate(rows(6 * beyond))]
    assert ("first" in hidden(made, PLANS, FIRST).get((), ())) is is_out


def test_plans_and_rows_are_not_held_against_each_other(hidden):
    """Of 20 rows 10 are of x, and of 12 plans: 12 less 10 is no number of anything."""
    made = rows(10, x=1) + [one | {"plan_id": n % 2} for n, one in enumerate(rows(10))]
    assert hidden(made, X, PLANS) == {}


@pytest.mark.parametrize(("twice", "is_out"), [(1, True), (4, True), (5, False), (0, False)])
def test_how_many_have_two_is_of_few(hidden, twice, is_out):
    """So many plans have two rows: the number of plans beside that of the rows would tell it."""
    plans = rows(10)
    doubled = [one | {"case_id": one["case_id"] + 500} for one in plans[:twice]]
    assert hidden(plans + doubled, PLANS) == ({(): {"plans"}} if is_out else {})


def test_in_each_row_by_itself(hidden):
    made = rows(16, a="p", x=1) + rows(1, a="p") + rows(16, a="q", x=1) + rows(9, a="q")
    found = hidden(made, X, by="a")
    assert found[("p",)] == {"x"} and ("q",) in found


# What cannot be asked


def test_more_than_three_dimensions_are_refused(hidden):
    with pytest.raises(ValidationError) as refused:
        hidden(rows(20), X, by="a,b", x="1", y="1")
    assert refused.value.message_dict == {"by": [few.TOO_WIDE]}
    assert hidden(rows(20), X, by="a,b", x="0") is not None


def test_the_board_may_ask_by_more(hidden):
    assert hidden(rows(20), X, by="a,b", x="1", y="1", smallest=1) == {}


def test_too_many_parts_are_refused(hidden, monkeypatch):
    made = rows(6, a="p") + rows(6, a="q")
    monkeypatch.setattr(few, "MOST_PARTS", 2)
    assert hidden(made, by="a") == {}
    monkeypatch.setattr(few, "MOST_PARTS", 1)
    with pytest.raises(ValidationError) as refused:
        hidden(made, by="a")
    assert refused.value.message_dict == {"by": [few.TOO_MANY]}

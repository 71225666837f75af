"""The table that docs/performance.md shows: goals of this machine, and what misses one is in bold."""

from bench.goals import BY_RAW, GROWTH, RAW_CASES, RAW_PLANS, STATEMENTS, THERE, Line, goals, table
from tests.test_statements import entries

RAW = {RAW_PLANS: 54.0, RAW_CASES: 10.0}


def test_goals_are_of_pages_that_are_measured():
    measured = {*entries(), "first request of a worker"}
    assert {*THERE, *BY_RAW, *STATEMENTS, *GROWTH} <= measured


def test_a_goal_of_the_other_machine_is_scaled_by_the_raw_view():
    assert goals(RAW)["plan"] == 60
    assert goals(RAW)["API plans"] == 108
    assert goals(RAW)["cases"] == 20


def row_of(line):
    return table([line], RAW).splitlines()[-1]


def test_what_misses_its_goal_is_in_bold():
    assert "| **61.0** |" in row_of(Line("plan", 51, 10))
    assert "| 59.0 |" in row_of(Line("plan", 49, 10))


def test_growth_and_statements_beyond_their_goal_are_in_bold():
    told = row_of(Line("API plans", 60, 0, small=20, statements=7, was_statements=14, bytes=372_000))
    assert "| **3.00** | **14 -> 7** of 6 | 372,000 |" in told
    assert "| 1.20 | 14 -> 6 of 6 |" in row_of(Line("API plans", 60, 0, small=50, statements=6, was_statements=14))


def test_what_was_not_measured_is_left_out():
    assert row_of(Line("notices", 9, None)) == "| notices |  | 9.0 |  |  |  |  |  |  |"

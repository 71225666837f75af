"""“Due” says until when it is not late."""

from datetime import date, timedelta

import pytest

from careplans.views.dated import dated
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def follow_up(board, ana):
    return makers.make_follow_up(makers.make_case(board, by=ana), by=ana, due_on=board.today)


def label(follow_up, board, *, until):
    follow_up.due_on, follow_up.due_until = min(board.today, until), until
    return dated(follow_up, board).label


def test_what_is_due_says_the_last_day(follow_up, board):
    until = board.today + timedelta(days=3)
    year = f" {until.year}" if until.year != board.today.year else ""
    assert label(follow_up, board, until=until) == f"Due until {until:%-d %b}{year}"


def test_it_says_the_year_where_that_is_another(follow_up, board):
    until = date(board.today.year + 1, 1, 4)
    assert label(follow_up, board, until=until) == f"Due until 4 Jan {until.year}"


def test_its_last_day_is_said_to_be_that(follow_up, board):
    assert label(follow_up, board, until=board.today) == "Due, last day"


def test_a_day_later_it_is_overdue(follow_up, board):
    assert label(follow_up, board, until=board.today - timedelta(days=1)) == "Overdue"

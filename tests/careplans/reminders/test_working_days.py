"""A reminder whose day is off goes out on the next working day; the due date stays."""

from datetime import date

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Board
from accounts.services.boards import change_board
from accounts.services.holidays import DayOff, add_holidays, remove_holiday
from careplans.models import Reminder
from careplans.reminders.retime import retime_boards
from careplans.reminders.working_days import Hour
from common.local_time import LONGEST_PAUSE_DAYS
from tests.careplans import makers

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 4, 4)


@pytest.fixture(autouse=True)
def on_a_monday():
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        yield


@pytest.fixture
def case(board, ana):
    Board.objects.filter(pk=board.pk).update(lead_days=0, grace_days=3, escalate_days=5)
    board.refresh_from_db()
    return makers.make_case(board, by=ana)


def days(follow_up):
    rows = Reminder.objects.filter(follow_up=follow_up, status="scheduled").order_by("local_day", "pk")
    return {row.kind: row.local_day for row in rows}


def test_it_goes_out_on_the_next_working_day_and_the_due_date_stays(case, board, ana, omar):
    add_holidays(board, [DayOff(date(2026, 4, 3), "Good Friday"), DayOff(SATURDAY, "Silent Saturday")], by=ana)
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 3))
    assert days(follow_up)["due"] == date(2026, 4, 5)
    assert follow_up.due_on == date(2026, 4, 3)


def test_the_chain_counts_as_before(case, board, ana, omar):
    add_holidays(board, [DayOff(date(2026, 4, 3), "Good Friday")], by=ana)
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 3))
    assert days(follow_up)["overdue"] == date(2026, 4, 7)
    assert days(follow_up)["escalation"] == date(2026, 4, 12)


def test_weekends_off(case, board, ana, omar):
    Board.objects.filter(pk=board.pk).update(weekends_off=True)
    case.board.refresh_from_db()
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=SATURDAY)
    assert days(follow_up)["due"] == date(2026, 4, 6)


def test_a_day_that_is_added_later_moves_what_was_written(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 3))
    add_holidays(board, [DayOff(date(2026, 4, 3), "Good Friday")], by=ana)
    retime_boards()
    assert days(follow_up)["due"] == SATURDAY


def test_a_day_that_is_removed_lets_it_go_out_on_its_own_day_again(case, board, ana, omar):
    add_holidays(board, [DayOff(date(2026, 4, 3), "Good Friday")], by=ana)
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=date(2026, 4, 3))
    remove_holiday(board.holidays.get(), by=ana)
    retime_boards()
    assert days(follow_up)["due"] == date(2026, 4, 3)


def test_switching_weekends_off_moves_what_lies_ahead(case, board, ana, omar):
    follow_up = makers.make_follow_up(case, by=ana, assignee=omar, due_on=SATURDAY)
    change_board(board, by=ana, expected_version=board.version, fields={"weekends_off": True}, requirements=[])
    retime_boards()
    assert days(follow_up)["due"] == date(2026, 4, 6)


@given(
    day=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    off=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=40),
    weekends=st.booleans(),
)
def test_it_is_never_dropped_and_never_early(day, off, weekends):
    hour = Hour(None, "UTC", off, weekends)
    found = hour.working_day(day)
    assert 0 <= (found - day).days < LONGEST_PAUSE_DAYS
    assert found not in off
    assert not (weekends and found.weekday() >= 5)


def test_a_board_that_is_always_off_is_reminded_all_the_same():
    hour = Hour(None, "UTC", frozenset(date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(400)))
    assert hour.working_day(date(2026, 2, 1)) == date(2026, 2, 1)

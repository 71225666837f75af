"""What stands from one test to the next is as it was made, whatever a test did to it, and it was made once."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts.models import Board, Membership
from common import writing
from tests.careplans import makers
from tests.conftest import STANDING
from tests.factories import make_board

pytestmark = pytest.mark.django_db
# How often each fixture ran, in this process; and how often it had run at the test before.
RAN, BEFORE = {"hall": 0, "pair": 0, "stubbed": 0, "opened": 0, "dated": 0}, {}


def ran_since(name):
    """How often it ran for this test: None for the first of this process, of which nobody knows."""
    before, BEFORE[name] = BEFORE.get(name), RAN[name]
    return None if before is None else RAN[name] - before


@pytest.fixture
def hall(board):
    RAN["hall"] += 1
    return make_board("Hall")


@pytest.fixture
def pair(hall, ana):
    RAN["pair"] += 1
    return SimpleNamespace(hall=hall, ana=ana, told=[])


@pytest.fixture
def dated(board):
    RAN["dated"] += 1


@pytest.fixture
def stubbed(board, monkeypatch):
    RAN["stubbed"] += 1
    monkeypatch.setattr(board, "name", "Stubbed")


@pytest.fixture
def opened(board):
    RAN["opened"] += 1
    with transaction.atomic():
        yield make_board("Opened")


@pytest.mark.parametrize("time", [1, 2, 3])
def test_rows_and_objects_are_as_they_were_made(pair, hall, board, ana, time):
    assert ran_since("pair") in (None, 0) and RAN["pair"] == 1
    assert (pair.hall is hall, pair.ana is ana, pair.told) == (True, True, [])
    assert {one.name for one in Board.objects.all()} == {"Northgate", "Hall"}
    assert (hall.name, Membership.objects.get().user) == ("Hall", ana)
    pair.told.append(time)
    hall.name = "Spoiled"
    hall.save()
    make_board("Another")


@pytest.mark.parametrize("time", [1, 2])
def test_a_failed_statement_and_a_durable_block_spoil_nothing(pair, hall, time):
    assert connection.in_atomic_block
    with transaction.atomic(durable=True):
        Board.objects.filter(pk=hall.pk).update(name="Elsewhere")
    with pytest.raises(IntegrityError):
        Board.objects.create(pk=hall.pk, name="Twice")


@pytest.mark.parametrize("time", [1, 2])
def test_what_was_made_before_midnight_is_made_anew(dated, time):
    assert ran_since("dated") in (None, 1)
    STANDING.day -= timedelta(days=1)


def test_of_whom_nobody_asks_nothing_is_there(hall):
    assert not Membership.objects.exists() and Board.objects.count() == 2


def test_without_a_fixture_nothing_is_there():
    assert not Board.objects.exists()


def test_what_is_made_anew_after_that_is_made_once_more(pair):
    assert Board.objects.count() == 2


@pytest.mark.parametrize("time", [1, 2])
def test_whatever_asks_for_more_than_rows_is_made_for_each_test(stubbed, opened, board, time):
    assert (board.name, Board.objects.count()) == ("Stubbed", 2)
    assert ran_since("stubbed") in (None, 1) and ran_since("opened") in (None, 1)


@pytest.fixture
def in_march():
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        yield


@pytest.mark.parametrize("time", [1, 2])
def test_what_is_made_on_another_day_is_made_on_that_day(in_march, hall, time):
    assert hall.created_at.date() == date(2026, 3, 2)


@pytest.mark.parametrize("time", [1, 2])
def test_and_what_came_before_that_day_is_not(hall, in_march, time):
    assert hall.created_at.date() > date(2026, 3, 2)


@pytest.mark.anew
@pytest.mark.parametrize("time", [1, 2])
def test_and_so_is_what_a_mark_says(hall, time):
    assert ran_since("hall") in (None, 1) or time == 1
    assert Board.objects.count() == 2
    make_board("Another")


@pytest.fixture
def written_over(board, ana):
    """As a verb would that tells nobody what it wrote over."""
    case = makers.make_case(board, by=ana)
    with transaction.atomic():
        writing.note_pair(case, "title", case.title, "Another")
    return case


def test_what_a_fixture_that_stands_wrote_over_is_seen_with_the_first_test(written_over, untold):
    assert "written_over" in {made.argname for made in STANDING.made} and untold == ["Case.title"]
    untold.clear()

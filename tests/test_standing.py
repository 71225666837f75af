"""What stands from one test to the next is as it was made, whatever a test did to it, and it was made once."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Board, Membership
from tests.factories import make_board

pytestmark = pytest.mark.django_db
# How often each fixture ran.
RAN = {"hall": 0, "pair": 0, "stubbed": 0, "opened": 0}


@pytest.fixture
def hall(board):
    RAN["hall"] += 1
    return make_board("Hall")


@pytest.fixture
def pair(hall, ana):
    RAN["pair"] += 1
    return SimpleNamespace(hall=hall, ana=ana, told=[])


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


def test_of_whom_nobody_asks_nothing_is_there(hall):
    assert not Membership.objects.exists() and Board.objects.count() == 2


def test_without_a_fixture_nothing_is_there():
    assert not Board.objects.exists()


def test_what_is_made_anew_after_that_is_made_once_more(pair):
    assert Board.objects.count() == 2


@pytest.mark.parametrize("time", [1, 2])
def test_whatever_asks_for_more_than_rows_is_made_for_each_test(stubbed, opened, board, time):
    assert (board.name, Board.objects.count()) == ("Stubbed", 2)
    assert (RAN["stubbed"], RAN["opened"]) == (time, time)


@pytest.mark.anew
@pytest.mark.parametrize("time", [1, 2])
def test_and_so_is_what_a_mark_says(hall, time):
    assert Board.objects.count() == 2
    make_board("Another")


def test_each_was_made_no_more_often_than_somebody_went_behind_it():
    """`hall` for the first, after the one without a fixture, and for the two that are marked."""
    assert RAN["hall"] == 4
    assert RAN["pair"] == 2

"""What a module makes once is there for each of its tests as it was made, whatever the test before did to it."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Board
from tests.databases import commits
from tests.factories import make_board

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        return make_board("Northgate").pk


@pytest.mark.parametrize("time", [1, 2])
def test_a_change_is_undone(made, time):
    assert [board.name for board in Board.objects.all()] == ["Northgate"]
    Board.objects.filter(pk=made).update(name="Elsewhere")
    make_board("Southbank")


@pytest.mark.parametrize("time", [1, 2])
def test_a_failed_statement_spoils_nothing_for_the_next(made, time):
    assert Board.objects.get().name == "Northgate"
    with pytest.raises(IntegrityError):
        Board.objects.create(pk=made, name="Twice")


def test_each_test_is_a_transaction_of_its_own_within(made):
    assert connection.in_atomic_block
    with transaction.atomic(durable=True):
        Board.objects.filter(pk=made).update(name="Elsewhere")


@pytest.mark.parametrize(
    ("marker", "fixtures", "answer"),
    [
        (None, ["db"], False),
        (None, ["live_server"], True),
        (pytest.mark.django_db(transaction=True).mark, [], True),
        (pytest.mark.django_db.mark, ["board"], False),
    ],
)
def test_what_commits_is_told_apart(marker, fixtures, answer):
    item = SimpleNamespace(get_closest_marker=lambda name: marker, fixturenames=fixtures)
    assert commits(item) is answer

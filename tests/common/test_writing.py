"""A transaction that the database broke is done again from the beginning, with the rows as they were given."""

import pytest
from django.db import OperationalError, connection

from accounts.models import Board
from common.errors import Conflict
from common.writing import TRIES, compare_and_set, is_contention, transactional
from tests.factories import make_board

pytestmark = pytest.mark.django_db(transaction=True)


class Deadlock(Exception):
    sqlstate = "40P01"


def broken():
    error = OperationalError("deadlock detected")
    error.__cause__ = Deadlock()
    return error


@pytest.fixture
def postgresql():
    """What is tried again depends on it alone: SQLite has waited for its one writer already."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite breaks no transaction for another's sake.")


def test_the_second_try_begins_with_the_rows_as_they_were_given(postgresql):
    board, tries = make_board("Northgate"), []

    @transactional
    def rename(row, name):
        changed = row.name != name
        compare_and_set(row, expected=row.version, name=name)
        tries.append(changed)
        if len(tries) == 1:
            raise broken()

    rename(board, "Southgate")
    assert (tries, Board.objects.get().name, board.name) == ([True, True], "Southgate", "Southgate")
    assert Board.objects.get().version == board.version


def test_at_last_it_is_a_conflict_and_nothing_is_written(postgresql):
    board, tries = make_board("Northgate"), []

    @transactional
    def rename(row):
        tries.append(1)
        compare_and_set(row, expected=row.version, name="Southgate")
        raise broken()

    with pytest.raises(Conflict, match="at this moment"):
        rename(board)
    assert (len(tries), Board.objects.get().name) == (TRIES, "Northgate")


def test_another_error_of_the_database_is_no_conflict():
    @transactional
    def fall():
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="disk"):
        fall()


def test_a_lock_that_sqlite_waited_for_in_vain_is_contention():
    assert is_contention(OperationalError("database is locked"))
    assert not is_contention(OperationalError("no such table"))

"""Lists of keys in a filter."""

import pytest
from django.db import connection
from django.db.models import F

from accounts.models import AuditEvent, Board, Membership
from tests.factories import make_board

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "keys",
    [lambda pk: [pk], lambda pk: [pk, None], lambda pk: (F("pk"),), lambda pk: (F("pk"), 0), lambda pk: {str(pk)}],
)
def test_a_row_is_found_by_a_list_however_it_is_written(board, other_board, keys):
    assert board in Board.objects.filter(pk__in=keys(board.pk))


def test_and_by_rows_and_by_a_query(board, ana, other_board):
    assert Membership.objects.filter(board__in=[board]).get().user == ana
    assert Membership.objects.filter(board__in=Board.objects.filter(pk=board.pk)).get().user == ana
    assert list(Membership.objects.filter(board_id__in=[other_board.pk])) == []
    assert list(Board.objects.filter(pk__in=[])) == []
    assert list(Board.objects.exclude(pk__in=[board.pk])) == [other_board]


def test_a_list_may_have_more_keys_than_a_statement_has_places(board):
    """PostgreSQL takes 65,535 parameters."""
    assert list(Board.objects.filter(pk__in=range(70_000))) == [board]
    assert board.pk in Board.objects.in_bulk(range(70_000))
    assert Board.objects.filter(pk__in=range(70_000)).update(name="Northgate 2") == 1


def test_many_rows_are_written_at_once(board):
    rows = [AuditEvent(action="read", subject_type="case", subject_id=str(n), data={"n": n}) for n in range(9_000)]
    AuditEvent.objects.bulk_create(rows)
    assert AuditEvent.objects.filter(subject_type="case").count() == 9_000


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plan")
def test_lists_of_two_lengths_are_one_statement():
    make_board("Westbrook")
    said = {
        str(Membership.objects.filter(board__in=range(n), pk__in=range(n)).query.sql_with_params()[0]) for n in (2, 7)
    }
    assert len(said) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite gets what Django writes")
def test_a_list_of_one_is_no_array():
    """So that an index is read in its order, and not sorted: most people are on one board."""
    said = str(Membership.objects.filter(board__in=[1], pk__in=[1, 2]).query.sql_with_params()[0])
    assert said.count("ANY") == 1

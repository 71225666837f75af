"""What a test that commits leaves behind is gone after it, and the database as it was."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction

from careplans.models import Event, Patient
from common import triggers
from tests.careplans import makers
from tests.databases import OF_MIGRATE, empty
from tests.factories import make_board, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def rows():
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.django_table_names(only_existing=True, include_views=False)):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            yield table, cursor.fetchone()[0]


@pytest.fixture
def plan(board, ana, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)


def test_no_row_is_left_but_those_of_migrate(plan):
    kinds = ContentType.objects.count()
    empty(connection)
    assert {table for table, count in rows() if count} == OF_MIGRATE
    assert ContentType.objects.count() == kinds


def test_the_triggers_stand_as_before(plan, board, ana):
    before = triggers.standing(connection, "")
    empty(connection)
    assert triggers.standing(connection, "") == before


def test_and_refuse_as_before(board, ana):
    makers.make_case(board, by=ana)
    empty(connection)
    again = make_board("Southbank")
    makers.make_case(again, by=make_member("ana", again))
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all()._raw_delete("default")


def test_the_next_one_finds_nothing():
    assert not Patient.objects.exists()

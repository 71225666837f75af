"""What was said of a moment stays, though somebody was writing while it was said."""

import time

import pytest
from django.db import connection, transaction

from careplans.models import Case
from careplans.readers.known import Known, rows_known, settled_now
from careplans.readers.known.moments import LEAST
from tests.careplans import makers
from tests.careplans.test_races_changes import Elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
postgresql_alone = pytest.mark.skipif(
    "connection.vendor == 'sqlite'",
    reason="SQLite has one writer: nobody can ask for its lock while another transaction holds it.",
)


@pytest.fixture
def cases(board, ana):
    return [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(2)]


def titles(moment):
    return [row.title for row in rows_known(Case, Known(moment))]


def clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@postgresql_alone
@pytest.mark.parametrize(("now", "stays"), [(clock, False), (settled_now, True)])
def test_who_writes_for_long_does_not_appear_in_what_was_said(now, stays, cases):
    long = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="slowly"))
    moment = now()
    said = titles(moment)
    long.end()
    assert (titles(moment) == said) is stays
    assert titles(settled_now()) == ["slowly", cases[1].title]


@postgresql_alone
def test_who_only_reads_for_long_holds_nothing_up(cases):
    long = Elsewhere(lambda: Case.objects.count())
    before = clock()
    assert settled_now() > before
    long.end()


@postgresql_alone
def test_within_one_transaction_the_others_are_looked_at_each_time(cases):
    with transaction.atomic():
        first = settled_now()
        long = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="slowly"))
        began = clock()
        second = settled_now()
        assert first < second < began
        long.end()
        assert settled_now() > began


def test_what_oneself_has_just_written_is_settled(cases):
    Case.objects.filter(pk=cases[0].pk).update(title="quickly")
    assert titles(settled_now())[0] == "quickly"


def test_what_is_written_right_after_is_not(cases):
    for number in range(20):
        moment = settled_now()
        said = titles(moment)
        Case.objects.filter(pk=cases[0].pk).update(title=f"Title {number}")
        assert titles(moment) == said
        assert titles(settled_now()) != said
        time.sleep(0.0007)
    assert LEAST.microseconds == 1

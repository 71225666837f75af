"""The database counts the messages of the outbox along, and /metrics/ reads no more than that."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from careplans.models import MessageCount, OutboxMessage, message_counts
from careplans.outbox import health
from careplans.outbox.metrics import FEW, fold_message_counts
from tests.careplans import makers
from tests.patience import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def messages(case, ana):
    for _ in range(3):
        makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    return OutboxMessage.objects.order_by("pk")


def counted():
    return dict(Counter(OutboxMessage.objects.order_by().values_list("channel", "status")))


def test_what_is_written_changed_and_deleted_is_counted(messages):
    assert len(messages) >= 6
    assert health.counts() == counted()
    first, second = messages[:2]
    OutboxMessage.objects.filter(pk=first.pk).update(status="failed")
    OutboxMessage.objects.exclude(pk=first.pk).update(status="cancelled", last_error="-")
    assert health.counts() == counted()
    OutboxMessage.objects.filter(pk=second.pk).delete()
    OutboxMessage.objects.filter(pk=first.pk).update(attempts=2)
    assert health.counts() == counted()
    OutboxMessage.objects.all().delete()
    assert health.counts() == {}


def test_a_change_that_is_taken_back_counts_nothing(messages):
    before = health.counts()
    with transaction.atomic():
        messages.update(status="failed")
        assert health.counts() == counted() != before
        transaction.set_rollback(True)
    assert health.counts() == before == counted()


def test_the_rows_are_put_together_and_say_the_same(messages):
    for status in ("failed", "pending") * FEW:
        OutboxMessage.objects.filter(pk=messages[0].pk).update(status=status)
    many, before = MessageCount.objects.count(), health.counts()
    folded = fold_message_counts()
    assert folded == (many if many > FEW else 0)
    assert MessageCount.objects.count() <= len({*before}) + (many if not folded else 0)
    assert health.counts() == before == counted()


def test_the_triggers_stand_and_whoever_puts_them_there_again_counts_afresh(messages):
    assert message_counts.astray(connection) == []
    message_counts.remove(connection)
    OutboxMessage.objects.filter(pk=messages[0].pk).update(status="failed")
    assert health.counts() != counted()
    assert message_counts.astray(connection)
    message_counts.install(connection)
    assert health.counts() == counted()
    OutboxMessage.objects.filter(pk=messages[1].pk).update(status="failed")
    assert health.counts() == counted()
    assert message_counts.astray(connection) == []


def test_what_lay_around_for_long_is_put_together_a_part_at_a_time(messages, monkeypatch):
    monkeypatch.setattr("careplans.outbox.metrics.AT_ONCE", FEW)
    before = health.counts()
    MessageCount.objects.bulk_create(
        MessageCount(channel="email", status="failed", number=amount) for amount in (1, -1) * FEW
    )
    assert fold_message_counts() == FEW
    assert health.counts() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_who_puts_the_triggers_there_waits_for_who_puts_rows_together(board, ana, django_db_blocker):
    """Else the old sum would stand beside the new one, and every number be doubled."""
    case = makers.make_case(board, by=ana)
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    for status in ("failed", "pending") * FEW:
        OutboxMessage.objects.update(status=status)
    folded, is_asked = threading.Event(), threading.Event()

    def fold():
        with django_db_blocker.unblock(), transaction.atomic():
            assert fold_message_counts()
            folded.set()
            is_asked.wait(20)
            wait_until(somebody_waits, moving=lambda: None)
        connection.close()

    def somebody_waits():
        with connection.cursor() as cursor:
            here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            cursor.execute(f"SELECT 1 FROM pg_locks WHERE NOT granted AND {here}")
            return cursor.fetchone() is not None

    with ThreadPoolExecutor(1) as other:
        run = other.submit(fold)
        assert folded.wait(20)
        is_asked.set()
        message_counts.install(connection)
        run.result()
    assert health.counts() == counted()


def test_the_figures_do_not_read_the_messages(messages, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        health.counts()
    assert "outboxmessage" not in asked.captured_queries[0]["sql"]

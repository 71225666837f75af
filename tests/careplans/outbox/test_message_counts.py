"""The database counts the messages of the outbox along, and /metrics/ reads no more than that."""

from collections import Counter

import pytest
from django.db import connection, transaction

from careplans.models import MessageCount, OutboxMessage, message_counts
from careplans.outbox import health
from careplans.outbox.metrics import FEW, fold_message_counts
from tests.careplans import makers

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


def test_the_figures_do_not_read_the_messages(messages, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        health.counts()
    assert "outboxmessage" not in asked.captured_queries[0]["sql"]

"""No two workers hold the same row, and what a dead one held comes back."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Notice
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import outcomes, sending
from careplans.outbox.claims import LEASE
from careplans.outbox.relays import NoRelay
from careplans.outbox.sweeper import MAX_ATTEMPTS, sweep
from tests.careplans import makers
from tests.careplans.outbox.mail import Clock, Remembering, Slow, due_message
from tests.patience import IDLE_SECONDS, join

ROWS, WORKERS = 24, 4


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def at_once(work, times=WORKERS):
    """Run `work` in real threads that start together; each has its own connection to the database."""
    start, results, errors = threading.Barrier(times), [], []

    def run():
        try:
            start.wait(IDLE_SECONDS)
            results.append(work())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    join(threads)
    assert errors == []
    return results


def fill(case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    reminder = Reminder.objects.filter(follow_up=follow_up).first()
    OutboxMessage.objects.all().delete()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(reminder=reminder, channel="in_app", recipient=ana, dedupe_key=f"k{n}", due_at=timezone.now())
        for n in range(ROWS)
    )


def claim_all():
    held = []
    while rows := sending.claim(5):
        held += rows.keys
    return held


def read_then_update():
    """What a claim must not be: look first, then write."""
    rows = list(OutboxMessage.objects.filter(status="pending").order_by("due_at", "id")[:ROWS])
    read_then_update.everybody_has_looked.wait(IDLE_SECONDS)
    for row in rows:
        row.status, row.token, row.lease_until = "claimed", uuid.uuid4(), timezone.now() + LEASE.length
        row.save()
    return [row.pk for row in rows]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_hold_each_row_exactly_once(case, ana):
    fill(case, ana)
    held = [pk for rows in at_once(claim_all) for pk in rows]
    assert sorted(held) == sorted(OutboxMessage.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_claim_takes_no_more_than_its_batch(case, ana):
    fill(case, ana)
    assert [len(sending.claim(10)) for _ in range(3)] == [10, 10, ROWS - 20]


@pytest.mark.django_db(transaction=True)
def test_a_naive_claim_does_hold_rows_twice(case, ana):
    fill(case, ana)
    read_then_update.everybody_has_looked = threading.Barrier(WORKERS)
    held = [pk for rows in at_once(read_then_update) for pk in rows]
    assert len(held) == ROWS * WORKERS


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_mail_exactly_once(case, ana):
    for _ in range(8):
        due_message(case, by=ana)
    transports = []

    def work():
        transports.append(Remembering())
        sending.send_due(3, open_mail=transports[-1])
        sending.send_due(3, open_mail=transports[-1])

    at_once(work)
    sent = [mail.message_id for transport in transports for mail in transport.sent]
    assert len(sent) == len(set(sent)) == 8


@pytest.mark.django_db(transaction=True)
def test_two_workers_settling_one_notice_leave_one(case, ana):
    due_message(case, by=ana, channel="in_app")
    [row] = sending.claim(1).rows().for_sending()
    assert sorted(at_once(lambda: outcomes.record_sent(row))) == [0, 0, 0, 1]
    assert Notice.objects.filter(user=ana).count() == 1


def dead_worker_held(row, **fields):
    past = timezone.now() - timedelta(seconds=1)
    held = {"status": "claimed", "token": uuid.uuid4(), "lease_until": past, "attempts": 1} | fields
    OutboxMessage.objects.filter(pk=row.pk).update(**held)


@pytest.mark.django_db
def test_what_is_not_due_is_not_claimed(case, ana):
    makers.make_follow_up(case, by=ana)
    assert not sending.claim(10)


@pytest.mark.django_db
def test_a_lease_that_runs_is_left_alone(case, ana):
    due_message(case, by=ana)
    assert len(sending.claim(10)) == 1
    assert sweep(NoRelay()) == 0
    assert not sending.claim(10)


@pytest.mark.django_db
def test_the_lease_counts_from_the_clock_of_the_database(case, ana):
    due_message(case, by=ana)
    [row] = sending.claim(1).rows()
    assert timedelta(seconds=110) < row.lease_until - timezone.now() < timedelta(seconds=130)
    assert row.attempts == 1


@pytest.mark.django_db
def test_unmarked_and_over_goes_back_without_a_doubt(case, ana):
    row = due_message(case, by=ana)
    dead_worker_held(row)
    assert sweep(NoRelay()) == 1
    row.refresh_from_db()
    assert (row.status, row.token, row.ambiguous) == ("pending", None, 0)


@pytest.mark.django_db
def test_marked_and_over_is_counted_and_sent_again_under_the_same_number(case, ana):
    row = due_message(case, by=ana)
    first = Remembering()
    sending.send_due(open_mail=first)
    dead_worker_held(row, marked_at=timezone.now(), sent_at=None)
    second = Remembering()
    assert sending.send_due(open_mail=second).sent == 1
    row.refresh_from_db()
    assert (row.status, row.ambiguous) == ("sent", 1)
    assert first.sent[0].message_id == second.sent[0].message_id


@pytest.mark.django_db
@pytest.mark.parametrize("marked", [None, timezone.now()])
def test_what_never_gets_an_answer_is_given_up_where_people_see_it(case, ana, marked):
    row = due_message(case, by=ana)
    dead_worker_held(row, marked_at=marked, attempts=MAX_ATTEMPTS)
    mail = Remembering()
    sending.send_due(open_mail=mail)
    row.refresh_from_db()
    row.reminder.refresh_from_db()
    assert (row.status, row.reminder.status, mail.sent) == ("failed", "failed", [])
    assert row.ambiguous == (1 if marked else 0)
    assert "given up after 8 attempts" in row.last_error


@pytest.mark.django_db
def test_rows_that_a_slow_relay_left_no_time_for_are_not_counted_as_tried(case, ana, monkeypatch):
    rows = [due_message(case, by=ana) for _ in range(3)]
    assert sending.send_due(open_mail=Slow(Clock(monkeypatch), "commit")).sent == 1
    states = sorted(OutboxMessage.objects.filter(pk__in=[r.pk for r in rows]).values_list("status", "attempts"))
    assert states == [("pending", 0), ("pending", 0), ("sent", 1)]

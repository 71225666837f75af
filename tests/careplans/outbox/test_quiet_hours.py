"""E-mails wait until the quiet hours of their recipient end; notices in the app do not."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Notice
from careplans.models import OutboxMessage, Reminder
from careplans.outbox import health, quiet_hours, sending
from careplans.outbox.quiet_hours import quiet_end
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message
from tests.careplans.outbox.test_claims import at_once

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def make_quiet(person, board):
    """Quiet from an hour ago for two hours, in the time of the board."""
    now = timezone.now().astimezone(board.zone).replace(second=0, microsecond=0)
    person.quiet_from, person.quiet_until = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    person.save()
    return now + timedelta(hours=1)


@pytest.mark.django_db
def test_a_mail_waits_until_they_end(case, board, ana):
    row, end = due_message(case, by=ana), make_quiet(ana, board)
    mail = Remembering()
    assert sending.send_due(open_mail=mail).postponed == 1
    row.refresh_from_db()
    assert (mail.sent, row.status, row.attempts, row.token) == ([], "pending", 0, None)
    assert row.due_at == row.held_until == end


@pytest.mark.django_db
def test_it_goes_out_once_when_they_are_over(case, board, ana):
    row = due_message(case, by=ana)
    make_quiet(ana, board)
    sending.send_due(open_mail=Remembering())
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=timezone.now())
    ana.quiet_from = ana.quiet_until = None
    ana.save()
    mail = Remembering()
    assert [sending.send_due(open_mail=mail).sent, sending.send_due(open_mail=mail).sent] == [1, 0]


@pytest.mark.django_db
def test_a_notice_in_the_app_does_not_wait(case, board, ana):
    due_message(case, by=ana, channel="in_app")
    make_quiet(ana, board)
    sending.send_due(open_mail=Remembering())
    assert Notice.objects.filter(user=ana).exists()


@pytest.mark.django_db
def test_what_waits_as_wished_is_not_late(case, board, ana):
    row = due_message(case, by=ana)
    make_quiet(ana, board)
    Reminder.objects.filter(pk=row.reminder_id).update(due_at=timezone.now() - timedelta(hours=9))
    sending.send_due(open_mail=Remembering())
    assert health.oldest_unsent_seconds() == 0
    late = timezone.now() - timedelta(minutes=20)
    OutboxMessage.objects.filter(pk=row.pk).update(held_until=late, due_at=late)
    assert 1190 < health.oldest_unsent_seconds() < 1210


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_what_waited_exactly_once(transactional_db, case, board, ana):
    rows = [due_message(case, by=ana) for _ in range(6)]
    make_quiet(ana, board)
    at_once(lambda: sending.send_due(3, open_mail=Remembering()))
    assert set(OutboxMessage.objects.values_list("status", "attempts")) == {("pending", 0)}
    OutboxMessage.objects.update(due_at=timezone.now())
    ana.quiet_from = ana.quiet_until = None
    ana.save()
    transports = [Remembering() for _ in range(4)]
    free = list(transports)
    at_once(lambda: sending.send_due(3, open_mail=free.pop()))
    assert sum(len(mail.sent) for mail in transports) == len(rows)


@pytest.mark.django_db
def test_a_worker_that_lost_the_row_does_not_postpone_it(case, board, ana):
    due_message(case, by=ana)
    make_quiet(ana, board)
    [claimed] = sending.claim(1).rows()
    held = OutboxMessage.objects.for_sending().get(pk=claimed.pk)
    OutboxMessage.objects.filter(pk=claimed.pk).update(status="sent", sent_at=timezone.now())
    quiet_hours.postpone(held)
    assert OutboxMessage.objects.get(pk=claimed.pk).status == "sent"


@pytest.mark.parametrize(
    ("clock", "end"),
    [
        ("2026-11-24T21:30", "2026-11-25T06:00"), ("2026-11-25T02:00", "2026-11-25T06:00"), ("2026-11-25T06:00", None),
        ("2026-11-24T20:59", None),
    ],
)  # fmt: skip
def test_they_may_span_midnight(clock, end):
    """In Berlin from 22:00 to 07:00; the clocks here show UTC, an hour less."""
    now = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    found = quiet_end(time(22), time(7), now, BERLIN)
    assert found == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), start=st.times(), end=st.times()
)  # fmt: skip
def test_they_end_within_a_day_and_never_in_the_past(now, start, end):
    if start == end:
        return
    until = quiet_end(start, end, now, BERLIN)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_end(start, end, until, BERLIN) is None

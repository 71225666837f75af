"""What is looked at when a reminder goes out, and what becomes of one that cannot."""

import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Membership, Notice
from careplans.models import OutboxMessage, Plan, Reminder
from careplans.outbox import health, obstacles, sending
from careplans.outbox.obstacles import RECIPIENT_LEFT
from careplans.outbox.smtp import AmbiguousError, TransportError, Trouble
from careplans.outbox.sweeper import MAX_ATTEMPTS
from careplans.services.followups import complete_follow_up
from tests.careplans import makers
from tests.careplans.outbox.mail import Clock, Remembering, Slow, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def run(mail=None):
    mail = mail or Remembering()
    return sending.send_due(open_mail=mail), mail


def fate(row):
    row.refresh_from_db()
    row.reminder.refresh_from_db()
    return row.status, row.reminder.status, row.last_error


def test_a_due_mail_goes_out_once(case, ana):
    row = due_message(case, by=ana)
    assert run()[0].sent == 1
    assert fate(row) == ("sent", "delivered", "")
    assert run()[0].sent == 0


def test_a_due_notice_stands_in_the_app(case, ana):
    due_message(case, by=ana, channel="in_app")
    run()
    notice = Notice.objects.get(user=ana)
    assert notice.path.startswith("/follow-ups/")


def test_what_was_settled_meanwhile_stays_silent(case, ana):
    row = due_message(case, by=ana)
    follow_up = row.reminder.follow_up
    complete_follow_up(follow_up, by=ana, expected_version=1, done_on=makers.TODAY())
    counts, mail = run()
    assert (mail.sent, fate(row)[0]) == ([], "cancelled")


def test_what_is_settled_between_claim_and_send_stays_silent(case, ana, monkeypatch):
    rows = [due_message(case, by=ana), due_message(case, by=ana)]

    class Settling(Remembering):
        def commit(self):
            super().commit()
            other = rows[1].reminder.follow_up
            other.refresh_from_db()
            complete_follow_up(other, by=ana, expected_version=1, done_on=makers.TODAY())

    _, mail = run(Settling())
    assert len(mail.sent) == 1


def test_a_step_of_a_plan_no_longer_in_force_is_not_reminded_of(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    OutboxMessage.objects.filter(channel="email").update(due_at=timezone.now())
    Plan.objects.filter(pk=plan.pk).update(status="revoked", end_reason="-")
    counts, mail = run()
    assert mail.sent == []
    assert counts.cancelled > 0


def test_who_left_is_not_told_and_the_coordinator_is(case, ana, omar):
    row = due_message(case, by=ana, to=omar, channel="in_app")
    Membership.objects.filter(user=omar).update(ended_at=timezone.now())
    run()
    assert fate(row) == ("cancelled", "cancelled", RECIPIENT_LEFT)
    run()
    assert [notice.kind for notice in Notice.objects.filter(user=ana)] == ["escalation"]
    assert not Notice.objects.filter(user=omar).exists()


def test_who_may_not_sign_in_any_more_is_not_told(case, ana, omar):
    due_message(case, by=ana, to=omar)
    omar.is_active = False
    omar.save()
    assert run()[1].sent == []


def test_when_nobody_is_left_to_tell_it_waits_for_somebody(case, ana, omar):
    row = due_message(case, by=ana, to=omar, channel="in_app")
    Membership.objects.all().update(ended_at=timezone.now())
    run()
    assert fate(row)[:2] == ("pending", "scheduled")
    assert "nobody is left" in row.last_error


@pytest.mark.parametrize(
    ("kind", "preference"),
    [
        ("lead", "mail_reminders"), ("due", "mail_reminders"), ("snoozed", "mail_reminders"), ("overdue", "mail_overdue"),
        ("escalation", "mail_escalations"), ("signature", "mail_signatures"),
    ],
)  # fmt: skip
def test_each_kind_of_mail_can_be_switched_off(case, ana, kind, preference):
    row = due_message(case, by=ana)
    Reminder.objects.filter(pk=row.reminder_id).update(kind=kind)
    setattr(ana, preference, False)
    ana.save()
    assert run()[1].sent == []
    assert fate(row)[2] == "prefers no e-mail"
    assert obstacles.wants_mail(ana, kind) is False


def test_the_notice_in_the_app_cannot_be_switched_off(case, ana):
    ana.mail_reminders = ana.mail_overdue = False
    ana.save()
    due_message(case, by=ana, channel="in_app")
    run()
    assert Notice.objects.filter(user=ana).exists()


def test_a_permanent_refusal_has_failed_where_the_coordinator_sees_it(case, ana):
    row = due_message(case, by=ana)
    counts, _ = run(Remembering(refusal=TransportError("the mail server answered 550 no such user", Trouble.ADDRESS)))
    assert counts.failed == 1
    assert fate(row) == ("failed", "failed", "the mail server answered 550 no such user")


def test_a_temporary_refusal_is_tried_again_later(case, ana):
    row = due_message(case, by=ana)
    counts, _ = run(Remembering(early=TransportError("the mail server answered 451 later")))
    assert (counts.retried, fate(row)[0]) == (1, "pending")
    assert row.due_at > timezone.now() + timedelta(seconds=20)


def test_after_so_many_attempts_it_has_failed(case, ana):
    row = due_message(case, by=ana)
    OutboxMessage.objects.filter(pk=row.pk).update(attempts=MAX_ATTEMPTS - 1)
    run(Remembering(early=TransportError("the mail server could not be reached")))
    assert fate(row)[:2] == ("failed", "failed")


def test_no_answer_after_the_dot_is_left_to_the_sweeper(case, ana):
    row = due_message(case, by=ana)
    run(Remembering(refusal=AmbiguousError("silence")))
    row.refresh_from_db()
    assert row.status == "claimed"
    assert row.marked_at is not None


def test_one_bad_row_does_not_stop_the_others(case, ana, monkeypatch, caplog):
    bad, good = due_message(case, by=ana), due_message(case, by=ana)

    def stumble(row, headers):
        if row.pk == bad.pk:
            raise ValueError("Ashdown, Synthetic")
        return write(row, headers)

    write = sending.mail_for
    monkeypatch.setattr(sending, "mail_for", stumble)
    with caplog.at_level(logging.ERROR):
        _, mail = run()
    assert len(mail.sent) == 1
    assert (fate(good)[0], fate(bad)[0]) == ("sent", "claimed")
    assert mail.aborted == 1
    [record] = [record for record in caplog.records if record.name == "careplans.outbox.sending"]
    assert record.error == "ValueError"
    assert "Ashdown" not in str(record.__dict__)


def test_without_a_database_nothing_goes_on(case, ana, monkeypatch):
    due_message(case, by=ana)

    def gone(row, headers):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(sending, "mail_for", gone)
    with pytest.raises(OperationalError):
        run()


def test_past_its_deadline_a_worker_does_not_send(case, ana, monkeypatch):
    row = due_message(case, by=ana)
    counts, mail = run(Slow(Clock(monkeypatch), "prepare"))
    row.refresh_from_db()
    assert (mail.sent, mail.aborted, counts.sent) == ([], 1, 0)
    assert (row.status, row.marked_at) == ("claimed", None)


def test_a_worker_whose_lease_was_taken_does_not_send(case, ana):
    row = due_message(case, by=ana)

    class Stopped(Remembering):
        def prepare(self, message):
            super().prepare(message)
            OutboxMessage.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    counts, mail = run(Stopped())
    assert (mail.sent, counts.sent) == ([], 0)


def test_the_age_of_the_oldest_counts_from_the_promise(case, ana):
    row = due_message(case, by=ana)
    Reminder.objects.filter(pk=row.reminder_id).update(due_at=timezone.now() - timedelta(minutes=20))
    run(Remembering(early=TransportError("the mail server could not be reached")))
    assert 1190 < health.oldest_unsent_seconds() < 1210


def test_without_a_broker_the_command_delivers(case, ana, capsys):
    row = due_message(case, by=ana)
    call_command("run_reminders", "--once")
    assert fate(row)[0] == "sent"
    assert "sent 1, failed 0" in capsys.readouterr().out

"""Mails that came back. The notifications are written after the example of RFC 3464, appendix A."""

import io
import sys

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import OutboxMessage
from careplans.outbox import bounces
from careplans.outbox.messages import message_id
from careplans.outbox.sending import send_due
from careplans.reminders.requests import send_again
from careplans.services.followups import complete_follow_up
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def sent(case, ana):
    row = due_message(case, by=ana)
    send_due(open_mail=Remembering())
    row.refresh_from_db()
    assert row.status == "sent"
    return row


def notification(number, *, action="failed", returned="message/rfc822", subject="Reminder", said=True):
    """A mail server's answer. `returned` says how it gives the first mail back."""
    diagnostic = "Diagnostic-Code: smtp; 550 5.1.1 <omar@northgate.example>: no such mailbox\n" if said else ""
    return f"""From: MAILER-DAEMON@relay.example
To: consilium@hospital.example
Subject: Delivery Status Notification
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="X"

--X
Content-Type: text/plain

The text that a person reads may name anything, <reminder.1.1.email.1@localhost> too.

--X
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; omar@northgate.example
Action: {action}
Status: 5.1.1
{diagnostic}
--X
Content-Type: {returned}

From: consilium@hospital.example
Subject: {subject}
Message-ID: {number}

A body.

--X--
""".encode()


def state(row):
    row.refresh_from_db()
    row.reminder.refresh_from_db()
    return row.status, row.reminder.status


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_what_came_back_stands_among_the_failed(sent, returned):
    assert bounces.record_notification(notification(message_id(sent), returned=returned)) == sent
    assert state(sent) == ("failed", "failed")
    assert sent.last_error == "it came back: 5.1.1 550 5.1.1 no such mailbox"
    assert AuditEvent.objects.filter(action="reminder_came_back", actor=None).count() == 1


def test_the_words_repeat_no_address(sent):
    bounces.record_notification(notification(message_id(sent)))
    sent.refresh_from_db()
    assert "@" not in sent.last_error


def test_a_server_that_says_no_more_than_the_code(sent):
    bounces.record_notification(notification(message_id(sent), said=False))
    sent.refresh_from_db()
    assert sent.last_error == "it came back: 5.1.1"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe nonsense",
        b"Subject: Out of office\nContent-Type: text/plain\n\nI am away.",
        b"Content-Type: multipart/report; boundary=X\n\n--X\nContent-Type: message/delivery-status\n\n--X--",
        notification("<reminder.99999.1.email.1@localhost>"),
        notification("<someone@elses.example>"),
        notification("<somebody@elses.example>", subject="<reminder.1.1.email.1@localhost>"),
    ],
)
def test_everything_else_changes_nothing(sent, raw):
    assert bounces.record_notification(raw) is None
    assert state(sent) == ("sent", "delivered")


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered"])
def test_a_mail_that_is_only_late_did_not_come_back(sent, action):
    assert bounces.record_notification(notification(message_id(sent), action=action)) is None
    assert state(sent) == ("sent", "delivered")


def test_the_same_notification_twice_counts_once(sent):
    raw = notification(message_id(sent))
    assert bounces.record_notification(raw)
    assert bounces.record_notification(raw) is None
    sent.refresh_from_db()
    assert sent.bounce_count == 1


def test_sent_again_it_has_another_idempotency_key(sent, ana, settings):
    settings.RELAY_LOOKUP = "idempotency-key:"
    bounces.record_notification(notification(message_id(sent)))
    sent.refresh_from_db()
    send_again(sent, by=ana)
    transport = Remembering()
    send_due(open_mail=transport)
    assert [mail.headers["Idempotency-Key"] for mail in transport.sent] == [f"{sent.dedupe_key}.1"]


def test_sent_again_it_is_another_mail_and_an_old_notification_says_nothing_of_it(sent, ana):
    """A relay that knows the first number would call the second mail accepted, and drop it."""
    first = message_id(sent)
    bounces.record_notification(notification(first))
    sent.refresh_from_db()
    send_again(sent, by=ana)
    transport = Remembering()
    send_due(open_mail=transport)
    [mail] = transport.sent
    assert mail.message_id != first
    assert bounces.record_notification(notification(first)) is None
    assert state(sent) == ("sent", "delivered")
    assert bounces.record_notification(notification(mail.message_id)) == sent
    assert state(sent) == ("failed", "failed")


def test_of_what_is_settled_nobody_has_to_be_told(sent, ana):
    complete_follow_up(sent.reminder.follow_up, by=ana, expected_version=1, done_on=makers.TODAY())
    assert bounces.record_notification(notification(message_id(sent))) == sent
    assert state(sent) == ("sent", "delivered")
    assert sent.last_error.startswith("it came back")


def test_what_a_daily_mail_carried_came_back_with_it(case, ana):
    row = due_message(case, by=ana)
    row.recipient.digest_at = "08:00"
    row.recipient.save()
    send_due(open_mail=Remembering())
    OutboxMessage.objects.filter(reminder__kind="digest").update(due_at=timezone.now())
    send_due(open_mail=Remembering())
    digest = OutboxMessage.objects.get(reminder__kind="digest")
    assert (digest.status, state(row)) == ("sent", ("sent", "delivered"))
    assert bounces.record_notification(notification(message_id(digest))) == digest
    assert state(row) == ("failed", "failed")
    assert "the daily e-mail that carried it came back" in row.last_error


def test_a_coordinator_marks_it_and_sends_it_again(client, sent, board, ana):
    client.force_login(ana)
    listed = client.get(reverse("careplans:reminders", args=[board.pk]), {"state": "sent"}).content.decode()
    url = reverse("careplans:came_back", args=[board.pk, sent.pk])
    assert url in listed
    said = client.post(url, follow=True).content.decode()
    assert "now stands under Failed" in said
    assert "Marked by Ana Coordinator" in said or "marked by Ana Coordinator" in said
    assert state(sent) == ("failed", "failed")
    assert "may have been marked already" in client.post(url, follow=True).content.decode()


def test_the_command_reads_what_the_mail_server_hands_over(sent, monkeypatch, capsys):
    class Stdin:
        buffer = io.BytesIO(notification(message_id(sent)))

    monkeypatch.setattr(sys, "stdin", Stdin)
    call_command("record_bounce")
    assert "came back" in capsys.readouterr().out
    assert state(sent) == ("failed", "failed")

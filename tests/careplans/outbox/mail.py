"""Transports for the tests of delivery: one that remembers, one that stumbles, and a real SMTP server that listens."""

import socket
from contextlib import contextmanager
from datetime import UTC, datetime

from aiosmtpd.controller import Controller
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.outbox.email import OutgoingEmail
from tests.careplans import makers

LETTER = OutgoingEmail(
    sender="Consilium <consilium@localhost>", to="omar@northgate.example", subject="Consilium: Due today on your board",
    message_id="<reminder.1.1.email.1@localhost>", sent_on=datetime(2026, 11, 25, 8, tzinfo=UTC), text="Hello\n",
)  # fmt: skip


class Remembering:
    """Sends nothing, and knows what it would have sent. `refusal` is raised at the dot, `early` before it."""

    def __init__(self, *, early=None, refusal=None):
        self.early, self.refusal = early, refusal
        self.sent, self.aborted, self.message = [], 0, None

    def __call__(self):
        return self

    def prepare(self, message):
        if self.early:
            raise self.early
        self.message = message

    def commit(self):
        if self.refusal:
            raise self.refusal
        self.sent.append(self.message)

    def abort(self):
        self.aborted += 1

    def close(self):
        pass


class Clock:
    """A monotonic clock that a transport can let run on: `slow(clock)` is one that takes very long."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        for module in ("claims", "sending", "batch"):
            monkeypatch.setattr(f"careplans.outbox.{module}.monotonic", lambda: self.now)


class Slow(Remembering):
    def __init__(self, clock, phase):
        super().__init__()
        self.clock, self.phase = clock, phase

    def prepare(self, message):
        super().prepare(message)
        self.clock.now += 500 if self.phase == "prepare" else 0

    def commit(self):
        super().commit()
        self.clock.now += 500 if self.phase == "commit" else 0


def due_message(case, *, by, to=None, channel="email"):
    """One delivery that is due now, and nothing else in the queue of its follow-up."""
    follow_up = makers.make_follow_up(case, by=by, assignee=to or by)
    reminder = Reminder.objects.filter(follow_up=follow_up, recipient=to or by).order_by("pk").first()
    message = reminder.messages.get(channel=channel)
    OutboxMessage.objects.filter(reminder__follow_up=follow_up).exclude(pk=message.pk).delete()
    Reminder.objects.filter(follow_up=follow_up).exclude(pk=reminder.pk).delete()
    now = timezone.now()
    OutboxMessage.objects.filter(pk=message.pk).update(due_at=now)
    Reminder.objects.filter(pk=reminder.pk).update(due_at=now)
    message.refresh_from_db()
    return message


class Sink:
    """What a real SMTP server received; answers can be set for the recipient and for the end of the text."""

    def __init__(self):
        self.received, self.rcpt_answer, self.data_answer, self.hang_up = [], None, None, False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answer:
            return self.data_answer
        self.received.append(envelope)
        if self.hang_up:
            server.transport.close()
        return "250 OK"


@contextmanager
def smtp_sink(*, utf8=True):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=utf8)
    controller.start()
    try:
        yield sink, port
    finally:
        controller.stop()

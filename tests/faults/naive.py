"""Deliveries as one would write them first. Each loses or doubles under a fault that the real one survives: that is how
the harness shows that its faults bite. A variant takes the place of `delivery.send_due`, or of one part of it.
"""

import os
import uuid
from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Notice
from careplans.models import OutboxMessage
from careplans.outbox import messages, sending
from careplans.outbox.smtp import AmbiguousError, SmtpTransport, TransportError

REFUSED = (TransportError, AmbiguousError)


def install(name):
    VARIANTS[name]()


def _all_due():
    return OutboxMessage.objects.for_sending().filter(status="pending", due_at__lte=Now()).order_by("due_at", "id")


def _due():
    return list(_all_due()[: sending.BATCH])


def _claimed():
    """As the real one claims; an older version that runs beside answers with its rows."""
    held = sending.claim(sending.BATCH)
    return held.keys if hasattr(held, "keys") else [row.pk for row, _ in held]


def _send(row, mail):
    """One delivery, with nothing that would notice a second one."""
    if row.channel == OutboxMessage.Channel.EMAIL:
        mail.prepare(messages.mail_for(row))
        mail.commit()
    else:
        text, path = messages.notice_text(row.reminder), messages.path_of(row.reminder)
        Notice.objects.create(user=row.recipient, kind="due", text=text, path=path, dedupe_key=str(uuid.uuid4()))


def _settle(row):
    OutboxMessage.objects.filter(pk=row.pk).update(status="sent", sent_at=timezone.now())


def _send_each(rows, mail, counts):
    """What is refused stays as it is; the next round tries again."""
    for row in rows:
        try:
            _send(row, mail)
        except REFUSED:
            mail.close()
            continue
        _settle(row)
        counts.sent += 1


def _with_mail(work):
    """send_due, when `work` is given the rows that are due and a line to the relay."""

    def send_due(*_, **__):
        mail, counts = SmtpTransport(), sending.RunCounts()
        try:
            work(mail, counts)
        finally:
            mail.close()
        return counts

    sending.send_due = send_due


def read_then_send():
    """Looks what is due, sends it, writes that down; nobody else is told meanwhile."""

    def work(mail, counts):
        _send_each(_due(), mail, counts)

    _with_mail(work)


def settle_first():
    """Writes down that it was sent, so that it is never sent twice; then sends."""

    def work(mail, counts):
        for row in _due():
            if not OutboxMessage.objects.filter(pk=row.pk, status="pending").update(
                status="sent", sent_at=timezone.now()
            ):
                continue
            try:
                _send(row, mail)
            except REFUSED:
                mail.close()
            counts.sent += 1

    _with_mail(work)


def claim_without_lease():
    """Claims as the real one does, and nothing takes up what a dead worker held."""

    def work(mail, counts):
        _send_each((OutboxMessage.objects.for_sending().get(pk=key) for key in _claimed()), mail, counts)

    _with_mail(work)


def lease_of_the_own_clock():
    """Due and over are decided by the clock of whoever looks."""

    def work(mail, counts):
        over = OutboxMessage.objects.filter(status="claimed", lease_until__lt=timezone.now())
        over.update(status="pending", token=None, lease_until=None)
        token, until = uuid.uuid4(), timezone.now() + timedelta(seconds=float(os.environ["REMINDER_LEASE_SECONDS"]))
        due = OutboxMessage.objects.filter(status="pending", due_at__lte=timezone.now())
        OutboxMessage.objects.filter(pk__in=due.values("pk")[: sending.BATCH], status="pending").update(
            status="claimed", token=token, lease_until=until
        )
        _send_each(OutboxMessage.objects.for_sending().filter(token=token), mail, counts)

    _with_mail(work)


def claim_and_trust():
    """Claim, lease and sweeper are the real ones; what was claimed once is then sent without looking again."""

    def work(mail, counts):
        over = OutboxMessage.objects.filter(status="claimed", lease_until__lt=Now())
        over.update(status="pending", token=None, lease_until=None)
        _send_each(OutboxMessage.objects.for_sending().filter(pk__in=_claimed()), mail, counts)

    _with_mail(work)


def one_batch_one_fate():
    """No row is tried by itself: one that raises ends the round, and the next round begins with it again."""

    def work(mail, counts):
        for row in _due():
            _send(row, mail)
            _settle(row)
            counts.sent += 1

    _with_mail(work)


def as_it_was_planned():
    """Sends what was written, without looking whether it still holds."""
    sending.obstacle_to = lambda row, facts=None: ""


def nothing_is_held():
    """Sends from whatever database it is given."""
    from careplans.outbox import hold

    hold.may_send = lambda: True


def all_that_waits_is_in_doubt():
    """Takes whatever is due at the release for sent, also what was written since the restore."""
    from careplans.outbox import hold

    hold._in_doubt_at_release = lambda row, seen: timezone.now()


def one_era_for_ever():
    """The Message-ID is the row's number alone, before a restore and after it."""
    messages.number = sending.number = lambda row: row.dedupe_key


def a_new_number_each_time():
    """The Message-ID is made when a mail is sent, so that nobody can tell that two are one."""
    real = messages.message_id
    messages.message_id = lambda row: real(row).replace("@", f".{uuid.uuid4().hex[:8]}@")


@shared_task(name="tests.faults.send_one")
def send_one(pk):
    row = OutboxMessage.objects.for_sending().get(pk=pk)
    mail = SmtpTransport()
    try:
        _send(row, mail)
    finally:
        mail.close()
    _settle(row)


def one_task_each():
    """The broker is the queue: a task for each delivery, written to it once, all of them when they come due."""

    def work(mail, counts):
        for row in _all_due():
            if OutboxMessage.objects.filter(pk=row.pk, status="pending", token=None).update(token=uuid.uuid4()):
                send_one.delay(row.pk)
                counts.sent += 1

    _with_mail(work)


VARIANTS = {
    variant.__name__: variant
    for variant in (
        read_then_send, settle_first, claim_without_lease, lease_of_the_own_clock, claim_and_trust, one_batch_one_fate,
        as_it_was_planned, a_new_number_each_time, one_task_each,
        nothing_is_held, all_that_waits_is_in_doubt, one_era_for_ever,
    )
}  # fmt: skip

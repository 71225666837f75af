"""Delivers due reminders: claim, send in phases, settle. Never lost, never sent twice.

The row is the queue. `deliver_due` may run in any number of workers, loops and cron jobs at once, and may be killed
at any moment: a claim that is not settled by the end of its lease is taken up again by the sweeper.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.services.notices import add_notice
from careplans import postponing
from careplans.claiming import LEASE, take
from careplans.messages import mail_for, notice_text, number, path_of
from careplans.models import Delivery
from careplans.obstacles import RECIPIENT_LEFT, Look, obstacle_to
from careplans.relays import open_relay
from careplans.rounds import Round, Tally, in_order
from careplans.services import deputies, reminders, sending
from careplans.settling import mend_reminders, settle_reminder, settle_reminders
from careplans.sweeping import MAX_ATTEMPTS, sweep
from careplans.transports import AmbiguousError, Transport, TransportError, Trouble, open_transport

log = logging.getLogger(__name__)

# The dot may go out only while this much of the lease is left; a worker that was stopped meanwhile gives up instead.
MARGIN_SECONDS = LEASE.total_seconds() / 4
BATCH = 100

# The pause between two attempts doubles from the first up to the longest.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# How long nothing is tried after the relay took nothing at all.
RELAY_PAUSE = timedelta(seconds=60)

Status = Delivery.Status


def deliver_due(batch: int = BATCH, *, open_mail: Callable[[], Transport] = open_transport) -> Tally:
    """Deliver up to `batch` due deliveries and return what became of them. Safe to run many times at once."""
    if not sending.may_send():
        return Tally(held=True)
    relay = open_relay()
    swept = sweep(relay)
    held = claim(batch)
    if not held:
        mend_reminders()
        return Tally(swept=swept)
    rows = Delivery.objects.for_sending().filter(pk__in=[row.pk for row, _ in held], status=Status.CLAIMED)
    waiting = in_order(rows)
    work = Round(relay, held[0][1], waiting, Look.at(waiting), Tally(swept=swept), looked_at=monotonic())
    leaves_the_house = any(row.channel == Delivery.Channel.EMAIL for row in waiting)
    if leaves_the_house:
        sending.count_round()
    try:
        _work_off(work, open_mail)
    finally:
        settle_reminders(work.sent_reminders)
        # Once more: a backup that was taken meanwhile does not know of the rest of this round.
        if leaves_the_house:
            sending.count_round()
    if work.waiting:
        _give_back(list(work.waiting), later=work.relay_is_down)
    if work.error:
        raise work.error
    return work.tally


def _work_off(work: Round, open_mail: Callable[[], Transport]) -> None:
    """In one lane, or in several: each has a line to the relay and a database connection of its own, and waits for
    neither of the others. On SQLite there is one writer, so one lane."""
    lanes = settings.REMINDER_LANES if connection.features.has_select_for_update else 1
    lanes = min(lanes, max(1, len(work.waiting) // 8))
    if lanes == 1:
        _lane(work, open_mail)
        return
    threads = [threading.Thread(target=_own_lane, args=(work, open_mail)) for _ in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _own_lane(work: Round, open_mail: Callable[[], Transport]) -> None:
    try:
        _lane(work, open_mail)
    except BaseException as error:
        work.error = error
    finally:
        connection.close()


def _lane(work: Round, open_mail: Callable[[], Transport]) -> None:
    mail = open_mail()
    try:
        while (row := work.next()) is not None:
            _try(row, mail, work)
    finally:
        mail.close()


def _try(delivery: Delivery, mail: Transport, work: Round) -> None:
    """One bad row must not stop the others: it stays claimed, and the sweeper gives up on it after some attempts."""
    try:
        _deliver(delivery, mail, work)
    except (OperationalError, InterfaceError):
        raise  # no database, no delivery: what is claimed is taken up again after the lease
    except Exception as error:
        mail.abort()
        work.count("retried")
        # The name only: the words of an error may hold what nobody should read in a log.
        log.error(
            "delivery stumbled",
            extra={"delivery": delivery.pk, "attempt": delivery.attempts, "error": type(error).__name__},
        )


def claim(batch: int) -> list[tuple[Delivery, float]]:
    """Take due rows. The database's clock decides "due".

    Returns each with the monotonic instant after which its dot may no longer go out.
    """
    deadline = monotonic() + LEASE.total_seconds() - MARGIN_SECONDS
    due = Delivery.objects.filter(status=Status.PENDING, due_at__lte=Now()).order_by("due_at", "id")
    values = {"status": Status.CLAIMED, "lease_until": Now() + LEASE, "attempts": F("attempts") + 1, "marked_at": None}
    # What somebody waits for passes a backlog, and never takes all of a batch.
    urgent = take(due.filter(is_urgent=True), max(1, batch * 3 // 4), **values)
    rest = take(due, batch - len(urgent), **values) if len(urgent) < batch else []
    return [(row, deadline) for row in (*urgent, *rest)]


def _give_back(rows: Sequence[Delivery], *, later: bool = False) -> None:
    """Claimed but not tried: back into the queue, and not counted as an attempt."""
    mine = {row.token for row in rows}
    held = Delivery.objects.filter(
        pk__in=[row.pk for row in rows], token__in=mine, status=Status.CLAIMED, marked_at=None
    )
    values = {"status": Status.PENDING, "token": None, "lease_until": None, "attempts": F("attempts") - 1}
    if later:
        # In the app they need no relay: only the mails wait for it.
        held.filter(channel=Delivery.Channel.EMAIL).update(due_at=timezone.now() + RELAY_PAUSE, **values)
    held.update(**values)


def _deliver(delivery: Delivery, mail: Transport, work: Round) -> None:
    obstacle = obstacle_to(delivery, work.look)
    if obstacle:
        _cancel(delivery, obstacle)
        work.count("cancelled")
        return
    if delivery.channel == Delivery.Channel.IN_APP:
        work.count("sent", _settle_sent(delivery, work))
        return
    if postponing.postpone(delivery):
        work.count("postponed")
        return
    try:
        mail.prepare(mail_for(delivery, work.relay.headers(number(delivery))))
        if not _mark(delivery, work.deadline):
            mail.abort()
            work.count("retried")
            return
        mail.commit()
    except TransportError as error:
        _unsent(delivery, error, work)
    except AmbiguousError:
        # Left claimed and marked: the sweeper asks the relay, or counts it and sends it again, after the lease.
        log.warning("delivery in doubt", extra={"delivery": delivery.pk, "attempt": delivery.attempts})
        work.count("retried")
    else:
        work.count("sent", _settle_sent(delivery, work))


def _mark(delivery: Delivery, deadline: float) -> bool:
    """Write down, durably, that the dot is about to go out; only while this worker surely still holds the lease."""
    held = Delivery.objects.held_as(delivery).filter(lease_until__gt=Now())
    if not held.update(marked_at=Now()):
        return False
    if monotonic() < deadline:
        return True
    held.update(marked_at=None)
    return False


def _settle_sent(delivery: Delivery, work: Round | None = None) -> int:
    """Sent, and for the app the notice itself, in one transaction. Zero when another worker settled it first.

    A plain mail is settled by one statement, and its reminder with those of the others at the end of the round.
    """
    held = Delivery.objects.held_as(delivery)
    sent = {"status": Status.SENT, "sent_at": timezone.now(), "lease_until": None, "last_error": ""}
    if work is not None and work.is_plain(delivery):
        if not held.update(**sent):
            return 0
        work.sent_reminders.append(delivery.reminder_id)
        return 1
    with transaction.atomic():
        if not held.update(**sent):
            return 0
        if delivery.channel == Delivery.Channel.IN_APP:
            add_notice(
                delivery.recipient, kind=delivery.reminder.kind, text=notice_text(delivery.reminder),
                path=path_of(delivery.reminder), dedupe_key=f"reminder.{delivery.dedupe_key}",
            )  # fmt: skip
            deputies.tell_instead(delivery.reminder)
        settle_reminder(delivery.reminder_id)
    return 1


def _cancel(delivery: Delivery, reason: str) -> None:
    """Not to go out. When the recipient left, the board's coordinators are told instead: nobody is lost that way."""
    with transaction.atomic():
        held = Delivery.objects.held_as(delivery)
        if not held.update(status=Status.CANCELLED, lease_until=None, last_error=reason[:300]):
            return
        if reason == RECIPIENT_LEFT and delivery.channel == Delivery.Channel.IN_APP:
            _pass_on(delivery)
        if reason == deputies.AWAY:
            deputies.tell_instead(delivery.reminder)
        settle_reminder(delivery.reminder_id)


def _pass_on(delivery: Delivery) -> None:
    if not reminders.pass_on(delivery.reminder):
        nobody = "there is no approver" if delivery.reminder.board is None else "the board has no coordinator or chair"
        words = f"{RECIPIENT_LEFT}, and {nobody} who could be told instead"
        Delivery.objects.filter(pk=delivery.pk).update(status=Status.FAILED, last_error=words)


def _unsent(delivery: Delivery, error: TransportError, work: Round) -> None:
    """Certainly not sent. The relay's trouble counts against nobody; this mail's is tried again with growing pauses, or
    given up where people see it."""
    if error.trouble == Trouble.RELAY:
        # A dot that was refused is as certainly unsent as one that was never offered.
        Delivery.objects.held_as(delivery).update(marked_at=None)
        work.relay_is_down = True
        work.waiting.append(delivery)
        log.warning("the relay takes no mail", extra={"why": str(error)[:120]})
        return
    give_up = error.permanent or delivery.attempts >= MAX_ATTEMPTS
    pause = min(FIRST_PAUSE * 2 ** (delivery.attempts - 1), LONGEST_PAUSE)
    with transaction.atomic():
        held = Delivery.objects.held_as(delivery)
        held.update(
            status=Status.FAILED if give_up else Status.PENDING, token=None, lease_until=None, marked_at=None,
            due_at=F("due_at") if give_up else timezone.now() + pause, last_error=str(error)[:300],
        )  # fmt: skip
        settle_reminder(delivery.reminder_id)
    log.warning(
        "delivery not sent",
        extra={"delivery": delivery.pk, "attempt": delivery.attempts, "why": error.trouble.value},
    )
    if give_up:
        work.count("failed")
    else:
        work.count("retried")

"""Delivers due reminders: claim, send in phases, settle. Never lost, never sent twice.

The row is the queue. `deliver_due` may run in any number of workers, loops and cron jobs at once, and may be killed
at any moment: a claim that is not settled by the end of its lease is taken up again by the sweeper.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import Membership, User
from accounts.services.notices import add_notice
from careplans import postponing
from careplans.messages import mail_for, notice_text, path_of
from careplans.models import Delivery, Reminder
from careplans.models.reminders import DeliveryQuerySet
from careplans.services import deputies, digests, reminders, reviews
from careplans.transports import AmbiguousError, Transport, TransportError, open_transport

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
# The dot may go out only while this much of the lease is left; a worker that was stopped meanwhile gives up instead.
MARGIN_SECONDS = 30.0
MAX_ATTEMPTS = 8
BATCH = 50

# The pause between two attempts doubles up to this.
LONGEST_PAUSE = timedelta(hours=1)
RECIPIENT_LEFT = "the recipient left the board"

Status = Delivery.Status


@dataclass
class Tally:
    """What one run did, for the log and for whoever runs it by hand."""

    sent: int = 0
    cancelled: int = 0
    failed: int = 0
    retried: int = 0
    swept: int = 0
    postponed: int = 0


def deliver_due(batch: int = BATCH, *, open_mail: Callable[[], Transport] = open_transport) -> Tally:
    """Deliver up to `batch` due deliveries and return what became of them. Safe to run many times at once."""
    tally = Tally(swept=sweep())
    mail = open_mail()
    try:
        held = claim(batch)
        for place, (delivery, deadline) in enumerate(held):
            if monotonic() > deadline:
                _give_back([row for row, _ in held[place:]])  # a slow relay ate the lease
                break
            _try(delivery, mail, deadline, tally)
    finally:
        mail.close()
    return tally


def _try(delivery: Delivery, mail: Transport, deadline: float, tally: Tally) -> None:
    """One bad row must not stop the others: it stays claimed, and the sweeper gives up on it after some attempts."""
    try:
        _deliver(delivery, mail, deadline, tally)
    except (OperationalError, InterfaceError):
        raise  # no database, no delivery: what is claimed is taken up again after the lease
    except Exception as error:
        mail.abort()
        tally.retried += 1
        # The name only: the words of an error may hold what nobody should read in a log.
        log.error("delivery %s, attempt %s: %s", delivery.pk, delivery.attempts, type(error).__name__)


def claim(batch: int) -> list[tuple[Delivery, float]]:
    """Take due rows by one statement, so that no two workers hold the same one. The database's clock decides "due".

    Returns each with the monotonic instant after which its dot may no longer go out.
    """
    token = uuid.uuid4()
    deadline = monotonic() + LEASE.total_seconds() - MARGIN_SECONDS
    with transaction.atomic():
        # On SQLite the IMMEDIATE transaction stands for SKIP LOCKED: there is one writer at a time.
        due = Delivery.objects.filter(status=Status.PENDING, due_at__lte=Now()).order_by("due_at", "id")
        due = (
            due.select_for_update(skip_locked=True)
            if transaction.get_connection().features.has_select_for_update
            else due
        )
        Delivery.objects.filter(pk__in=due.values("pk")[:batch], status=Status.PENDING).update(
            status=Status.CLAIMED, token=token, lease_until=Now() + LEASE, attempts=F("attempts") + 1, marked_at=None
        )
    return [(row, deadline) for row in Delivery.objects.filter(token=token, status=Status.CLAIMED)]


def _give_back(rows: list[Delivery]) -> None:
    """Claimed but not tried: back into the queue, and not counted as an attempt."""
    held = Delivery.objects.filter(pk__in=[row.pk for row in rows], token=rows[0].token, status=Status.CLAIMED)
    held.update(status=Status.PENDING, token=None, lease_until=None, attempts=F("attempts") - 1)


def sweep() -> int:
    """Take up what a dead worker left. Not marked: certainly unsent. Marked: may have been sent, so it is counted
    as ambiguous and sent again under the same Message-ID, because a lost reminder is the worse harm. A row that ended
    so again and again is given up, where people see it."""
    over = Delivery.objects.filter(status=Status.CLAIMED, lease_until__lt=Now())
    for pk, reminder_id in over.filter(attempts__gte=MAX_ATTEMPTS).values_list("pk", "reminder_id"):
        _give_up(over.filter(pk=pk), reminder_id)
    unmarked = over.filter(marked_at=None).update(status=Status.PENDING, token=None, lease_until=None)
    marked = over.filter(marked_at__isnull=False).update(
        status=Status.PENDING, token=None, lease_until=None, ambiguous=F("ambiguous") + 1
    )
    return unmarked + marked


def _give_up(row: DeliveryQuerySet, reminder_id: int) -> None:
    words = f"given up after {MAX_ATTEMPTS} attempts that ended without an answer"
    with transaction.atomic():
        row.filter(marked_at__isnull=False).update(ambiguous=F("ambiguous") + 1)
        row.update(status=Status.FAILED, token=None, lease_until=None, marked_at=None, last_error=words)
        _settle_reminder(reminder_id)


def _deliver(claimed: Delivery, mail: Transport, deadline: float, tally: Tally) -> None:
    # Read again: since the claim somebody may have settled the step, or withdrawn the plan.
    delivery = Delivery.objects.for_sending().filter(pk=claimed.pk, token=claimed.token, status=Status.CLAIMED).first()
    if delivery is None:
        return
    obstacle = obstacle_to(delivery)
    if obstacle:
        _cancel(delivery, obstacle)
        tally.cancelled += 1
        return
    if delivery.channel == Delivery.Channel.IN_APP:
        tally.sent += _settle_sent(delivery)
        return
    if postponing.postpone(delivery):
        tally.postponed += 1
        return
    try:
        mail.prepare(mail_for(delivery))
        if not _mark(delivery, deadline):
            mail.abort()
            tally.retried += 1
            return
        mail.commit()
    except TransportError as error:
        _unsent(delivery, error, tally)
    except AmbiguousError as error:
        # Left claimed and marked: the sweeper counts it and sends it again after the lease.
        log.warning("delivery %s ambiguous: %s", delivery.pk, error)
        tally.retried += 1
    else:
        tally.sent += _settle_sent(delivery)


def obstacle_to(delivery: Delivery) -> str:
    """Why this must not go out any more, looked at when it is sent and not when it was written."""
    reminder, person = delivery.reminder, delivery.recipient
    if reminder.kind == Reminder.Kind.DIGEST:
        return digests.obstacle_to_digest(reminder, obstacle_to, _settle_reminder)
    if reminder.status == Reminder.Status.CANCELLED:
        return reminder.cancel_reason or "withdrawn"
    if not _is_still_open(reminder):
        return "already settled"
    if not person.is_active or not _is_still_theirs(reminder, person):
        return RECIPIENT_LEFT
    if delivery.channel == Delivery.Channel.EMAIL and not wants_mail(person, reminder.kind):
        return "prefers no e-mail"
    if delivery.channel == Delivery.Channel.EMAIL and deputies.is_covered(reminder):
        return deputies.AWAY
    return ""


def _is_still_open(reminder: Reminder) -> bool:
    if reminder.step is not None:
        return reminder.step.is_open and reminder.step.plan.is_in_force
    if reminder.follow_up is not None:
        return reminder.follow_up.is_open
    if reminder.page is not None:
        return reviews.still_wanted(reminder)
    return reminder.signature is not None and reminder.signature.is_awaited


def _is_still_theirs(reminder: Reminder, person: User) -> bool:
    """On the board still; of a reference page, still its editor, or an approver who is told when it escalates."""
    if reminder.page is not None:
        return person.is_content_approver or (person.is_content_editor and reminder.page.responsible_id == person.pk)
    return Membership.objects.filter(user=person, board=reminder.board_id, ended_at=None).exists()


def wants_mail(person: User, kind: str) -> bool:
    if kind == Reminder.Kind.SIGNATURE:
        return person.mail_signatures
    if kind == Reminder.Kind.ESCALATION:
        return person.mail_escalations
    return person.mail_overdue if kind == Reminder.Kind.OVERDUE else person.mail_reminders


def _mark(delivery: Delivery, deadline: float) -> bool:
    """Write down, durably, that the dot is about to go out; only while this worker surely still holds the lease."""
    held = Delivery.objects.filter(pk=delivery.pk, token=delivery.token, status=Status.CLAIMED, lease_until__gt=Now())
    if not held.update(marked_at=Now()):
        return False
    if monotonic() < deadline:
        return True
    held.update(marked_at=None)
    return False


def _settle_sent(delivery: Delivery) -> int:
    """Sent, and for the app the notice itself, in one transaction. Zero when another worker settled it first."""
    with transaction.atomic():
        held = Delivery.objects.filter(pk=delivery.pk, token=delivery.token, status=Status.CLAIMED)
        if not held.update(status=Status.SENT, sent_at=timezone.now(), lease_until=None, last_error=""):
            return 0
        if delivery.channel == Delivery.Channel.IN_APP:
            add_notice(
                delivery.recipient, kind=delivery.reminder.kind, text=notice_text(delivery.reminder),
                path=path_of(delivery.reminder), dedupe_key=f"reminder.{delivery.dedupe_key}",
            )  # fmt: skip
            deputies.tell_instead(delivery.reminder)
        _settle_reminder(delivery.reminder_id)
    return 1


def _cancel(delivery: Delivery, reason: str) -> None:
    """Not to go out. When the recipient left, the board's coordinators are told instead: nobody is lost that way."""
    with transaction.atomic():
        held = Delivery.objects.filter(pk=delivery.pk, token=delivery.token, status=Status.CLAIMED)
        if not held.update(status=Status.CANCELLED, lease_until=None, last_error=reason[:300]):
            return
        if reason == RECIPIENT_LEFT and delivery.channel == Delivery.Channel.IN_APP:
            _pass_on(delivery)
        if reason == deputies.AWAY:
            deputies.tell_instead(delivery.reminder)
        _settle_reminder(delivery.reminder_id)


def _pass_on(delivery: Delivery) -> None:
    if not reminders.pass_on(delivery.reminder):
        nobody = "there is no approver" if delivery.reminder.board is None else "the board has no coordinator or chair"
        words = f"{RECIPIENT_LEFT}, and {nobody} who could be told instead"
        Delivery.objects.filter(pk=delivery.pk).update(status=Status.FAILED, last_error=words)


def _unsent(delivery: Delivery, error: TransportError, tally: Tally) -> None:
    """Certainly not sent: try again later with growing pauses, or give up where people see it."""
    give_up = error.permanent or delivery.attempts >= MAX_ATTEMPTS
    pause = min(timedelta(seconds=30 * 2 ** (delivery.attempts - 1)), LONGEST_PAUSE)
    with transaction.atomic():
        held = Delivery.objects.filter(pk=delivery.pk, token=delivery.token, status=Status.CLAIMED)
        held.update(
            status=Status.FAILED if give_up else Status.PENDING, token=None, lease_until=None, marked_at=None,
            due_at=F("due_at") if give_up else timezone.now() + pause, last_error=str(error)[:300],
        )  # fmt: skip
        _settle_reminder(delivery.reminder_id)
    log.warning("delivery %s not sent, attempt %s: %s", delivery.pk, delivery.attempts, error)
    tally.failed += int(give_up)
    tally.retried += int(not give_up)


def _settle_reminder(reminder_id: int) -> None:
    """A reminder is failed when a channel failed, delivered when one was sent and none is still to go."""
    states = set(Delivery.objects.filter(reminder=reminder_id).values_list("status", flat=True))
    if states & {Status.PENDING, Status.CLAIMED, Status.COLLECTED}:
        return
    new = Reminder.Status.DELIVERED if Status.SENT in states else Reminder.Status.CANCELLED
    if Status.FAILED in states:
        new = Reminder.Status.FAILED
    open_ones = Reminder.objects.filter(pk=reminder_id).exclude(Q(status=new) | Q(status=Reminder.Status.CANCELLED))
    open_ones.update(status=new)
    for carried in digests.settle_collected(reminder_id, new):
        _settle_reminder(carried)


def oldest_unsent_seconds() -> float:
    """How long the oldest reminder that is due has been waiting; 0 when there is none. For /health/.

    Counted from the hour that was promised: a pause after a failed attempt moves the delivery, not the promise.
    """
    now = timezone.now()
    waiting = Delivery.objects.filter(status=Status.PENDING, due_at__lte=now + LONGEST_PAUSE)
    claimed = Delivery.objects.filter(status=Status.CLAIMED)
    promised = Coalesce("held_until", "reminder__due_at")
    dues = [
        rows.annotate(promised=promised).filter(promised__lte=now).aggregate(oldest=Min("promised"))["oldest"]
        for rows in (waiting, claimed)
    ]
    return max(((now - due).total_seconds() for due in dues if due), default=0.0)

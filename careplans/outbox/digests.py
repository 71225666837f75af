"""One e-mail a day instead of many: how many things are open, and one link.

A digest is a reminder of its own kind, once per person and local day, with one message in the same queue. The single
e-mails that it carries wait in it and become what it becomes: sent, failed or cancelled. Into one that a worker has
taken, or that may have gone out already, nothing is added any more; what comes then goes into the next day's.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, User
from careplans.models import OutboxMessage, Reminder
from common.going_on import going_on
from common.leases import LET_GO
from common.local_time import instant
from common.writing import lock, transactional

Kind, Status = Reminder.Kind, OutboxMessage.Status
# Days that are looked at for a digest that is still open; one a day is claimed at most.
DAYS_AHEAD = 7
UNSENT = "the daily e-mail that carried it could not be sent"
NOTHING_OPEN = "nothing of it is open any more"


def collect(message: OutboxMessage) -> bool:
    """Put a held single e-mail into its recipient's next daily one. False when it is to go out on its own."""
    person, kind = message.recipient, message.reminder.kind
    if person.digest_at is None or message.skips_digest or kind == Kind.DIGEST:
        return False
    if kind == Kind.SIGNATURE and person.signatures_at_once:
        return False
    with transaction.atomic():
        held = OutboxMessage.objects.held([message])
        carrier = _open_digest(person)
        if carrier is None:
            return False
        collected = held.update(
            status=Status.COLLECTED, marked_at=None, attempts=F("attempts") - 1, **LET_GO,
            digest=carrier.reminder_id, held_until=carrier.due_at,
        )  # fmt: skip
    return bool(collected)


def release_unwanted() -> int:
    """What was collected for people who want no daily e-mail any more goes out by itself. Returns how many mails."""
    unwanted = OutboxMessage.objects.filter(status=Status.COLLECTED, recipient__digest_at=None)
    released = 0
    for digest in sorted(set(unwanted.values_list("digest", flat=True))):
        with going_on("daily e-mail not released", row=digest):
            released += _release(digest)
    return released


@transactional
def _release(digest: int) -> int:
    """Unless a worker has taken the daily e-mail, or it may have gone out: then it carries them still."""
    rows = OutboxMessage.objects.filter(digest=digest, status=Status.COLLECTED)
    lock(Reminder.objects.filter(pk__in={digest, *rows.values_list("reminder", flat=True)}))
    carrier = OutboxMessage.objects.select_for_update(of=("self",)).filter(reminder=digest, status=Status.PENDING)
    if not carrier.filter(ambiguous=0).exists():
        return 0
    return rows.update(status=Status.PENDING, digest=None, held_until=None, due_at=Now())


def _open_digest(person: User) -> OutboxMessage | None:
    """The message of the next digest that still takes something in, held until the transaction ends."""
    if person.digest_at is None:
        return None
    zone = _zone_of(person)
    local = timezone.now().astimezone(ZoneInfo(zone))
    first = local.date() + timedelta(days=int(local.time() >= person.digest_at))
    for later in range(DAYS_AHEAD):
        day = first + timedelta(days=later)
        due_at = instant(day, person.digest_at, ZoneInfo(zone))
        values = {"local_time": person.digest_at, "zone": zone, "due_at": due_at}
        reminder, is_new = Reminder.objects.get_or_create(
            recipient=person, local_day=day, kind=Kind.DIGEST, defaults=values
        )
        if is_new:
            return _send_later(reminder)
        # A worker that is about to claim it, or has, wins: then the row is not waiting any more.
        rows = OutboxMessage.objects.select_for_update(of=("self",)).filter(reminder=reminder, status=Status.PENDING)
        if (carrier := rows.filter(ambiguous=0).first()) is not None:
            return carrier
    return None


def _send_later(reminder: Reminder) -> OutboxMessage:
    return OutboxMessage.objects.create(
        reminder=reminder, channel=OutboxMessage.Channel.EMAIL, recipient_id=reminder.recipient_id, due_at=reminder.due_at,
        dedupe_key=f"{reminder.pk}.{reminder.generation}.email.{reminder.recipient_id}",
    )  # fmt: skip


def _zone_of(person: User) -> str:
    """Of the first of the person's boards, by name; who is on none lives in the zone of the centre."""
    rows = Membership.objects.filter(user=person, ended_at=None, board__is_active=True).order_by("board__name")
    return rows.values_list("board__time_zone", flat=True).first() or settings.CENTRE_TIME_ZONE


def count_open(digest: Reminder) -> int:
    """How many things the digest speaks of: a step of which two reminders were collected counts once, and so does what is told
    monthly of a board."""
    rows = OutboxMessage.objects.filter(digest=digest, status__in=(Status.COLLECTED, Status.SENT))
    about = ("step", "follow_up", "signature", "plan", "reference_page")
    things = set(rows.exclude(reminder__kind=Kind.AHEAD).values_list(*(f"reminder__{name}" for name in about)))
    return len(things) + rows.filter(reminder__kind=Kind.AHEAD).values("reminder__board").distinct().count()


def pass_status_to_collected(digest: int, state: str) -> list[int]:
    """What a digest carried becomes what it became. Returns the reminders whose state may change with it."""
    rows = OutboxMessage.objects.filter(digest=digest, status=Status.COLLECTED)
    reminders = list(rows.values_list("reminder", flat=True))
    if not reminders:
        return []
    if state == Reminder.Status.DELIVERED:
        rows.update(status=Status.SENT, sent_at=timezone.now(), last_error="")
    elif state == Reminder.Status.FAILED:
        rows.update(status=Status.FAILED, last_error=UNSENT)
    else:
        rows.update(status=Status.CANCELLED, last_error=NOTHING_OPEN)
    return reminders

"""Takes up what a dead worker left. Not marked: certainly unsent. Marked: it may have gone out, and the relay is asked."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.models.outbox import OutboxMessageQuerySet
from careplans.outbox.claims import LEASE, take
from careplans.outbox.messages import message_id
from careplans.outbox.relays import Answer, Relay
from careplans.outbox.settle import take_reminders, update_status_from_channels
from common.going_on import going_on
from common.leases import LET_GO, is_over
from common.writing import transactional

MAX_ATTEMPTS = 8
# So many doubtful ones are looked up in one go: a slow relay must not hold up what is certain.
LOOK_UPS = 20
# So long after the mark a relay that cannot be reached is asked again, before its mail counts as one that nobody knows about.
ASK_FOR = 10 * LEASE.length

Status = OutboxMessage.Status

log = logging.getLogger(__name__)


def sweep(relay: Relay) -> int:
    """Rows whose lease is over go back into the queue, or are settled by what the relay says. Returns how many."""
    over = OutboxMessage.objects.filter(is_over(), status=Status.CLAIMED)
    certain = over.filter(marked_at=None)
    for row in list(certain.filter(attempts__gte=MAX_ATTEMPTS)):
        with going_on("message not given up", outbox_message=row.pk):
            _give_up(certain.filter(pk=row.pk), row)
    back = certain.update(status=Status.PENDING, **LET_GO)
    doubtful = take(over.filter(marked_at__isnull=False).order_by("lease_until", "id"), LOOK_UPS)
    for row in doubtful.rows():
        answer = relay.ask(message_id(row), _sent_since(row))
        if answer == Answer.NOT_NOW and row.marked_at and row.marked_at > timezone.now() - ASK_FOR:
            # Each of the others would wait for it in vain, too. Their new lease runs, and then they are asked about.
            log.warning("the relay cannot be asked", extra={"outbox_message": row.pk})
            break
        with going_on("message in doubt stumbled", outbox_message=row.pk):
            _resolve(row, answer)
    return back + len(doubtful)


def _sent_since(row: OutboxMessage) -> datetime:
    """When it may have gone out at the earliest. What a release put in doubt nobody here has tried: that was before it."""
    return row.marked_at if row.attempts and row.marked_at else row.due_at


@transactional
def _resolve(row: OutboxMessage, answer: Answer) -> None:
    """Accepted: sent. Never seen, or harmless: certain, and back into the queue. Else counted as ambiguous, shown, and
    sent again under the same Message-ID, because a lost reminder is the worse harm."""
    held = OutboxMessage.objects.held([row])
    counter = "ambiguous" if answer in (Answer.UNKNOWN, Answer.NOT_NOW) else "looked_up"
    asked = {counter: F(counter) + 1}
    if answer == Answer.ACCEPTED:
        with transaction.atomic():
            take_reminders(row.reminder_id)
            if held.update(status=Status.SENT, sent_at=timezone.now(), lease_until=None, last_error="", **asked):
                update_status_from_channels(row.reminder_id)
        return
    if row.attempts >= MAX_ATTEMPTS:
        held.update(**asked)
        _give_up(held, row)
        return
    held.update(status=Status.PENDING, marked_at=None, **LET_GO, **asked)


@transactional
def _give_up(rows: OutboxMessageQuerySet, row: OutboxMessage) -> None:
    """A row that ended so again and again is given up, where people see it."""
    words = f"given up after {MAX_ATTEMPTS} attempts that ended without an answer"
    take_reminders(row.reminder_id)
    if rows.update(status=Status.FAILED, marked_at=None, last_error=words, **LET_GO):
        update_status_from_channels(row.reminder_id)

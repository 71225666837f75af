"""What becomes of a message that a worker holds: sent, not to go out, or certainly not sent. Each is a compare-and-set
on the held row, so that whoever comes second changes nothing. Each takes the reminder first, as whoever withdraws it does.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.services.notices import add_notice
from careplans.models import OutboxMessage
from careplans.outbox.batch import Batch, Slice
from careplans.outbox.messages import notice_text, path_of
from careplans.outbox.settle import take_reminders, update_status_from_channels
from careplans.outbox.smtp import TransportError, Trouble
from careplans.outbox.sweeper import MAX_ATTEMPTS
from careplans.outbox.withdrawals import withdraw
from careplans.reminders import deputies
from common.leases import LET_GO, pause_before
from common.writing import transactional

log = logging.getLogger(__name__)

# The pause between two attempts doubles from the first up to the longest.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

Status = OutboxMessage.Status


def record_mails_sent(rows: Collection[OutboxMessage], part: Slice, work: Batch) -> None:
    """The relay took them. Plain ones by one statement, and their reminders with those of others at the end of the round."""
    plain = [row for row in rows if part.is_plain(row)]
    if plain:
        work.count("sent", OutboxMessage.objects.held(plain).update(**_as_sent()))
        work.sent_reminders += [row.reminder_id for row in plain]
    for row in rows:
        if not part.is_plain(row):
            work.count("sent", record_sent(row))


@transactional
def record_sent(message: OutboxMessage) -> int:
    """Sent, and for the app the notice itself, in one transaction. Zero when another worker settled it first."""
    take_reminders(message.reminder_id)
    if not OutboxMessage.objects.held([message]).update(**_as_sent()):
        return 0
    if message.channel == OutboxMessage.Channel.IN_APP:
        add_notice(
            message.recipient, kind=message.reminder.kind, text=notice_text(message.reminder),
            path=path_of(message.reminder), dedupe_key=f"reminder.{message.dedupe_key}", board=message.reminder.board_id,
        )  # fmt: skip
        deputies.tell_instead(message.reminder)
    update_status_from_channels(message.reminder_id)
    return 1


def _as_sent() -> dict[str, Any]:
    return {"status": Status.SENT, "sent_at": timezone.now(), "lease_until": None, "last_error": ""}


def cancel(message: OutboxMessage, reason: str) -> None:
    """Not to go out. Where its person cannot act, somebody else is told instead: nobody is lost that way."""
    withdraw(message, OutboxMessage.objects.held([message]), reason)


def fail_or_retry(message: OutboxMessage, error: TransportError, work: Batch) -> None:
    """Certainly not sent. The relay's trouble counts against nobody; this mail's is tried again with growing pauses, or
    given up where people see it."""
    held = OutboxMessage.objects.held([message])
    if error.trouble == Trouble.RELAY:
        # A dot that was refused is as certainly unsent as one that was never offered.
        held.update(marked_at=None)
        work.relay_is_down = True
        work.put_back([message])
        log.warning("the relay takes no mail", extra={"why": str(error)[:120]})
        return
    give_up = error.permanent or message.attempts >= MAX_ATTEMPTS
    pause = pause_before(message.attempts + 1, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
    with transaction.atomic():
        take_reminders(message.reminder_id)
        held.update(
            status=Status.FAILED if give_up else Status.PENDING, marked_at=None, **LET_GO,
            due_at=F("due_at") if give_up else timezone.now() + pause, last_error=str(error)[:300],
        )  # fmt: skip
        update_status_from_channels(message.reminder_id)
    log.warning(
        "message not sent",
        extra={"outbox_message": message.pk, "attempt": message.attempts, "why": error.trouble.value},
    )
    work.count("failed" if give_up else "retried")

"""Delivers due reminders: claim, send in phases, settle. Never lost, never sent twice.

The row is the queue. `send_due` may run in any number of workers, loops and cron jobs at once, and may be killed
at any moment: a claim that is not settled by the end of its lease is taken up again by the sweeper.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.outbox import digests, hold, quiet_hours
from careplans.outbox.batch import Batch, RunCounts, Slice, in_order
from careplans.outbox.claims import claim, deadline_of_a_claim_made_now
from careplans.outbox.messages import mail_for, number
from careplans.outbox.obstacles import BatchFacts, obstacle_to
from careplans.outbox.outcomes import cancel, fail_or_retry, record_mails_sent, record_sent
from careplans.outbox.relays import open_relay
from careplans.outbox.settle import mend_reminders, update_statuses_from_channels
from careplans.outbox.smtp import AmbiguousError, Transport, TransportError, open_transport
from careplans.outbox.sweeper import sweep
from common.leases import LET_GO

log = logging.getLogger(__name__)

BATCH = 250
# So many mails are marked and settled at once where the relay can tell what became of them.
TOGETHER = 25
# How long nothing is tried after the relay took nothing at all.
RELAY_PAUSE = timedelta(seconds=60)

Status = OutboxMessage.Status


def send_due(batch: int = BATCH, *, open_mail: Callable[[], Transport] = open_transport) -> RunCounts:
    """Send up to `batch` due messages and return what became of them. Safe to run many times at once."""
    if not hold.may_send():
        return RunCounts(held=True)
    relay = open_relay()
    digests.release_unwanted()
    swept = sweep(relay)
    deadline = deadline_of_a_claim_made_now()
    held = claim(batch)
    if not held:
        mend_reminders()
        return RunCounts(swept=swept)
    waiting = in_order(held.rows().for_sending())
    work = Batch(relay, deadline, waiting, BatchFacts.at(waiting), monotonic(), RunCounts(swept=swept))
    leaves_the_house = any(row.channel == OutboxMessage.Channel.EMAIL for row in waiting)
    if leaves_the_house:
        hold.count_batch()
    try:
        _work_off(work, open_mail)
    finally:
        update_statuses_from_channels(work.sent_reminders)
        # Once more: a backup that was taken meanwhile does not know of the rest of this round.
        if leaves_the_house:
            hold.count_batch()
    if work.waiting:
        _give_back(list(work.waiting), later=work.relay_is_down)
    if work.error:
        raise work.error
    return work.counts


def _work_off(work: Batch, open_mail: Callable[[], Transport]) -> None:
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


def _own_lane(work: Batch, open_mail: Callable[[], Transport]) -> None:
    try:
        _lane(work, open_mail)
    except BaseException as error:
        work.error = error
    finally:
        connection.close()


def _lane(work: Batch, open_mail: Callable[[], Transport]) -> None:
    """Where the relay can tell what became of a mail, marks and settles are written for several at once. Where nobody can,
    one by one: so that no more than the mail under way is in doubt when a worker dies."""
    together = TOGETHER if work.relay.can_tell else 1
    mail = open_mail()
    try:
        while part := work.next(together):
            if not _send_slice(part, mail, work):
                together = max(1, together // 2)
    finally:
        mail.close()


def _give_back(rows: Sequence[OutboxMessage], *, later: bool = False) -> None:
    """Claimed but not tried: back into the queue, and not counted as an attempt."""
    held = OutboxMessage.objects.held(rows).filter(marked_at=None)
    values = {"status": Status.PENDING, "attempts": F("attempts") - 1, **LET_GO}
    if later:
        # In the app they need no relay: only the mails wait for it.
        held.filter(channel=OutboxMessage.Channel.EMAIL).update(due_at=timezone.now() + RELAY_PAUSE, **values)
    held.update(**values)


def _send_slice(part: Slice, mail: Transport, work: Batch) -> bool:
    """False when the relay was too slow for all of them: what was not reached waits on, and is looked at anew."""
    mails = deque(row for row in part.rows if _tried(row, work, lambda row: _is_to_be_mailed(row, part, work)))
    marked: set[int] = set()
    sent: list[OutboxMessage] = []

    def is_sent(row: OutboxMessage) -> bool:
        return _is_ready(row, mails, marked, mail, work) and _is_taken(row, mail, work)

    try:
        while mails and not work.is_over and not (sent and part.is_stale):
            row = mails.popleft()
            if _tried(row, work, is_sent):
                sent.append(row)
    finally:
        record_mails_sent(sent, part, work)
        if mails:
            _unmark([row for row in mails if row.pk in marked])
            work.put_back(mails)
    return not mails


def _tried(message: OutboxMessage, work: Batch, what: Callable[[OutboxMessage], bool]) -> bool:
    """One bad row must not stop the others: it stays claimed, and the sweeper gives up on it after some attempts."""
    try:
        return what(message)
    except (OperationalError, InterfaceError):
        raise  # no database, no sending: what is claimed is taken up again after the lease
    except Exception as error:
        work.count("retried")
        # The name only: the words of an error may hold what nobody should read in a log.
        log.error(
            "message stumbled",
            extra={"outbox_message": message.pk, "attempt": message.attempts, "error": type(error).__name__},
        )
        return False


def _is_to_be_mailed(message: OutboxMessage, part: Slice, work: Batch) -> bool:
    """Whether it is an e-mail that may go out now. What is not is settled here: withdrawn, shown in the app, put off."""
    obstacle = obstacle_to(message, part.facts)
    if obstacle:
        cancel(message, obstacle)
        work.count("cancelled")
        return False
    if quiet_hours.wait_to_escalate(message):
        work.count("postponed")
        return False
    if message.channel == OutboxMessage.Channel.IN_APP:
        work.count("sent", record_sent(message))
        return False
    if quiet_hours.postpone(message):
        work.count("postponed")
        return False
    return True


def _is_ready(
    message: OutboxMessage, others: Collection[OutboxMessage], marked: set[int], mail: Transport, work: Batch
) -> bool:
    """Whether the relay has all but the final dot, and the mark stands. The first of several marks the `others`, too."""
    try:
        mail.prepare(mail_for(message, work.relay.headers(number(message))))
        if message.pk not in marked:
            marked |= _mark([message, *others])
        if message.pk in marked and monotonic() < work.deadline:
            return True
    except TransportError as error:
        fail_or_retry(message, error, work)
        return False
    except Exception:
        _take_back(message, mail)
        raise
    _take_back(message, mail)
    work.count("retried")
    return False


def _take_back(message: OutboxMessage, mail: Transport) -> None:
    mail.abort()
    _unmark([message])


def _is_taken(message: OutboxMessage, mail: Transport, work: Batch) -> bool:
    """The dot. From here on it may have gone out, whatever happens."""
    try:
        mail.commit()
    except TransportError as error:
        fail_or_retry(message, error, work)
        return False
    except AmbiguousError:
        # Left claimed and marked: the sweeper asks the relay, or counts it and sends it again, after the lease.
        log.warning("message in doubt", extra={"outbox_message": message.pk, "attempt": message.attempts})
        work.count("retried")
        return False
    return True


def _mark(rows: Collection[OutboxMessage]) -> set[int]:
    """Write down, durably, that the dot is about to go out; only while this worker surely still holds the lease. Returns
    the keys of those that are marked."""
    held = OutboxMessage.objects.held(rows).filter(lease_until__gt=Now())
    if held.update(marked_at=Now()) == len(rows):
        return {row.pk for row in rows}
    return set(held.filter(marked_at__isnull=False).values_list("pk", flat=True))


def _unmark(rows: Collection[OutboxMessage]) -> None:
    """The dot did not go out after all."""
    if rows:
        OutboxMessage.objects.held(rows).update(marked_at=None)

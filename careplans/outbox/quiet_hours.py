"""What makes a message wait for somebody's sake: of an e-mail its recipient's quiet hours and daily e-mail, and of an escalation
the working day of whoever was told before.

Called for a message that a worker holds, before anything is sent. Each change is a compare-and-set on the held row.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.outbox import digests
from careplans.reminders import backlog
from common.leases import LET_GO
from common.local_time import instant

Status = OutboxMessage.Status
TO_ACT = "whoever is asked before has a working day to act"


def postpone(message: OutboxMessage) -> bool:
    """True when the e-mail goes into a daily one, or back into the queue until the quiet hours end."""
    return digests.collect(message) or _wait_for_quiet(message)


def wait_to_escalate(message: OutboxMessage) -> bool:
    """On both channels."""
    return _put_off(message, backlog.wait_to_escalate(message.reminder), why=TO_ACT)


def _wait_for_quiet(message: OutboxMessage) -> bool:
    person, reminder = message.recipient, message.reminder
    if person.quiet_from is None or person.quiet_until is None:
        return False
    zone = reminder.board.zone if reminder.board else ZoneInfo(reminder.zone)
    return _put_off(message, quiet_end(person.quiet_from, person.quiet_until, timezone.now(), zone))


def _put_off(message: OutboxMessage, until: datetime | None, why: str = "") -> bool:
    """Not counted as an attempt: nobody tried."""
    if until is None:
        return False
    held = OutboxMessage.objects.held([message])
    held.update(
        status=Status.PENDING, marked_at=None, attempts=F("attempts") - 1, due_at=until, **LET_GO,
        held_until=until, last_error=why,
    )  # fmt: skip
    return True


def quiet_end(start: time, end: time, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which the quiet hours around `now` end; None outside of them. Pure."""
    local = now.astimezone(zone)
    clock, day = local.time(), local.date()
    if start < end:
        inside = start <= clock < end
    else:
        inside = clock >= start or clock < end
        day += timedelta(days=int(clock >= start))
    until = instant(day, end, zone)
    # When the clocks go back, the hour may lie behind already.
    return until if inside and until > now else None

"""What makes an e-mail wait for its recipient's sake: quiet hours and the daily e-mail.

Called for a message that a worker holds, before anything is sent. Each change is a compare-and-set on the held row.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from careplans.models import OutboxMessage
from careplans.outbox import digests
from common.local_time import instant

Status = OutboxMessage.Status


def postpone(message: OutboxMessage) -> bool:
    """True when the e-mail goes into a daily one, or back into the queue until the quiet hours end."""
    return digests.collect(message) or _wait_for_quiet(message)


def _wait_for_quiet(message: OutboxMessage) -> bool:
    """Not counted as an attempt: nobody tried."""
    person, reminder = message.recipient, message.reminder
    if person.quiet_from is None or person.quiet_until is None:
        return False
    zone = reminder.board.zone if reminder.board else ZoneInfo(reminder.zone)
    until = quiet_end(person.quiet_from, person.quiet_until, timezone.now(), zone)
    if until is None:
        return False
    held = OutboxMessage.objects.held([message])
    held.update(
        status=Status.PENDING, token=None, lease_until=None, marked_at=None, attempts=F("attempts") - 1, due_at=until,
        held_until=until,
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

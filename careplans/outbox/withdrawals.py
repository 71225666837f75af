"""What becomes of a message that is not to go out: withdrawn with its reason, and told to somebody else where its person cannot
act. Where nobody is left it waits for somebody.
"""

from datetime import timedelta

from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.models.outbox import OutboxMessageQuerySet
from careplans.outbox.settle import take_reminders, update_status_from_channels
from careplans.reminders import deputies
from careplans.reminders.passing_on import pass_on
from common.writing import transactional

RECIPIENT_LEFT = "the recipient left the board"
ROLE_PASSED_ON = "the recipient does not lead the board any more"
CANNOT_ACT = (RECIPIENT_LEFT, ROLE_PASSED_ON)
# So often it is asked whether somebody is there again.
NOBODY_PAUSE = timedelta(hours=1)

Status = OutboxMessage.Status


@transactional
def withdraw(message: OutboxMessage, rows: OutboxMessageQuerySet, reason: str) -> bool:
    """`rows` is the message as long as it stands as the caller saw it. False when somebody else settled it first."""
    take_reminders(message.reminder_id)
    rows = rows.filter(pk=message.pk)
    if not rows.update(status=Status.CANCELLED, lease_until=None, last_error=reason[:300]):
        return False
    if reason in CANNOT_ACT and not pass_on(message.reminder):
        _wait_for_somebody(message, reason)
    if reason == deputies.AWAY:
        deputies.tell_instead(message.reminder)
    update_status_from_channels(message.reminder_id)
    return True


def _wait_for_somebody(message: OutboxMessage, reason: str) -> None:
    """On a board it is a problem on /health/ until an administrator puts somebody there. What belongs to no board has failed,
    where those who edit the pages see it."""
    row = OutboxMessage.objects.filter(pk=message.pk)
    if message.reminder.board_id is None:
        row.update(status=Status.FAILED, last_error=f"{reason}, and there is no approver who could be told instead")
        return
    later = timezone.now() + NOBODY_PAUSE
    row.update(
        status=Status.PENDING, token=None, marked_at=None, attempts=0, digest=None, due_at=later, held_until=later,
        last_error=f"{reason}, and nobody is left on it who could be told instead",
    )  # fmt: skip
    Reminder.objects.filter(pk=message.reminder_id, status=Reminder.Status.FAILED).update(
        status=Reminder.Status.SCHEDULED
    )

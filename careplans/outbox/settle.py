"""What a reminder has become, by what became of its channels."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from careplans.models import OutboxMessage, Reminder
from careplans.outbox import digests
from common.going_on import going_on
from common.writing import lock, transactional

Status = OutboxMessage.Status
STILL_TO_GO = (Status.PENDING, Status.CLAIMED, Status.COLLECTED)
# A worker that died between a mail and its reminder leaves the reminder behind by no more than this.
LEFT_BEHIND = timedelta(minutes=10)


def take_reminders(reminder_id: int) -> None:
    """Take a reminder before its messages, in the order in which everybody does; of a daily e-mail also those that it carries."""
    carried = OutboxMessage.objects.filter(digest=reminder_id).values_list("reminder", flat=True)
    lock(Reminder.objects.filter(pk__in={reminder_id, *carried}))


def update_status_from_channels(reminder_id: int) -> None:
    """A reminder, and with a daily e-mail those that it carried: they become what it became."""
    update_statuses_from_channels([reminder_id])
    state = Reminder.objects.values_list("status", flat=True).get(pk=reminder_id)
    if state == Reminder.Status.SCHEDULED:
        return
    for carried in digests.pass_status_to_collected(reminder_id, state):
        update_status_from_channels(carried)


@transactional
def update_statuses_from_channels(ids: Collection[int]) -> None:
    """Those of which every channel has come to its end. Not for daily e-mails, which carry others with them.

    In a few statements for many, because a backlog pays this for every mail. Locks in order of key, so that two workers do
    not wait for each other; the channels are read after that, so that whoever comes second sees what the first one wrote.
    """
    if not ids:
        return
    rows = lock(Reminder.objects.filter(pk__in=ids).exclude(status=Reminder.Status.CANCELLED))
    channels: dict[int, set[str]] = {row.pk: set() for row in rows}
    for pk, status in OutboxMessage.objects.filter(reminder__in=channels).values_list("reminder_id", "status"):
        channels[pk].add(status)
    become = defaultdict(list)
    for pk, statuses in channels.items():
        become[state_of(statuses)].append(pk)
    for state, keys in become.items():
        if state != Reminder.Status.SCHEDULED:
            Reminder.objects.filter(pk__in=keys).update(status=state)


def state_of(channels: Collection[str]) -> Reminder.Status:
    """What a reminder is whose messages are these. Pure."""
    if any(status in channels for status in STILL_TO_GO):
        return Reminder.Status.SCHEDULED
    if Status.FAILED in channels:
        return Reminder.Status.FAILED
    return Reminder.Status.DELIVERED if Status.SENT in channels else Reminder.Status.CANCELLED


def mend_reminders(limit: int = 500) -> None:
    """Settle what a worker that died left behind: every channel is settled, and the reminder was not told."""
    channels = OutboxMessage.objects.filter(reminder=OuterRef("pk"))
    behind = Reminder.objects.scheduled().filter(
        Exists(channels), ~Exists(channels.filter(status__in=STILL_TO_GO)), due_at__lt=timezone.now() - LEFT_BEHIND
    )
    for pk in list(behind.order_by("due_at").values_list("pk", flat=True)[:limit]):
        with going_on("reminder not mended", row=pk):
            update_status_from_channels(pk)

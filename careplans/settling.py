"""What a reminder has become, by what became of its channels."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from careplans.models import Delivery, Reminder
from careplans.services import digests

Status = Delivery.Status
STILL_TO_GO = (Status.PENDING, Status.CLAIMED, Status.COLLECTED)
# A worker that died between a mail and its reminder leaves the reminder behind by no more than this.
LEFT_BEHIND = timedelta(minutes=10)


def settle_reminder(reminder_id: int) -> None:
    """A reminder is failed when a channel failed, delivered when one was sent and none is still to go. What a daily
    e-mail carried becomes what it became."""
    states = set(Delivery.objects.filter(reminder=reminder_id).values_list("status", flat=True))
    if states & set(STILL_TO_GO):
        return
    new = Reminder.Status.DELIVERED if Status.SENT in states else Reminder.Status.CANCELLED
    if Status.FAILED in states:
        new = Reminder.Status.FAILED
    open_ones = Reminder.objects.filter(pk=reminder_id).exclude(Q(status=new) | Q(status=Reminder.Status.CANCELLED))
    open_ones.update(status=new)
    for carried in digests.settle_collected(reminder_id, new):
        settle_reminder(carried)


# The same for many at once, in one statement: this is what a backlog costs for every mail.
SETTLE_MANY = """
UPDATE careplans_reminder SET status = CASE
  WHEN EXISTS (SELECT 1 FROM careplans_delivery d WHERE d.reminder_id = careplans_reminder.id AND d.status = 'failed')
  THEN 'failed'
  WHEN EXISTS (SELECT 1 FROM careplans_delivery d WHERE d.reminder_id = careplans_reminder.id AND d.status = 'sent')
  THEN 'delivered' ELSE 'cancelled' END
WHERE id IN ({places}) AND status <> 'cancelled' AND NOT EXISTS (
  SELECT 1 FROM careplans_delivery d
  WHERE d.reminder_id = careplans_reminder.id AND d.status IN ('pending', 'claimed', 'collected'))
"""


@transaction.atomic
def settle_reminders(ids: Collection[int]) -> None:
    """Like `settle_reminder` for each, but not for daily e-mails, which carry others with them. Locks in order of key,
    so that two workers do not wait for each other."""
    if not ids:
        return
    keys = sorted(ids)
    if connection.features.has_select_for_update:
        list(Reminder.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_MANY.format(places=", ".join(["%s"] * len(keys))), keys)


def mend_reminders(limit: int = 500) -> int:
    """Settle what a worker that died left behind: every channel is settled, and the reminder was not told."""
    channels = Delivery.objects.filter(reminder=OuterRef("pk"))
    behind = Reminder.objects.scheduled().filter(
        Exists(channels), ~Exists(channels.filter(status__in=STILL_TO_GO)), due_at__lt=timezone.now() - LEFT_BEHIND
    )
    ids: Iterable[int] = list(behind.order_by("due_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        settle_reminder(pk)
    return len(list(ids))

"""What a reminder has become, by what became of its channels."""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Value, When
from django.utils import timezone

from careplans.models import Delivery, Reminder
from careplans.services import digests

Status = Delivery.Status
STILL_TO_GO = (Status.PENDING, Status.CLAIMED, Status.COLLECTED)
# A worker that died between a mail and its reminder leaves the reminder behind by no more than this.
LEFT_BEHIND = timedelta(minutes=10)


def settle_reminder(reminder_id: int) -> None:
    """A reminder, and with a daily e-mail those that it carried: they become what it became."""
    settle_reminders([reminder_id])
    state = Reminder.objects.values_list("status", flat=True).get(pk=reminder_id)
    if state == Reminder.Status.SCHEDULED:
        return
    for carried in digests.settle_collected(reminder_id, state):
        settle_reminder(carried)


@transaction.atomic
def settle_reminders(ids: Collection[int]) -> None:
    """Failed when a channel failed, delivered when one was sent and none is still to go; for many in one statement,
    because a backlog pays this for every mail. Not for daily e-mails, which carry others with them.

    Locks in order of key, so that two workers do not wait for each other.
    """
    if not ids:
        return
    rows = Reminder.objects.filter(pk__in=sorted(ids))
    if connection.features.has_select_for_update:
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    channels = Delivery.objects.filter(reminder=OuterRef("pk"))
    become = Case(
        When(Exists(channels.filter(status=Status.FAILED)), then=Value(Reminder.Status.FAILED)),
        When(Exists(channels.filter(status=Status.SENT)), then=Value(Reminder.Status.DELIVERED)),
        default=Value(Reminder.Status.CANCELLED),
    )
    settled = rows.exclude(status=Reminder.Status.CANCELLED).filter(~Exists(channels.filter(status__in=STILL_TO_GO)))
    settled.update(status=become)


def mend_reminders(limit: int = 500) -> None:
    """Settle what a worker that died left behind: every channel is settled, and the reminder was not told."""
    channels = Delivery.objects.filter(reminder=OuterRef("pk"))
    behind = Reminder.objects.scheduled().filter(
        Exists(channels), ~Exists(channels.filter(status__in=STILL_TO_GO)), due_at__lt=timezone.now() - LEFT_BEHIND
    )
    for pk in list(behind.order_by("due_at").values_list("pk", flat=True)[:limit]):
        settle_reminder(pk)

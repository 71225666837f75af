"""The reminders that an act of recording withdrew and wrote: held back for as long as it can be undone, then put back.

Inside the transaction of the act or of its undoing, which holds the case. What has gone out cannot be called back, so nothing
that an act writes goes out within its minute.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from careplans.models import Case, OutboxMessage, Reminder
from careplans.reminders.schedule import cancel
from common.writing import lock

Status, MessageStatus = Reminder.Status, OutboxMessage.Status
Values = dict[str, Any]


def open_reminders(case: Case) -> Values:
    """What has not gone out, with its messages; and the last that was written."""
    rows = Reminder.objects.filter(case=case)
    waiting = dict(rows.filter(status__in=(Status.SCHEDULED, Status.FAILED)).values_list("pk", "status"))
    messages = OutboxMessage.objects.filter(reminder__in=waiting).exclude(status=MessageStatus.CANCELLED)
    return {
        "reminders": waiting,
        "messages": {pk: [status, error] for pk, status, error in messages.values_list("pk", "status", "last_error")},
        "last": rows.aggregate(last=Max("pk"))["last"] or 0,
    }


def moved_reminders(case: Case, before: Values) -> Values:
    """What was withdrawn since, and what is new."""
    gone = Reminder.objects.filter(pk__in=before["reminders"], status=Status.CANCELLED).values_list("pk", flat=True)
    quiet = OutboxMessage.objects.filter(pk__in=before["messages"], status=MessageStatus.CANCELLED)
    new = Reminder.objects.filter(case=case, pk__gt=before["last"], instead_of=None).order_by("pk")
    return {
        "withdrawn": {str(pk): before["reminders"][pk] for pk in gone},
        "messages": {str(pk): before["messages"][pk] for pk in quiet.values_list("pk", flat=True)},
        "new": list(new.values_list("pk", flat=True)),
    }


def hold_back(moved: Values, *, seconds: int) -> None:
    """Nothing new of it goes out while it can be undone."""
    until = timezone.now() + timedelta(seconds=seconds)
    early = Reminder.objects.filter(pk__in=moved["new"], due_at__lt=until)
    OutboxMessage.objects.filter(reminder__in=early.values("pk")).update(due_at=until)
    early.update(due_at=until)


def told_already(moved: Values) -> str:
    """Whom a message has reached, or may have; empty where it has nobody."""
    gone = Q(status=MessageStatus.SENT) | Q(marked_at__isnull=False)
    row = OutboxMessage.objects.filter(gone, reminder__in=moved["new"]).select_related("recipient").first()
    return row.recipient.name if row else ""


def restore_reminders(moved: Values, *, reason: str) -> None:
    """The new ones are withdrawn, and those that they took the place of wait again, as they waited."""
    cancel(Reminder.objects.filter(pk__in=moved["new"]), reason)
    was = {int(pk): status for pk, status in moved["withdrawn"].items()}
    for row in lock(Reminder.objects.filter(pk__in=was, status=Status.CANCELLED)):
        Reminder.objects.filter(pk=row.pk).update(status=was[row.pk], cancel_reason="")
    told = {int(pk): values for pk, values in moved["messages"].items()}
    for message in lock(OutboxMessage.objects.filter(pk__in=told, status=MessageStatus.CANCELLED)):
        status, error = told[message.pk]
        # Whoever had claimed it was told that it may not send.
        again = MessageStatus.PENDING if status == MessageStatus.CLAIMED else status
        OutboxMessage.objects.filter(pk=message.pk).update(status=again, last_error=error)

"""What a reminder has become, by what became of its channels."""

from django.db.models import Q

from careplans.models import Delivery, Reminder

Status = Delivery.Status


def settle_reminder(reminder_id: int) -> None:
    """A reminder is failed when a channel failed, delivered when one was sent and none is still to go."""
    states = set(Delivery.objects.filter(reminder=reminder_id).values_list("status", flat=True))
    if states & {Status.PENDING, Status.CLAIMED}:
        return
    new = Reminder.Status.DELIVERED if Status.SENT in states else Reminder.Status.CANCELLED
    if Status.FAILED in states:
        new = Reminder.Status.FAILED
    open_ones = Reminder.objects.filter(pk=reminder_id).exclude(Q(status=new) | Q(status=Reminder.Status.CANCELLED))
    open_ones.update(status=new)

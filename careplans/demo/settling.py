"""What the reminders of a story would have become by a given day.

Delivery goes by the database's clock, which no story can turn back. So those that fell due during the story are settled
here as the delivery would have left them; the last days stay open and go out for real at the first tick.
"""

from datetime import datetime, timedelta

from accounts.services.notices import add_notice
from careplans.demo.clock import at
from careplans.messages import notice_text, path_of
from careplans.models import Delivery, Reminder

# A person who comes back to the demo finds the notices of these days, the older ones read; not those of the whole year.
NOTICES_FROM = timedelta(days=12)
UNREAD_FROM = timedelta(days=5)


def settle_reminders(until: datetime, *, now: datetime) -> int:
    """Settle every delivery that fell due before `until`. Returns how many."""
    due = Delivery.objects.filter(status=Delivery.Status.PENDING, due_at__lte=until).for_sending()
    rows = list(due.order_by("due_at", "id"))
    for row in rows:
        row.status, row.sent_at, row.attempts = Delivery.Status.SENT, row.due_at, 1
        if row.channel == Delivery.Channel.IN_APP and row.due_at > now - NOTICES_FROM:
            _leave_notice(row, read=row.due_at < now - UNREAD_FROM)
    Delivery.objects.bulk_update(rows, ["status", "sent_at", "attempts"], batch_size=200)
    Reminder.objects.filter(pk__in={row.reminder_id for row in rows}).update(status=Reminder.Status.DELIVERED)
    return len(rows)


def _leave_notice(row: Delivery, *, read: bool) -> None:
    key = f"reminder.{row.dedupe_key}"
    with at(row.due_at):
        add_notice(
            row.recipient, kind=row.reminder.kind, text=notice_text(row.reminder), path=path_of(row.reminder),
            dedupe_key=key,
        )  # fmt: skip
    if read:
        row.recipient.notices.filter(dedupe_key=key).update(read_at=row.due_at + timedelta(hours=3))

"""What the reminders of a story would have become by a given day.

The outbox goes by the database's clock, which no story can turn back. So those that fell due during the story are settled
here as the outbox would have left them; the last days stay open and go out for real at the first tick.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest

from accounts.services.notices import add_notice
from careplans.demo.clock import at, history_at
from careplans.models import OutboxMessage, Reminder
from careplans.outbox.messages import notice_text, path_of

# A person who comes back to the demo finds the notices of these days, the older ones read; not those of the whole year.
NOTICES_FROM = timedelta(days=10)
UNREAD_FROM = timedelta(days=5)
# What was written after its day, such as the warning of something due in three days, went out when it was written.
WRITTEN = Reminder.objects.filter(pk=OuterRef("reminder")).values("created_at")
SENT_AT = Greatest(F("due_at"), Subquery(WRITTEN))


def mark_past_reminders_sent(until: datetime, *, now: datetime) -> None:
    """Settle every message that fell due before `until`, as sent then."""
    due = OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING, due_at__lte=until).annotate(left_at=SENT_AT)
    left = list(due.order_by("left_at", "id").values_list("left_at", "pk", "reminder_id"))
    if not left:
        return
    recent = OutboxMessage.objects.filter(
        pk__in=[pk for _, pk, _ in left], channel=OutboxMessage.Channel.IN_APP, due_at__gt=now - NOTICES_FROM
    )
    for row in recent.for_sending().order_by("due_at", "id"):
        _leave_notice(row, max(row.due_at, row.reminder.created_at), now)
    for moment, rows in groupby(left, key=itemgetter(0)):
        _settle(moment, [(pk, reminder) for _, pk, reminder in rows])


def _settle(moment: datetime, rows: Sequence[tuple[int, int]]) -> None:
    """With the history as of then: a report as of a day between finds them sent."""
    messages, reminders = ([row[place] for row in rows] for place in (0, 1))
    with history_at(moment):
        OutboxMessage.objects.filter(pk__in=messages).update(
            status=OutboxMessage.Status.SENT, sent_at=moment, attempts=1
        )
        Reminder.objects.filter(pk__in=reminders).update(status=Reminder.Status.DELIVERED)


def _leave_notice(row: OutboxMessage, sent_at: datetime, now: datetime) -> None:
    key = f"reminder.{row.dedupe_key}"
    with at(sent_at):
        add_notice(
            row.recipient, kind=row.reminder.kind, text=notice_text(row.reminder), path=path_of(row.reminder),
            dedupe_key=key, board=row.reminder.board_id,
        )  # fmt: skip
    if sent_at < now - UNREAD_FROM:
        row.recipient.notices.filter(dedupe_key=key).update(read_at=sent_at + timedelta(hours=3))

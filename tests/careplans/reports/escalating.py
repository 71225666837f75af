"""Escalations of a step, as the scheduler and the sending leave them."""

from datetime import UTC, date, datetime, time

from careplans.models import OutboxMessage, Reminder


def escalated(step, to, day, status="sent"):
    """A reminder of a day of March with its one message: sent, failed, or cancelled."""
    due = datetime(2026, 3, day, 8, tzinfo=UTC)
    row = Reminder.objects.create(
        board=step.board, case=step.case, step=step, recipient=to, kind="escalation", why="7 days overdue",
        local_day=date(2026, 3, day), local_time=time(8), zone="Europe/London", due_at=due, generation=day,
        status="delivered" if status == "sent" else status,
    )  # fmt: skip
    OutboxMessage.objects.create(
        reminder=row, channel="in_app", recipient=to, dedupe_key=f"{row.pk}.in_app", due_at=due, status=status,
        sent_at=due if status == "sent" else None,
    )  # fmt: skip

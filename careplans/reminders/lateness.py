"""How late a reminder goes out, and so how it is worded: what was coming up weeks ago is overdue by now. No query."""

from dataclasses import dataclass
from datetime import date, timedelta

from careplans.models import Reminder
from careplans.readers.steps.due import due_of
from careplans.reminders.escalation import why_after
from careplans.reminders.page_reviews import DAYS
from careplans.reminders.schedule import Kind
from careplans.reminders.working_days import Hour


@dataclass(frozen=True)
class Lateness:
    """A reminder on the day on which it goes out."""

    kind: str
    why: str
    """Of an escalation, with the days that it is overdue by now."""
    due_on: date | None
    promised: date
    today: date

    @classmethod
    def of(cls, reminder: Reminder) -> "Lateness":
        today = reminder.board.today if reminder.board else Hour.of_centre().today
        due_on, overdue = _days(reminder)
        kind, why = reminder.kind, reminder.why
        if kind == Kind.LEAD and due_on is not None and today >= due_on:
            kind = Kind.DUE
        if kind == Kind.DUE and overdue is not None and today >= overdue:
            kind = Kind.OVERDUE
        if kind == Kind.ESCALATION and overdue is not None and today > reminder.local_day:
            why = why_after(why, (today - overdue).days)
        return cls(kind, why, due_on, reminder.local_day, today)

    @property
    def is_past(self) -> bool:
        return self.due_on is not None and self.due_on < self.today

    @property
    def when(self) -> str:
        """“, was due 21 Nov 2026”."""
        return f", {'was due' if self.is_past else 'due'} {self.due_on:%-d %b %Y}" if self.due_on else ""

    @property
    def since(self) -> str:
        """Of what was asked for on an earlier day."""
        return f" since {self.promised:%-d %b %Y}" if self.promised < self.today else ""

    @property
    def happened(self) -> str:
        """Of news that is told on a later day."""
        return f", of {self.promised:%-d %b %Y}" if self.promised < self.today else ""


def _days(reminder: Reminder) -> tuple[date | None, date | None]:
    """When it is due, and from when on it is overdue."""
    if reminder.reference_page is not None:
        due_on = reminder.reference_page.review_due_on
        return due_on, due_on + timedelta(days=DAYS[Kind.OVERDUE]) if due_on else None
    subject = reminder.step or reminder.follow_up
    if subject is None or reminder.board is None:
        return None, None
    due = due_of(subject, reminder.board.grace_days)
    return (due.on, due.late_from) if due else (None, None)

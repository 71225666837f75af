"""When a step or follow-up is due, until when it is not late, and the words for it: one for pages, lists, search, the picture of
a plan and reminders. Pure. `work/lists.py` filters by the same in the database, as far as columns know it."""

from dataclasses import dataclass
from datetime import date, timedelta

from careplans.models import FollowUp, Step
from careplans.models.followups import state_between
from careplans.readers.steps.gate_days import next_day

OVERDUE = "overdue"
WORDS = {OVERDUE: "Overdue", "due": "Due", "planned": "Coming"}


@dataclass(frozen=True)
class Due:
    """`on`: the day; `until`: the last on which it is not late."""

    on: date
    until: date

    @property
    def late_from(self) -> date:
        return self.until + timedelta(days=1)

    def state(self, today: date) -> str:
        return state_between(self.on, self.until, today)

    def is_late(self, today: date) -> bool:
        return self.state(today) == OVERDUE

    def days(self, today: date) -> int:
        """From today; negative once it is past."""
        return (self.on - today).days

    def label(self, today: date) -> str:
        """Whoever reads “due” is told until when it is not late: the date beside it is the first day, not the last."""
        state = self.state(today)
        if state != "due":
            return WORDS[state]
        if self.until == today:
            return "Due, last day"
        return f"Due until {self.until:%-d %b}{f' {self.until.year}' if self.until.year != today.year else ''}"


def due_of(row: Step | FollowUp, grace_days: int) -> Due | None:
    """None without a day. Of a step before its gate it is the day on which that opens, if it is the later one. No query."""
    if isinstance(row, FollowUp):
        return Due(row.due_on, row.due_until)
    on = next_day(row)
    return Due(on, on + timedelta(days=grace_days)) if on is not None else None


def label_of(row: FollowUp, today: date) -> str:
    """How a follow-up stands, or how it ended."""
    return Due(row.due_on, row.due_until).label(today) if row.is_open else row.get_status_display()

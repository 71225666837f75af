"""What is odd about a day, of which only the month or the year may be known. Pure: it is odd only where no day that it can be
would not be."""

from collections.abc import Mapping
from datetime import date

from common.asked import Question
from common.partial_dates import PartialDate

When = date | PartialDate
Days = Mapping[str, When | None]


def is_before(day: When, other: When) -> bool:
    """Surely before it."""
    return PartialDate.of(day).is_before(other)


def said_of(day: When) -> str:
    """3 March 2031, March 2031, 2031."""
    return f"{PartialDate.of(day):%-d %B %Y}"


def sent_of(day: When) -> str:
    """2031-03-03, 2031-03, 2031."""
    return PartialDate.of(day).isoformat()


def recorded(days: Days, *, today: date, born: When | None = None, died: When | None = None) -> list[Question]:
    """Of days on which something is said to have happened."""
    found = ((name, day, _odd_when_recorded(day, today, born, died)) for name, day in days.items() if day is not None)
    return [_question(name, day, *odd) for name, day, odd in found if odd]


def planned(days: Days, *, today: date, died: When | None = None) -> list[Question]:
    """Of days for which something is newly planned."""
    found = ((name, day, _odd_when_planned(day, today, died)) for name, day in days.items() if day is not None)
    return [_question(name, day, *odd) for name, day, odd in found if odd]


def _odd_when_recorded(day: When, today: date, born: When | None, died: When | None) -> tuple[str, str] | None:
    """The gravest alone: one tick for one day."""
    if born is not None and is_before(day, born):
        return "before_birth", f"born {said_of(born)}"
    if is_before(today, day):
        return "future", ""
    return _after(day, died)


def _odd_when_planned(day: When, today: date, died: When | None) -> tuple[str, str] | None:
    return _after(day, died) or (("past", "") if is_before(day, today) else None)


def _after(day: When, died: When | None) -> tuple[str, str] | None:
    return ("after_death", f"died {said_of(died)}") if died is not None and is_before(died, day) else None


def _question(name: str, day: When, odd: str, but: str) -> Question:
    return Question(name, odd, sent_of(day), said_of(day), but)

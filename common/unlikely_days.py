"""What is odd about a day, of which only the month or the year may be known. Pure: a day is a span, from the first to the last
that it can be, and is odd only where no day of the span would not be."""

import calendar
from collections.abc import Mapping
from datetime import date

from common.asked import Question

Span = tuple[date, date]
When = date | Span
Days = Mapping[str, When | None]


def span_of(day: When) -> Span:
    return day if isinstance(day, tuple) else (day, day)


def is_before(day: When, other: When) -> bool:
    """Surely before it: its last day is before the first of the other."""
    return span_of(day)[1] < span_of(other)[0]


def said_of(day: When) -> str:
    """3 March 2031, March 2031, 2031."""
    first, last = span_of(day)
    forms = {"day": "%-d %B %Y", "month": "%B %Y", "year": "%Y"}
    return first.strftime(forms[_known(first, last)]) if _known(first, last) else f"{said_of(first)} to {said_of(last)}"


def sent_of(day: When) -> str:
    """2031-03-03, 2031-03, 2031."""
    first, last = span_of(day)
    length = {"day": 10, "month": 7, "year": 4}
    return first.isoformat()[: length[_known(first, last)]] if _known(first, last) else f"{first}/{last}"


def _known(first: date, last: date) -> str:
    if first == last:
        return "day"
    ends = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1] and first.year == last.year
    if ends and first.month == last.month:
        return "month"
    return "year" if ends and (first.month, last.month) == (1, 12) else ""


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

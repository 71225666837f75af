"""What is odd about a day, of which only the month or the year may be known. Pure: it is odd only where no day that it can be
would not be."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from common.asked import Question
from common.partial_dates import PartialDate

When = date | PartialDate
Days = Mapping[str, When | None]
# What is planned moves by weeks; a day a quarter away is more often a mistyped month or year (`asked.ODD` says the figure).
FAR_DAYS = 90


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


def before(days: Days, since: date, odd: str, said: str) -> list[Question]:
    """Of days on which what was planned on `since` is said to have happened. `said`: what was done then."""
    held = f"{said} {said_of(since)}"
    return [_question(name, day, odd, held) for name, day in days.items() if day is not None and is_before(day, since)]


def far_from(name: str, day: date, expected: Collection[date], odd: str, said: str, *, today: date) -> list[Question]:
    """Far from each of the days on which it was expected. Of these days the year is right, however early or late it is."""
    if not expected:
        return []
    nearest = min(expected, key=lambda one: abs((day - one).days))
    far = min(abs((day - one).days) for one in (nearest, today)) > FAR_DAYS
    return [_question(name, day, odd, f"{said} {said_of(nearest)}")] if far else []


def gravest(questions: Iterable[Question]) -> list[Question]:
    """The first alone of each field: one tick for one day."""
    found: dict[str, Question] = {}
    for one in questions:
        found.setdefault(one.field, one)
    return list(found.values())


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

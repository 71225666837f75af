"""Months and quarters of a period. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from careplans.reports.lasting import Slot

# Of what lasts each is a part of one query, and all indicators are told alike: ten years by month, thirty by quarter.
MOST_PARTS = 120
TOO_LONG = {
    "month": "By month at most ten years are told at once. Choose a later first day, or tell it by quarter.",
    "quarter": "By quarter at most thirty years are told at once. Choose a later first day.",
}


def too_long(by: Sequence[str], since: date, until: date) -> str:
    """What to say where this is told by more months or quarters than are told at once; empty where it is not."""
    names = [name for name in by if name in TOO_LONG and len(whole_time(name, since, until)) > MOST_PARTS]
    return TOO_LONG[names[0]] if names else ""


def whole_time(by: str, since: date, until: date) -> list[str]:
    """Every month or quarter of a period, also those of which nothing is told."""
    return list(dict.fromkeys(_name(by, day) for day in _months(since, until)))


def parts_of(by: str, since: date, until: date) -> list[Slot]:
    """The months or quarters of a period, the first and the last as far as they lie in it."""
    found: dict[str, Slot] = {}
    for first in _months(since, until):
        name = _name(by, first)
        begins = found[name].since if name in found else max(first, since)
        found[name] = Slot(name, begins, min(_last(first), until))
    return list(found.values())


def _months(since: date, until: date) -> Iterator[date]:
    day = since.replace(day=1)
    while day <= until:
        yield day
        if day.year == date.max.year and day.month == 12:
            return
        day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


def _last(first: date) -> date:
    """Of the month that begins on this day."""
    if (first.year, first.month) == (date.max.year, 12):
        return date.max
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1) - timedelta(days=1)


def _name(by: str, day: date) -> str:
    return f"{day:%Y-%m}" if by == "month" else f"{day.year}-Q{(day.month + 2) // 3}"

"""Months and quarters of a period. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from careplans.reports.lasting import Slot

# Of what lasts: each is a part of one query. Ten years by month.
MOST_PARTS = 120


def whole_time(by: str, since: date, until: date) -> list[str]:
    """Every month or quarter of a period, also those of which nothing is told."""
    return list(dict.fromkeys(_name(by, day) for day in _months(since, until)))


def parts_of(by: str, since: date, until: date) -> list[Slot]:
    """The months or quarters of a period, the first and the last as far as they lie in it; the latest of very many."""
    months = list(_months(since, until))[-MOST_PARTS:]
    found: dict[str, Slot] = {}
    for first in months:
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

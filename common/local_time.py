"""Dates and times as a board lives them. Pure."""

import calendar
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

SATURDAY = 5
# A board that is off for longer than this in a row is not waited for.
LONGEST_PAUSE_DAYS = 60


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall time.

    A time that the clocks skip moves to the first valid instant after the gap; one that happens twice is the first.
    """
    wall = datetime.combine(day, at)
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # In a gap fold=0 uses the offset before it and fold=1 the offset after it: the gap ends between the two readings.
    late, early = before, wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset():
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def add_months(day: date, months: int, *, kept: int = 0) -> date:
    """The same day so many months later, or the last day of that month: 31 January + 1 is 28 or 29 February. `kept`: the day of
    the month that is meant, where a short month has pulled this one forward."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(kept or day.day, calendar.monthrange(year, month + 1)[1]))


def not_meant(day: date) -> str:
    """What to say of a day far beyond those that anybody means, near which arithmetic leaves the calendar; empty for others."""
    return "" if 1900 <= day.year <= 2199 else f"The year {day.year} cannot be meant. Check the date."


def check_meant(day: date) -> None:
    """As a validator of a form and of a body."""
    if words := not_meant(day):
        raise ValidationError(words, code="not_meant")


def working_day(day: date, off: Collection[date], *, weekends_off: bool) -> date:
    """That day, or the first after it that is not off; the day itself where all are, for longer than anybody closes."""
    for later in range(LONGEST_PAUSE_DAYS):
        found = day + timedelta(days=later)
        if found not in off and not (weekends_off and found.weekday() >= SATURDAY):
            return found
    return day


def is_month_end(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def partly(year: int | None, month: int | None, day: int | None) -> str:
    """A day of which only a part may be known, in words: “3 Mar 2026”, “Mar 2026”, “2026”, or nothing."""
    if year is None:
        return ""
    if month is None:
        return str(year)
    return date(year, month, day or 1).strftime("%-d %b %Y" if day else "%b %Y")


def range_of(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    """The first and the last day that a partly known day can be. Raises ValueError where there is no such day."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)

"""A moment or a day, as an address names it: `2026-03-01T08:00:00Z` or `2026-03-01`."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

UNREADABLE = "Write a day as 2026-03-01, or a moment with its zone as 2026-03-01T08:00:00Z."
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def read_moment_or_day(text: str) -> date | datetime:
    """A `datetime` in UTC, or a `date`. Raises ValidationError, also for a moment without a zone or outside the calendar."""
    try:
        if len(text) == 10 and text.isascii() and (day := parse_date(text)) is not None:
            return day
        # A plus sign that stands in an address as it is arrives as a blank.
        moment = parse_datetime(text[:40].replace(" ", "+") if text[10:11] == "T" else text[:40])
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationError(UNREADABLE)


def start_of(day: date, zone: tzinfo) -> datetime:
    """When a day begins there, in UTC; the ends of the calendar are its own."""
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        return FIRST if day.year < 5000 else LAST


def end_of(day: date, zone: tzinfo) -> datetime:
    """When the next day begins there, in UTC."""
    try:
        return start_of(day + timedelta(days=1), zone)
    except OverflowError:
        return LAST

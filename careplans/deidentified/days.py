"""Days that do not say which day it was: the month, or all days of a patient moved alike."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

# A year to either side, and never no day at all.
FURTHEST = 365
AGE_BAND = 5
OLDEST = 90


def month_of(day: date) -> date:
    """The first of the month stands for all its days."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def shift_of(key: bytes, patient: int) -> timedelta:
    """By how many days everything of this patient is moved in a project: from -365 to 365, never 0."""
    drawn = int.from_bytes(blake2b(b"shift.%d" % patient, key=key, digest_size=8).digest(), "big") % (2 * FURTHEST)
    return timedelta(days=drawn - FURTHEST if drawn < FURTHEST else drawn - FURTHEST + 1)


def moved(day: date, by: timedelta) -> date:
    """At the ends of the calendar it stays inside of it."""
    try:
        return day + by
    except OverflowError:
        return day - by


def start_of(day: date) -> datetime:
    """A moment is given as the beginning of its day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def age_band(born: date, on: date) -> str:
    """Five years, “60-64”; whoever is 90 or older is “90+”. Whole years of age, as birthdays count them."""
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if age >= OLDEST:
        return f"{OLDEST}+"
    low = max(age, 0) // AGE_BAND * AGE_BAND
    return f"{low}-{low + AGE_BAND - 1}"

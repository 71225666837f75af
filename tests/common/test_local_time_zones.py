"""Every zone of the IANA database over every change of clocks from 2025 to 2035: a daily reminder fires once a day.

The expected instants come from where the offsets change, found by walking through the zone, and from nothing of the
code under test.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from common.local_time import instant

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
ZONES = sorted(
    name for name in available_timezones() if not name.startswith(("posix/", "right/")) and name != "localtime"
)
DAYS_AROUND = range(-2, 3)
HOURS = (time(0), time(0, 30), time(8), time(12), time(23, 59))


def offset(moment, zone):
    return moment.astimezone(zone).utcoffset()


@cache
def changes(name):
    """The instants at which the offset of a zone changes, to the second, with the offsets before and after."""
    zone, found = ZoneInfo(name), []
    moment, before = FIRST, offset(FIRST, zone)
    while moment < LAST:
        later = moment + timedelta(days=1)
        after = offset(later, zone)
        if before != after:
            early, late = moment, later
            while late - early > timedelta(seconds=1):
                middle = (early + (late - early) / 2).replace(microsecond=0)
                early, late = (middle, late) if offset(middle, zone) == before else (early, middle)
            found.append((late, offset(early, zone), offset(late, zone)))
        moment, before = later, after
    return found


def expected(wall, change):
    """The first instant at which the clock shows this, or the change itself when it skips it."""
    at, before, after = change
    wall = wall.replace(tzinfo=UTC)
    shown = [moment for moment in (wall - before,) if moment < at] + [m for m in (wall - after,) if m >= at]
    return min(shown, default=at)


def times_around(change):
    """Some hours of the day, and those at the edges of the hour that is skipped or repeated, and within it."""
    at, before, after = change
    edges = [(at + shift).time() for shift in (before, after, (before + after) / 2)]
    minute = timedelta(minutes=1)
    edges += [(at + shift + by).time() for shift in (before, after) for by in (-minute, minute)]
    return sorted({*HOURS, *(edge.replace(microsecond=0) for edge in edges)})


def schedule(rule, at, change, zone):
    """The instants of one daily reminder over the days around a change."""
    middle = (change[0] + change[1]).date()
    return [(middle + timedelta(days=n), rule(middle + timedelta(days=n), at, zone)) for n in DAYS_AROUND]


def cases():
    for name in ZONES:
        for change in changes(name):
            for at in times_around(change):
                yield name, change, at


def is_wrong(rule, name, change, at):
    """Fires twice, not at all, or at another instant."""
    days = schedule(rule, at, change, ZoneInfo(name))
    fired = [moment for _, moment in days]
    once = all(a < b for a, b in zip(fired, fired[1:], strict=False))
    return not once or any(moment != expected(datetime.combine(day, at), change) for day, moment in days)


def test_the_zones_hold_the_changes_that_this_is_about():
    """Half an hour, a change at midnight, one that skips into the next day, and zones without any."""
    assert len(ZONES) > 400
    assert sum(len(changes(name)) for name in ZONES) > 3000
    assert any(abs(after - before) == timedelta(minutes=30) for _, before, after in changes("Australia/Lord_Howe"))
    assert any((at + before).date() != (at + after).date() for at, before, after in changes("America/Nuuk"))
    assert changes("Asia/Tokyo") == []


def test_every_daily_reminder_fires_once_a_day_at_the_instant_of_the_rule():
    every = list(cases())
    assert len(every) > 20_000
    assert [case for case in every if is_wrong(instant, *case)] == []


@pytest.mark.parametrize(
    "naive",
    [
        pytest.param(
            lambda day, at, zone: datetime.combine(day, at, zone).astimezone(UTC), id="as the library reads it"
        ),
        pytest.param(
            lambda day, at, zone: datetime.combine(day, at, zone).replace(fold=1).astimezone(UTC),
            id="the second reading",
        ),
        pytest.param(
            lambda day, at, zone: (
                datetime.combine(date(2025, 1, 1), at, zone).astimezone(UTC) + (day - date(2025, 1, 1))
            ),
            id="twenty-four hours later",
        ),
    ],
)
def test_a_naive_rule_is_found_out(naive):
    assert any(is_wrong(naive, *case) for case in cases())

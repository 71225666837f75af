"""A board's wall time as an instant, also on the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.local_time import add_months, instant

ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("posix", "right")))


def utc(*values):
    return datetime(*values, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 7, 1), time(8, 0), "Europe/London", utc(2026, 7, 1, 7, 0)),
        (date(2026, 12, 1), time(8, 0), "Europe/London", utc(2026, 12, 1, 8, 0)),
        # The clocks skip 02:00 to 03:00: the first valid instant after the gap.
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", utc(2026, 3, 29, 1, 0)),
        (date(2026, 3, 29), time(2, 0), "Europe/Berlin", utc(2026, 3, 29, 1, 0)),
        (date(2026, 3, 29), time(3, 0), "Europe/Berlin", utc(2026, 3, 29, 1, 0)),
        # 02:30 happens twice: the first.
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", utc(2026, 10, 25, 0, 30)),
        # Half an hour, at midnight, and a day that never was.
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", utc(2026, 10, 3, 15, 30)),
        (date(2018, 11, 4), time(0, 30), "America/Sao_Paulo", utc(2018, 11, 4, 3, 0)),
        (date(2011, 12, 30), time(8, 0), "Pacific/Apia", utc(2011, 12, 30, 10, 0)),
    ],
)
def test_a_wall_time_has_one_instant(day, at, zone, expected):
    assert instant(day, at, ZoneInfo(zone)) == expected


@given(
    day=st.dates(date(1971, 1, 1), date(2037, 12, 30)), at=st.times().map(lambda t: t.replace(microsecond=0)),
    zone=st.sampled_from(ZONES),
)  # fmt: skip
def test_it_is_the_wall_time_or_the_end_of_its_gap(day, at, zone):
    zone, wall = ZoneInfo(zone), datetime.combine(day, at)
    found = instant(day, at, zone)
    shown = found.astimezone(zone).replace(tzinfo=None)
    if shown != wall:
        assert shown > wall
        assert (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) < wall


@given(day=st.dates(date(1971, 1, 1), date(2037, 12, 30)), at=st.times(), zone=st.sampled_from(ZONES))
def test_a_later_day_is_never_earlier(day, at, zone):
    zone = ZoneInfo(zone)
    assert instant(day, at, zone) <= instant(day + timedelta(days=1), at, zone)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 5, 5), 24, date(2028, 5, 5)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, expected):
    assert add_months(day, months) == expected

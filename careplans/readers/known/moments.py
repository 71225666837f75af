"""Moments at which the record is asked: what had been written by then, by the clock of the database.

`as_of` and `known_by` are two things. *As of* a day says which days of the world a question is about: what was due, given or
signed by then. *Known by* a moment says what the record held: what somebody wrote or corrected later is not in it. Who asks as
of a day in the past is answered by what was known at its end, so nothing that is written later changes the answer; known by now,
the same question takes in what was recorded late, and every correction.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as dtime

from django.db import connection, transaction
from django.utils import timezone

from careplans.models import HistoryClock, PastRow
from careplans.models.past_triggers import BEGUN, PAST, TABLE

LEAST = timedelta(microseconds=1)
# The steps of SQLite's clock.
TICK = timedelta(milliseconds=1)
# What was recorded further ahead than this is no reason to ask about days that have not come.
AHEAD = timedelta(days=1)
_NOUNS = ", ".join(f"'{one.noun}'" for one in PAST)
# Mostly there is none: an index is asked once for each noun.
_NEWEST = f"(SELECT max(at) FROM {TABLE} WHERE noun IN ({_NOUNS}) AND at > {{}})"  # noqa: S608  # our own names
# By the second clock, which is read when nothing more is seen: what others commit meanwhile does not lie ahead of it.
_OTHERS = (
    f"SELECT statement_timestamp(), min(xact_start), clock_timestamp(), {_NEWEST.format('statement_timestamp()')} "  # noqa: S608
    "FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid() "
    # It writes what the planner goes by, for minutes at times.
    "AND backend_type <> 'autovacuum worker'"
)
_TICK = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
# As the triggers write it.
_TICK_KEPT = f"{_TICK} || '000'"


@dataclass(frozen=True)
class Known:
    """What had been written by a moment; `None` is what stands now."""

    by: datetime | None = None


def kept_since(nouns: Collection[str] | None = None) -> datetime | None:
    """From when on it is known what these tables held, by the names of their models; all of them where none is named. None where
    it always was: the centre began with it. A query.

    A centre that comes from a version which kept no past has rows that were written before. Their past says nothing but that they
    were there, as they stood at this moment.
    """
    rows = PastRow.objects.filter(noun=BEGUN).values_list("row", "at")
    return max((at for row, at in rows if nouns is None or (row and row["noun"] in nouns)), default=None)


def settled_now() -> datetime:
    """The latest moment of which nothing can still appear: whoever asks about it later reads the same.

    Now would not do: who has written and not committed yet would appear in the past. So on PostgreSQL it lies before the oldest
    open transaction that has written; a short one holds it back by milliseconds, an import by as long as it takes. All processes
    have to sign in to the database as one role, which alone sees since when the others write. SQLite has one writer: whoever
    holds its lock is the only one.

    Where the clock of the database was set back, by a day at most, it is the moment of what was recorded last, so that nobody is
    told an old state until the clock has caught up. Only then does what is written until then still appear in what was said.
    """
    if (told := HistoryClock.objects.values_list("at", flat=True).first()) is not None:
        return told
    return _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()


def world_now(now: datetime, zone: tzinfo) -> datetime:
    """The moment of the world that goes with a settled one: the same, but for where the clock of the database was set back past
    midnight. There what was recorded last bears the next day, and no day is told that has not come: it is the last moment of
    today, which is not over. Asks the clock where the day is another than this process has."""
    if now.astimezone(zone).date() <= timezone.localdate(timezone=zone):
        return now
    today = _clock().astimezone(zone).date()
    if now.astimezone(zone).date() <= today:
        return now
    return datetime.combine(today + timedelta(days=1), dtime.min, zone) - 2 * LEAST


def _clock() -> datetime:
    if (told := HistoryClock.objects.values_list("at", flat=True).first()) is not None:
        return told
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()" if connection.vendor == "postgresql" else f"SELECT {_TICK}")
        found = cursor.fetchone()[0]
    return found if isinstance(found, datetime) else _moment(found)


def _on_postgresql() -> datetime:
    with connection.cursor() as cursor:
        # In one transaction PostgreSQL shows the sessions as they were when they were first asked for.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_OTHERS)
        now, begun, read_at, newest = cursor.fetchone()
    found: datetime = min(now, begun) if begun else now
    return _ahead(read_at, newest) or found - LEAST


def _ahead(now: datetime, newest: datetime | None) -> datetime | None:
    """What was recorded last, where the clock was set back since."""
    return newest if newest is not None and now < newest <= now + AHEAD else None


def _on_sqlite() -> datetime:
    """With the lock of writers, in a step of the clock in which nobody writes: what was written before it has a smaller one, and
    what comes after a larger one."""
    with transaction.atomic():
        time.sleep(2 * TICK.total_seconds())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_TICK}, {_NEWEST.format(_TICK_KEPT)}")  # our own words
            now, newest = cursor.fetchone()
    return _ahead(_moment(now), _moment(newest) if newest else None) or _moment(now) - TICK


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

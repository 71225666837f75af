"""The demo's clock. A story of months is told in seconds, and every row says when it would really have happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.db import transaction

from careplans.models import HistoryClock

FIRST_HOUR = time(8, 40)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What happens inside happens at `moment`: services and `auto_now_add` ask `timezone.now` for the time, and what rows held
    before is kept as of then.

    Only for a command that nothing else runs beside in the same process.
    """
    with patch("django.utils.timezone.now", lambda: moment), history_at(moment):
        yield


@contextmanager
def history_at(moment: datetime) -> Iterator[None]:
    """What rows held before is kept as of `moment` (careplans/models/past.py). All that is written inside, or nothing: no
    transaction ends with another clock set."""
    with transaction.atomic():
        before = list(HistoryClock.objects.values_list("at", flat=True))
        _set(moment)
        yield
        _set(*before)


def _set(*moments: datetime) -> None:
    """To one moment, or to none."""
    HistoryClock.objects.all().delete()
    HistoryClock.objects.bulk_create(HistoryClock(id=HistoryClock.ONLY, at=one, nowhere_id=0) for one in moments)


@dataclass(frozen=True)
class Calendar:
    """Turns the days of a story, counted from today, into dates and moments of one time zone."""

    today: date
    zone: ZoneInfo

    def date(self, days: int) -> date:
        """Boards work from Monday to Friday: a weekend day becomes the Friday before it, so the order stays."""
        day = self.today + timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def moment(self, days: int, *, nth: int, case: int) -> datetime:
        """When the `nth` thing of a working day happens in a case: an hour apart, beginning at a different time each day."""
        day = self.date(days)
        begin = (day.toordinal() * 17 + case * 29) % 200
        return datetime.combine(day, FIRST_HOUR, self.zone) + timedelta(minutes=begin + 60 * nth)

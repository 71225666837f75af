"""The demo's clock. A story of months is told in seconds, and every row says when it would really have happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

FIRST_HOUR = time(8, 40)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What happens inside happens at `moment`: services and `auto_now_add` ask `timezone.now` for the time.

    Only for a command that nothing else runs beside in the same process.
    """
    with patch("django.utils.timezone.now", lambda: moment):
        yield


@dataclass(frozen=True)
class Calendar:
    """Turns the days of a story, counted from today, into dates and moments of one time zone."""

    today: date
    zone: ZoneInfo

    def date(self, days: int) -> date:
        """Boards work from Monday to Friday: a weekend day becomes the Friday before it, so the order stays."""
        day = self.today + timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def moment(self, days: int, place: int) -> datetime:
        """The `place`-th thing of a working day."""
        return datetime.combine(self.date(days), FIRST_HOUR, self.zone) + timedelta(minutes=7 * place)

"""When reminders go out: on the working days of a board, or of the centre, at its local hour."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from accounts.models import Board, Holiday
from common.local_time import instant, working_day

# Of what belongs to no board.
CENTRE_HOUR = time(8, 0)
# What comes by so long after the day's hour leaves its reader that day.
IN_TIME = timedelta(hours=1)


@dataclass(frozen=True)
class Hour:
    """A local wall time, and the days on which nothing goes out."""

    at: time
    zone: str
    off: frozenset[date] = frozenset()
    weekends_off: bool = False

    @classmethod
    def of(cls, board: Board) -> "Hour":
        """One query."""
        off = Holiday.objects.filter(board=board).ahead(board.today).values_list("day", flat=True)
        return cls(board.reminder_time, board.time_zone, frozenset(off), board.weekends_off)

    @classmethod
    def of_centre(cls) -> "Hour":
        return cls(CENTRE_HOUR, settings.CENTRE_TIME_ZONE)

    @property
    def today(self) -> date:
        return self.day_of(timezone.now())

    def on(self, day: date) -> datetime:
        return instant(day, self.at, ZoneInfo(self.zone))

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def after_a_working_day(self, told: datetime) -> datetime:
        """When somebody who was told then has had one whole working day to act."""
        day = self.day_of(told)
        first = day if told <= self.on(day) + IN_TIME else day + timedelta(days=1)
        return self.on(self.working_day(self.working_day(first) + timedelta(days=1)))

    def working_day(self, day: date) -> date:
        """That day, or the first after it on which the board works. What has passed stays: it goes out at once. A board that
        is off for very long is reminded all the same: nothing is dropped."""
        return working_day(day, self.off, weekends_off=self.weekends_off)

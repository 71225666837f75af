"""On which days a schedule asks for what. Pure: schedules come with their lines, and nothing is drawn from a database.

Each day is counted from the day from which the schedule counts, so that nothing drifts: from 31 August every month is
30 September, 31 October, 30 November (domain note D.5).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from careplans.models import FollowUpSchedule, Kind, PlanSchedule, ScheduleLine
from careplans.models.schedules import Unit
from common.local_time import add_months

MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}
DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
LAST_DAY = date(2199, 12, 31)
# Two schedules that ask for the same within so many days ask for one thing twice.
NEAR_DAYS = 14
ENDS = "The schedule ends: "
What = tuple[str, str]
Key = tuple[str, str, date]


class Due(NamedTuple):
    """One thing that a schedule asks for on one day."""

    day: date
    kind: str
    title: str
    window_days: int
    is_end: bool = False

    @property
    def what(self) -> What:
        return self.kind, self.title

    @property
    def key(self) -> Key:
        return self.kind, self.title, self.day

    @property
    def heading(self) -> str:
        return self.title or Kind(self.kind).label


def shift(day: date, number: int, unit: str) -> date:
    """So many units later, and never past the last day of the calendar that a board can mean."""
    if unit in MONTHS:
        months = number * MONTHS[Unit(unit)]
        return add_months(day, months) if day.year + months // 12 < LAST_DAY.year else LAST_DAY
    return min(day + timedelta(days=number * DAYS[Unit(unit)]), LAST_DAY)


def line_days(line: ScheduleLine, start: date) -> Iterator[date]:
    """The days of one line: its first, then at each interval, up to its end if it has one."""
    last = shift(start, line.ends_after, line.ends_unit) if line.ends_after else LAST_DAY
    for turn in count():
        day = _day(line, start, turn)
        if day > last or day >= LAST_DAY:
            return
        yield day
        if line.interval is None:
            return


def _day(line: ScheduleLine, start: date, turn: int) -> date:
    (offset, offset_unit), step = line.start, (line.interval or 0) * turn
    if offset_unit in MONTHS and line.unit in MONTHS:
        # Months counted together, or a short month would pull every later day forward.
        return shift(start, offset * MONTHS[Unit(offset_unit)] + step * MONTHS[Unit(line.unit)], Unit.MONTHS)
    return shift(shift(start, offset, offset_unit), step, line.unit)


def days_asked(
    schedule: FollowUpSchedule, start: date, until: date, lines: Sequence[ScheduleLine] | None = None
) -> list[Due]:  # fmt: skip
    """What the schedule asks for up to a day, but at least the first of it, each day in the order of its lines. `lines` where
    they are not saved yet.

    On the last day of a schedule that ends, the board is asked for what comes then.
    """
    found: dict[Key, Due] = {}
    first: list[Due] = []
    last = start
    rows = list(schedule.lines.all()) if lines is None else lines
    for line in rows:
        for day in line_days(line, start):
            asked = [Due(day, kind, line.title, line.window_days) for kind in line.kinds]
            if not first or day < first[0].day:
                first = asked
            last = max(last, day)
            if day <= until:
                for due in asked:
                    found.setdefault(due.key, due)
            elif not line.ends:
                break
    dues = sorted(found.values(), key=lambda due: due.day) or first
    if dues and schedule.then and last <= until and all(line.ends for line in rows):
        dues.append(Due(last, Kind.REDISCUSSION, ENDS + schedule.then, dues[-1].window_days, True))
    return dues


def plan_dates(rows: Sequence[PlanSchedule], until: date) -> list[list[Due]]:
    """What the schedules of one plan ask for, in their order. Where a row says that one follow-up is enough, it leaves to the
    rows above it what they ask for near the same day."""
    taken: list[Due] = []
    answer: list[list[Due]] = []
    for row in rows:
        asked = [] if row.starts_on is None else days_asked(row.schedule, row.starts_on, until)
        if row.overlap == PlanSchedule.Overlap.ONE:
            asked = [due for due in asked if nearest(due, taken) is None]
        answer.append(asked)
        taken += asked
    return answer


def nearest(due: Due, others: Sequence[Due]) -> Due | None:
    """The one of these that asks for the same on nearly the same day."""
    near = [one for one in others if abs((one.day - due.day).days) <= NEAR_DAYS and is_same(one, due)]
    return min(near, key=lambda one: abs((one.day - due.day).days), default=None)


def is_same(one: Due, other: Due) -> bool:
    """A thing without words of its own may be the same as one with words; what comes at an end never is."""
    if one.kind != other.kind or one.is_end or other.is_end:
        return False
    if one.kind == Kind.OTHER:
        return one.title.casefold() == other.title.casefold()
    return not one.title or not other.title or one.title.casefold() == other.title.casefold()


@dataclass(frozen=True)
class Handled:
    """What became already of the dates of one schedule of a case."""

    until: Mapping[What, date] = field(default_factory=dict)
    """For each thing, the last day that was done or has an appointment of its own."""
    days: frozenset[Key] = frozenset()
    """Dates that somebody settled."""

    def covers(self, due: Due) -> bool:
        return due.day <= self.until.get(due.what, date.min) or due.key in self.days


@dataclass(frozen=True)
class Answer:
    """What becomes of one date in the past."""

    fate: str
    on: date | None = None


def past_answers(row: PlanSchedule, today: date) -> dict[Key, Answer]:
    """An answer that plans a date for a day that has passed meanwhile answers nothing any more."""
    answers = {
        (told["kind"], told["title"], date.fromisoformat(told["day"])): Answer(
            told["fate"], date.fromisoformat(told["on"]) if told["on"] else None
        )
        for told in row.past
    }
    return {key: answer for key, answer in answers.items() if answer.on is None or answer.on >= today}


def unanswered(row: PlanSchedule, asked: Sequence[Due], today: date, handled: Handled) -> list[Due]:
    """The dates that lie in the past, and of which nobody has said what becomes of them."""
    answers = past_answers(row, today)
    return [due for due in asked if due.day < today and due.key not in answers and not handled.covers(due)]

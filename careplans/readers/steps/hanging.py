"""What hangs on a step: the day on which each of it belongs, as a cycle was given or the course began, and which have passed."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from careplans.models import FollowUp, Monitoring, Occurrence, Step
from careplans.models.followups import FollowUpQuerySet
from careplans.models.monitoring import monitoring_of

When = Monitoring.When


class Hung(NamedTuple):
    """One line, the day on which it belongs, and the follow-up that is there for it already."""

    line: Monitoring
    day: date
    row: FollowUp | None = None

    @property
    def words(self) -> str:
        return f"{self.line.heading} of {self.day:%-d %b %Y}"


def hung_on_cycle(step: Step, number: int) -> FollowUpQuerySet:
    rows: FollowUpQuerySet = FollowUp.objects.filter(
        monitoring__step=step, monitoring__when=When.OCCURRENCE, monitoring_number=number
    )
    return rows


def of_cycle(step: Step, number: int, *, was: date | None, on: date) -> list[Hung]:
    """Given on the day `on`: what is to be written; where it was recorded for the day `was`, what moves along, or, without a
    row, is asked for again. What somebody gave a day of its own does not move. One query."""
    if was == on or not (dues := list(_days(step, on))):
        return []
    rows = {row.monitoring_id: row for row in hung_on_cycle(step, number).order_by("pk")}
    if was is None:
        return [Hung(line, day) for line, day in dues if line.pk not in rows]
    there = [Hung(line, day, rows[line.pk]) for line, day in dues if line.pk in rows]
    return [moved for one in there if (moved := _moved(one, was, on, step.board.today))]


def _moved(one: Hung, was: date, on: date, today: date) -> Hung | None:
    row = one.row
    if row is None:
        return None
    if row.is_open:
        return one if _moves(row, one.day - (on - was), one.day, today) else None
    return one._replace(row=None) if _is_due_again(row, on, one.day, today) else None


def _moves(row: FollowUp, belonged: date, day: date, today: date) -> bool:
    """It stands where the wrong day had put it: on its day after that, or on another only because that had passed."""
    return row.due_on == belonged or belonged < today <= day


def _is_due_again(row: FollowUp, given: date, day: date, today: date) -> bool:
    """What was done before the cycle was given was not done for it; and what was answered because its day had passed lies ahead
    now."""
    if (row.done_on or row.due_on) < given:
        return True
    return row.status != FollowUp.Status.DONE and row.due_on < today <= day


def of_course(step: Step, *, was: date, on: date) -> list[Hung]:
    """The course began on the day `on` and not, as was recorded, on the day `was`: what moves along. One query."""
    lines = {one.pk: one for one in monitoring_of(step) if one.when == When.COURSE}
    if was == on or not lines:
        return []
    found = []
    for row in FollowUp.objects.filter(monitoring__in=lines, monitoring_number__isnull=False).open():
        line = lines[row.monitoring_id or 0]
        turn = _turn(line, was, row.due_on)
        if turn and (day := line.day_after(on, turn, kept=on.day)) != row.due_on:
            found.append(Hung(line, day, row))
    return found


def late_if(occurrence: Occurrence, on: date) -> list[Hung]:
    """If it was given on the day `on`: what hangs on it, or on the course that it began, and has its day in the past."""
    step, was, today = occurrence.step, occurrence.given_on, occurrence.step.board.today
    if on > today or (was is None and not any(day < today for _, day in _days(step, on))):
        return []
    found = of_cycle(step, occurrence.number, was=was, on=on)
    if was is not None and was == step.started_on and not _given_before(occurrence):
        found += of_course(step, was=was, on=on)
    return [one for one in found if one.day < today]


def _days(step: Step, on: date) -> Iterator[tuple[Monitoring, date]]:
    for line in monitoring_of(step):
        if line.days_after is not None:
            yield line, on + timedelta(days=line.days_after)


def _turn(line: Monitoring, start: date, day: date) -> int:
    """Which one it is in the rhythm from that start; 0 where the day is none of it."""
    turn = 1
    while (due := line.day_after(start, turn, kept=start.day)) < day:
        turn += 1
    return turn if due == day else 0


def _given_before(occurrence: Occurrence) -> bool:
    rows = Occurrence.objects.filter(step=occurrence.step_id, number__lt=occurrence.number, given_on__isnull=False)
    return rows.exists()

"""The days on which a board sends no reminders. Each change moves the board's reminders that lie ahead."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import F

from accounts import audit
from accounts.models import Board, Holiday, User
from accounts.services.boards import require_configure
from common.writing import transactional

MOST_AHEAD = 400


class DayOff(NamedTuple):
    day: date
    name: str


@transactional
def add_holidays(board: Board, days: Sequence[DayOff], *, by: User) -> int:
    """Add days that are not listed yet; those that are keep their name. Returns how many are new."""
    require_configure(by, board)
    # Held, so that two lists pasted at once are added one after the other.
    Board.objects.filter(pk=board.pk).update(timing=F("timing"))
    wanted = {one.day: one for one in days}
    for one in wanted.values():
        _check(board, one)
    there = set(Holiday.objects.filter(board=board, day__in=wanted).values_list("day", flat=True))
    new = [Holiday(board=board, day=day, name=one.name.strip()) for day, one in wanted.items() if day not in there]
    if not new:
        return 0
    if Holiday.objects.filter(board=board).ahead(board.today).count() + len(new) > MOST_AHEAD:
        raise ValidationError(f"A board has at most {MOST_AHEAD} days off ahead. Remove some, or shorten the list.")
    Holiday.objects.bulk_create(new)
    _moved(board, by=by, action="holidays_added", days=sorted(row.day.isoformat() for row in new))
    return len(new)


@transactional
def remove_holiday(holiday: Holiday, *, by: User) -> None:
    """Removing what somebody has just removed changes nothing."""
    require_configure(by, holiday.board)
    removed, _ = Holiday.objects.filter(pk=holiday.pk).delete()
    if removed:
        _moved(holiday.board, by=by, action="holiday_removed", days=[holiday.day.isoformat()])


def _check(board: Board, one: DayOff) -> None:
    if not one.name.strip():
        raise ValidationError({"name": f"Say what {one.day:%-d %B %Y} is, for example Christmas Day."})
    if one.day < board.today:
        raise ValidationError({"day": f"{one.day:%-d %B %Y} has passed. Choose today or a later day."})
    if one.day.year > board.today.year + 10:
        raise ValidationError({"day": f"{one.day:%-d %B %Y} is more than ten years ahead. Check the year."})


def _moved(board: Board, *, by: User, action: str, days: list[str]) -> None:
    Board.objects.filter(pk=board.pk).update(timing=F("timing") + 1)
    audit.record(action, by=by, subject=board, label=board.name, board_id=board.pk, data={"days": days})

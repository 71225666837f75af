"""How the demo's people want to be told, who is away soon, and the board's days off: what the settings pages have to show."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from accounts.models import Board, User
from accounts.services.absences import plan_absence
from accounts.services.holidays import DayOff, add_holidays
from accounts.services.settings import change_settings

AWAY_IN, AWAY_FOR = timedelta(days=10), timedelta(days=11)


def keep_habits(board: Board, people: Mapping[str, User], *, today: date) -> None:
    oncology, pathology, endocrinology = (people[key] for key in ("oncology", "pathology", "endocrinology"))
    change_settings(oncology, by=oncology, changes={"quiet_from": time(20), "quiet_until": time(7)})
    change_settings(pathology, by=pathology, changes={"digest_at": time(12)})
    away = today + AWAY_IN
    plan_absence(endocrinology, by=endocrinology, first_day=away, last_day=away + AWAY_FOR, deputy=oncology)
    add_holidays(board, _days_off(today), by=people["coordinator"])


def _days_off(today: date) -> list[DayOff]:
    """Of the next twelve months, where they are the same day every year."""
    named = ((1, 1, "New Year’s Day"), (12, 25, "Christmas Day"), (12, 26, "Boxing Day"))
    days = [DayOff(date(year, month, day), name) for year in (today.year, today.year + 1) for month, day, name in named]
    return [one for one in days if today <= one.day < today + timedelta(days=365)]

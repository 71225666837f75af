"""Whether a cycle, session or administration came as planned: not on the day of its neighbour, nor far off its own. Pure."""

from datetime import date

from careplans.models import Occurrence, Step
from careplans.models.courses import DAYS_OF_A

# Nearer than this to its planned day nobody is asked, however short the interval is.
WEEK = 7


def too_near(step: Step, on: date, other: Occurrence | None) -> str:
    """What to say where the one before or after it was given on the same day, or within less than half of the interval."""
    if other is None or other.given_on is None:
        return ""
    first, second = sorted((on, other.given_on))
    gap, planned = (second - first).days, (step.day_after(first) - first).days
    if gap and gap * 2 >= planned:
        return ""
    apart = f", and {planned} days lie between them as planned" if planned else ""
    when = (
        "on the same day" if gap == 0 else f"{gap} day{'' if gap == 1 else 's'} {'before' if on == second else 'after'}"
    )
    return f"{other.heading} was given {when}, {other.given_on:%-d %B %Y}{apart}."


def far_off(step: Step, on: date, planned_on: date) -> str:
    """What to say where that is more than a quarter of the interval from the planned day, and more than a week."""
    days = (on - planned_on).days
    interval = (step.interval or 0) * DAYS_OF_A.get(step.interval_unit, 0)
    if abs(days) <= max(WEEK, interval // 4):
        return ""
    return f"It was planned for {planned_on:%-d %B %Y}, {abs(days)} days {'earlier' if days > 0 else 'later'}."

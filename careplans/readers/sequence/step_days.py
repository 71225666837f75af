"""From when to when a step is drawn: what happened, and else what is planned. Pure; the rows are loaded."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from careplans.models import Step
from careplans.readers.steps.gate_days import day_of_last, next_day

Status = Step.Status


@dataclass(frozen=True)
class Days:
    start: date | None = None
    end: date | None = None
    filled_until: date | None = None
    goes_on: bool = False


def as_it_stands(step: Step) -> Step:
    """A step; of a copy in an amendment that is not released yet, what has become of the one in the plan in force."""
    before = step.carried_from if step.status == Status.PROPOSED else None
    return step if before is None or before.status in (Status.PROPOSED, Status.SET_ASIDE) else before


def days_of(step: Step, today: date, zone: ZoneInfo) -> Days:
    """`step`: as it is planned. What was begun under an earlier version of its plan was begun then."""
    now = as_it_stands(step)
    start = now.started_on or (next_day(now) if now.is_open else None) or step.planned_start or now.ended_on
    if now.status == Status.NOT_DONE:
        start = step.planned_start or now.due_on or now.ended_on
    elif now.ended_on and now.started_on is None and now.status == Status.COMPLETED:
        start = now.ended_on
    if start is None:
        return Days()
    end = _end(step, now, start, today, zone)
    goes_on = end is None and step.runs_until_stopped
    end = max(start, end) if end else None
    return Days(start, end, _filled(now, end, today, zone), goes_on)


def _end(step: Step, now: Step, start: date, today: date, zone: ZoneInfo) -> date | None:
    if now.status in (Status.COMPLETED, Status.STOPPED):
        return now.ended_on
    if now.carried_over_at is not None:
        return now.carried_over_at.astimezone(zone).date()
    if step.runs_until_stopped:
        return step.planned_end if step.planned_end and step.planned_end >= today else None
    last = day_of_last(now) if step.is_repeated and now.due_on else None
    planned = step.planned_end
    if planned and step.planned_start and now.started_on is None and start > step.planned_start:
        planned = start + (planned - step.planned_start)
    running = today if now.status == Status.IN_PROGRESS else None
    if running and now.due_on and not planned:
        running = max(running, now.due_on)
    return max((day for day in (last, planned, running) if day is not None), default=None)


def _filled(now: Step, end: date | None, today: date, zone: ZoneInfo) -> date | None:
    """What lies before this day was given."""
    if now.status in (Status.COMPLETED, Status.STOPPED):
        return end
    if now.started_on is None:
        return None
    if now.carried_over_at is not None:
        today = min(today, now.carried_over_at.astimezone(zone).date())
    held = [held.held_from for held in now.breaks.all() if held.is_open] if now.status == Status.ON_HOLD else []
    return held[-1] if held else min(today, end) if end else today

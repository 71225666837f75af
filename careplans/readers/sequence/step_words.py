"""What stands beside the bar of a step: how it stands, who sees to it, whether it is late. Pure; the rows are loaded."""

from datetime import date

from careplans.models import Step
from careplans.readers.sequence.step_days import Days, as_it_stands
from careplans.readers.sequence.what import Look, day_words
from careplans.readers.steps.due import due_of
from careplans.readers.steps.gates import Gate, is_before_gate

Status = Step.Status
LOOKS: dict[str, Look] = {
    Status.IN_PROGRESS: Look.RUNNING,
    Status.ON_HOLD: Look.ON_HOLD,
    Status.COMPLETED: Look.DELIVERED,
    Status.STOPPED: Look.STOPPED,
    Status.NOT_DONE: Look.NOT_DONE,
    Status.SET_ASIDE: Look.SET_ASIDE,
}


def looks_like(step: Step) -> Look:
    now = as_it_stands(step)
    waits_for_arm = step.arm is not None and step.arm.decision.as_decided.status in (*Step.OPEN, Status.PROPOSED)
    if waits_for_arm and now.started_on is None and now.status in (Status.PROPOSED, Status.PLANNED):
        return Look.IN_ARM
    return LOOKS.get(now.status, Look.PLANNED)


def state_words(step: Step, days: Days) -> str:
    now = as_it_stands(step)
    words = _decision(now, days) if step.is_decision else _state(now, days)
    given = now.delivered_words if now.delivered_words and now.status not in (Status.PROPOSED, Status.PLANNED) else ""
    ahead = _ahead(now)
    moved = "went on in a later plan" if now.carried_over_at and not now.goes_on_with else ""
    return ", ".join(filter(None, [words, given, ahead, moved]))


def _state(now: Step, days: Days) -> str:
    since = f" since {day_words(now.started_on)}" if now.started_on else ""
    if now.status == Status.IN_PROGRESS:
        return f"In progress{since}"
    if now.status == Status.ON_HOLD:
        begun = f", begun {day_words(now.started_on)}" if now.started_on else ""
        return f"On hold{_held(now)}{begun}"
    if now.status == Status.COMPLETED:
        part = " in part" if now.fulfilment == Step.Fulfilment.PARTIAL else ""
        return f"Delivered{part} {_span(now)}"
    if now.status == Status.STOPPED:
        return f"Stopped{_on(now.ended_on)}{_why(now)}"
    if now.status in (Status.NOT_DONE, Status.SET_ASIDE):
        return f"{now.get_status_display()}{_why(now)}"
    return _planned(now, days)


def _held(now: Step) -> str:
    """Without an end its next date is when somebody looks at it again, not when it goes on."""
    if now.due_on is None:
        return ""
    ends = any(held.is_open and held.held_until for held in now.breaks.all())
    return f"{' until' if ends else ', to be looked at on'} {day_words(now.due_on)}"


def _planned(now: Step, days: Days) -> str:
    if days.start is None:
        return "No date until its arm is chosen" if now.arm_id else "No date yet"
    if now.is_open and now.due_on and days.start > now.due_on:
        # The lists name the signed day, and the picture draws the one on which it can begin.
        return f"Due {day_words(now.due_on)}, cannot begin before {day_words(days.start)} as planned"
    ends = f" to {day_words(days.end)}" if days.end and days.end > days.start else ""
    return f"Planned for {day_words(days.start)}{ends}"


def _decision(now: Step, days: Days) -> str:
    if now.status == Status.COMPLETED:
        return f"Decided{_on(now.ended_on)}"
    if now.status == Status.NOT_DONE:
        return f"Not decided{_why(now)}"
    on = day_words(days.start) if days.start else ""
    return f"To be decided on {on}" if on else "To be decided, no date yet"


def _ahead(now: Step) -> str:
    """The next date of what runs."""
    if now.status != Status.IN_PROGRESS or now.due_on is None or now.carried_over_at is not None:
        return ""
    return f"{'review' if now.course == Step.Course.CONTINUOUS else 'next'} {day_words(now.due_on)}"


def _span(now: Step) -> str:
    if now.started_on and now.ended_on and now.started_on != now.ended_on:
        return f"{day_words(now.started_on)} to {day_words(now.ended_on)}"
    return day_words(now.ended_on) if now.ended_on else ""


def _on(day: date | None) -> str:
    return f" on {day_words(day)}" if day else ""


def _why(now: Step) -> str:
    """A code of the list, never what was written beside it."""
    return f": {now.get_reason_display().lower()}" if now.reason else ""


def late_words(step: Step, gate: Gate, today: date | None, grace_days: int) -> str:
    """As the lists of work say it: past its day and the days of grace, and nothing that it waits for holds it back."""
    due = due_of(step, grace_days) if step.is_open and step.carried_over_at is None else None
    if today is None or due is None or gate.is_closed or not due.is_late(today):
        return ""
    days = -due.days(today)
    what = "start" if is_before_gate(step) else "next date"
    return f"{days} day{'' if days == 1 else 's'} late: {what} {day_words(due.on)}"


def who_words(step: Step) -> str:
    person = step.assignee or step.owner
    return person.name if person is not None else ""


def planned_words(step: Step) -> str:
    """For the table: from when to when it is planned, as it was signed."""
    if step.planned_start is None:
        return "when its arm is chosen" if step.arm_id else ""
    return " to ".join(day_words(day) for day in (step.planned_start, step.planned_end) if day is not None)

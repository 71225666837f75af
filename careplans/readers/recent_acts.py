"""What has just been recorded, in the words of the message that says so and offers to undo it. Pure."""

from typing import Any

from careplans.models import FollowUp, Occurrence, Step


def said_of(row: Step | Occurrence | FollowUp, verb: str, made: Any) -> str:
    """To follow “Recorded: ”. `row`: what it was recorded of, as it stands now; `made`: what the verb made of it."""
    if isinstance(row, Occurrence):
        return f"{_small(row.heading)} {_of_cycle(row)}"
    if isinstance(row, FollowUp):
        return f"{row.heading} {_of_follow_up(row, verb, made)}"
    if isinstance(made, FollowUp):
        return f"{made} is planned, with {made.assignee.name}"
    return f"step {row.number} ({row.title}) {_of_step(row, verb)}"


def _of_cycle(row: Occurrence) -> str:
    if row.is_open:
        return f"is to be given on {row.planned_on:%-d %b %Y}"
    return row.recorded_words


def _of_step(step: Step, verb: str) -> str:
    begun, ended = (f"{day:%-d %b %Y}" if day else "" for day in (step.started_on, step.ended_on))
    due = f"{step.due_on:%-d %b %Y}" if step.due_on else "without a date"
    person = step.assignee.name if step.assignee else "nobody"
    return {
        "start": f"began on {begun}", "complete": f"was completed on {ended}", "stop": f"was stopped on {ended}",
        "skip": "is not done", "hold": "is on hold", "resume": f"goes on; next date {due}",
        "replan": f"is planned again for {due}", "hand_over": f"is with {person}; next date {due}",
        "choose": f"was decided on {ended}", "correct": f"was decided on {ended}",
        "add_outcome": "has more in its outcome", "correct_outcome": "has its outcome corrected",
    }.get(verb, f"is {step.get_status_display().lower()}")  # fmt: skip


def _of_follow_up(row: FollowUp, verb: str, made: Any) -> str:
    if verb == "missed" and isinstance(made, FollowUp):
        return f"did not take place; it is planned anew for {made.due_on:%-d %b %Y}"
    day = f"{row.done_on:%-d %b %Y}" if row.done_on else ""
    return {
        "done": f"was done on {day}", "correct": f"was done on {day}", "cancel": "is cancelled",
        "move": f"is due on {row.due_on:%-d %b %Y}, with {row.assignee.name}", "not_done": "is open again",
    }.get(verb, f"is {row.get_status_display().lower()}")  # fmt: skip


def _small(heading: str) -> str:
    return heading[:1].lower() + heading[1:]

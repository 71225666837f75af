"""The acts about a step of the plan in force: what became of it."""

from careplans.demo.acts import Act
from careplans.demo.plan_acts import in_force, live_steps, outcome_of
from careplans.demo.story import StoryEntry
from careplans.models import Occurrence, Step
from careplans.reminders.requests import snooze
from careplans.services import occurrence_progress, step_progress
from careplans.services.arm_choice import choose_arm


def start(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    due_on = entry.telling.calendar.date(told["due"]) if "due" in told else None
    step_progress.start_step(
        step, by=entry.actor, expected_version=step.version, on=entry.telling.calendar.date(told.get("on", entry.day)),
        due_on=due_on, why=told.get("why", ""),
    )  # fmt: skip


def complete(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.complete_step(
        step, by=entry.actor, expected_version=step.version, on=entry.telling.calendar.date(told.get("on", entry.day)),
        fulfilment=told["fulfilment"], outcome=told.get("outcome", ""), **outcome_of(entry),
    )  # fmt: skip


def stop(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.stop_step(
        step, by=entry.actor, expected_version=step.version, on=entry.telling.calendar.date(told.get("on", entry.day)),
        reason=told["reason"], reason_note=told.get("note", ""), outcome=told.get("outcome", ""), **outcome_of(entry),
    )  # fmt: skip


def skip(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.skip_step(
        step, by=entry.actor, expected_version=step.version, reason=told["reason"], reason_note=told.get("note", "")
    )


def choose(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    choose_arm(
        step, by=entry.actor, expected_version=step.version, on=entry.telling.calendar.date(entry.day),
        chosen_arm=step.arms.get(name=told["arm"]), reason=told["why"], outcome=told.get("outcome", ""), **outcome_of(entry),
    )  # fmt: skip


def hold(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.hold_step(
        step, by=entry.actor, expected_version=step.version, on=entry.telling.calendar.date(told.get("on", entry.day)),
        until=entry.telling.calendar.date(told["until"]) if "until" in told else None,
        due_on=entry.telling.calendar.date(told["due"]) if "due" in told else None,
        reason=told["reason"], reason_note=told.get("why", ""),
    )  # fmt: skip


def plan_again(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.replan_step(
        step, by=entry.actor, expected_version=step.version, due_on=entry.telling.calendar.date(told["due"]),
        why=told["why"],
    )  # fmt: skip


def hand_over(entry: StoryEntry) -> None:
    step, told = _step(entry), entry.args
    step_progress.hand_over_step(
        step, by=entry.actor, expected_version=step.version, why=told["why"],
        assignee=entry.person(told["to"]) if "to" in told else None,
        due_on=entry.telling.calendar.date(told["due"]) if "due" in told else None,
    )  # fmt: skip


def put_off(entry: StoryEntry) -> None:
    until = entry.telling.calendar.date(entry.args["until"])
    snooze(_step(entry), by=entry.actor, until=until, reason=entry.args["why"])


def _step(entry: StoryEntry) -> Step:
    """The step by its place in the order of the plan in force, from 1."""
    step: Step = live_steps(in_force(entry))[entry.args["step"] - 1]
    return step


def give(entry: StoryEntry) -> None:
    """The next cycle, session or administration of a step was given."""
    told, row = entry.args, _coming(entry)
    occurrence_progress.give_occurrence(
        row, by=entry.actor, expected_version=row.version, on=entry.telling.calendar.date(told.get("on", entry.day)),
        move_later=told.get("move_later"), why=told.get("why", ""),
    )  # fmt: skip


def postpone(entry: StoryEntry) -> None:
    told, row = entry.args, _coming(entry)
    occurrence_progress.postpone_occurrence(
        row, by=entry.actor, expected_version=row.version, to=entry.telling.calendar.date(told["to"]),
        reason=told["reason"], reason_note=told.get("why", ""), move_later=told.get("move_later"),
    )  # fmt: skip


def _coming(entry: StoryEntry) -> Occurrence:
    row: Occurrence = Occurrence.objects.for_page().filter(step=_step(entry)).open().order_by("number")[0]
    return row


STEP_ACTS: dict[str, Act] = {
    "give": give,
    "postpone": postpone,
    "start": start,
    "complete": complete,
    "stop": stop,
    "skip": skip,
    "choose": choose,
    "hold": hold,
    "plan again": plan_again,
    "hand over": hand_over,
    "put off": put_off,
}

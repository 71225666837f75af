"""The steps of a large board's plans, with fates that fit the state of their plan."""

import random
from datetime import date, timedelta
from typing import Any

from careplans.demo.large.courses import ORDINARY, Course, World
from careplans.demo.large.inserting import made
from careplans.models import Plan, Step
from careplans.models.outcomes import ASSESSED, GRADED, RESPONSES, SYMPTOM_CONTROLS, TOXICITIES

# Code, phase, goals, target: what a step of these plans is.
KINDS: tuple[tuple[str, str, list[str], str], ...] = (
    ("OSA", "symptom_control", ["symptom_control"], "systemic"),
    ("SURG", "debulking", ["debulking"], "liver"),
    ("TAE", "tumour_control", ["size_reduction", "hormone_reduction"], "liver"),
    ("PRRT", "tumour_control", ["tumour_control"], "systemic"),
    ("CHEMO", "tumour_control", ["tumour_control"], "systemic"),
    ("SIRT", "tumour_control", ["size_reduction"], "liver"),
)
REASONS = ("patient_choice", "progression", "toxicity_or_not_tolerated", "medical_reason")
RATIONALE = "The order follows the symptoms; receptor expression and liver function allow it."


def make_steps(world: World, course: Course, place: int) -> list[Step]:
    """Two to four steps; an amendment repeats those of the plan before it and goes on with them."""
    chance, status = world.chance, course.statuses[place]
    before = course.steps[0] if place else []
    count = len(before) or chance.randint(2, 4)
    ended = _how_many_ended(world, status, count)
    steps = []
    for index in range(count):
        fields = _content(before[index]) if before else _new_content(world, course, index)
        step = made(Step, board=world.board, case=course.case, plan=course.plans[place], position=index + 1, **fields)
        step.carried_from = before[index] if before else None
        _give_fate(world, course, step, status, is_ended=index < ended, is_next=index == ended)
        steps.append(step)
    return steps


def _how_many_ended(world: World, status: str, count: int) -> int:
    if status in Plan.IN_FORCE:
        return count - world.chance.choice((1, 1, 2))
    if status == Plan.Status.SUPERSEDED:
        return 0
    return count if status in (Plan.Status.COMPLETED, Plan.Status.REVOKED) else 0


def _new_content(world: World, course: Course, index: int) -> dict[str, Any]:
    code, phase, goals, target = KINDS[0] if index == 0 else world.chance.choice(KINDS[1:])
    start = course.moment.date() + timedelta(days=10 + 50 * index)
    return {
        "phase": phase, "modality_code": code, "modality_revision": world.revisions[code], "goals": goals, "target": target,
        "target_mm": world.chance.choice((12, 25, 38, None)), "rationale": RATIONALE, "planned_start": start,
        "planned_end": start + timedelta(days=40),
        "owner": world.people[ORDINARY] if course.ordinary else world.chance.choice(world.others),
    }  # fmt: skip


def _content(before: Step) -> dict[str, Any]:
    names = (
        "phase", "modality_code", "modality_revision", "goals", "target", "target_mm", "rationale", "planned_start",
        "planned_end", "owner",
    )  # fmt: skip
    return {name: getattr(before, name) for name in names}


def _give_fate(world: World, course: Course, step: Step, status: str, *, is_ended: bool, is_next: bool) -> None:
    if status in (*Plan.WORKING, Plan.Status.ENTERED_IN_ERROR):
        return
    if status == Plan.Status.REVOKED:
        step.status, step.reason = Step.Status.NOT_DONE, Step.Reason.PLAN_REVOKED
        step.reason_note, step.assignee = "The plan was revoked.", step.owner
        step.reason_given = Step.Reason.OTHER
        return
    step.assignee = step.owner
    if is_ended:
        _end(world, step)
        return
    step.status, step.due_on = Step.Status.PLANNED, step.planned_start
    if status == Plan.Status.SUPERSEDED:
        step.carried_over_at = course.moment_of(1) + timedelta(days=4)
    else:
        step.due_on = world.day_ahead()
        if is_next and world.chance.random() < 0.5:
            step.status = Step.Status.IN_PROGRESS
            step.started_on = max(course.moment.date(), world.today - timedelta(days=world.chance.randint(1, 60)))


def give_outcome(row: Plan | Step, chance: random.Random, day: date) -> None:
    """Any answer that the services would take."""
    row.response = chance.choice(RESPONSES)[0]
    row.response_on = day if row.response in ASSESSED else None
    row.progression = "yes" if row.response == "progression" else chance.choice(("no", "not_assessed"))
    row.progressed_on = day if row.progression == "yes" else None
    row.toxicity = chance.choice(TOXICITIES)[0]
    row.toxicity_term = "Fatigue" if row.toxicity in GRADED else ""
    row.symptom_control = chance.choice(SYMPTOM_CONTROLS)[0]


def _end(world: World, step: Step) -> None:
    """Ended within the forty days that were planned, but not after yesterday."""
    yesterday = world.today - timedelta(days=1)
    at = world.chance.random()
    if at < 0.1:
        step.status, step.reason = Step.Status.NOT_DONE, world.chance.choice(REASONS)
        return
    step.started_on = min(step.planned_start or yesterday, yesterday)
    step.ended_on = min(step.planned_end or yesterday, yesterday)
    give_outcome(step, world.chance, step.ended_on)
    if at < 0.2:
        step.status, step.reason, step.fulfilment = Step.Status.STOPPED, world.chance.choice(REASONS), "partial"
    else:
        step.status, step.fulfilment = Step.Status.COMPLETED, "full"

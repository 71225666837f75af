"""What a plan, its steps and its schedules point to, read apart (`careplans/models/apart.py`): most of it is at hand."""

from collections.abc import Iterable
from typing import Any

from careplans.models.apart import attach, attach_people, links
from careplans.models.arms import Arm
from careplans.models.plan_schedules import PlanSchedule
from careplans.models.plans import Plan
from careplans.models.steps import LONG_TEXTS, Step


def complete_plans(plans: list[Plan]) -> None:
    """Of `for_editing()` and `for_detail()`: all people of a page by one query."""
    steps = [step for plan in plans for step in plan.steps.all()]
    chosen = [row for plan in plans for row in plan.schedules.all()]
    complete_steps(steps)
    complete_schedules(chosen, at_hand=steps)
    attach(links(plans, "amends"), Plan.objects.all())
    attach_people(
        *links(plans, "created_by", "submitted_by", "released_by"), *links([plan.case for plan in plans], "responsible"),
        *links(steps, "owner", "assignee"), *links(chosen, "assignee", "done_with"),
        *links([row for plan in plans for row in _read_with(plan, "signatures")], "signer", "delegated_to"),
    )  # fmt: skip


def _read_with(plan: Plan, name: str) -> Iterable[Any]:
    rows: Iterable[Any] = plan.__dict__.get("_prefetched_objects_cache", {}).get(name, ())
    return rows


def complete_steps(rows: list[Step]) -> None:
    """With what each waits for, the one that this waits for, their arms with the decision, and what they were copied from. Four
    queries at most, and without long texts."""
    steps = Step.objects.defer(*LONG_TEXTS)
    arms = attach(links(rows, "arm", "chosen_arm"), Arm.objects.all())
    others = attach(links(rows, "after_step") + links(arms, "decision"), steps, at_hand=rows)
    attach(links(others, "after_step"), steps, at_hand=[*rows, *others])
    attach(links([*rows, *others], "carried_from"), steps)


def complete_schedules(rows: list[PlanSchedule], *, at_hand: Iterable[Step] = ()) -> None:
    """With the step that each counts from, and what that was copied from."""
    steps = Step.objects.defer(*LONG_TEXTS)
    read = attach(links(rows, "from_step"), steps, at_hand=at_hand)
    attach(links(read, "carried_from"), steps)

"""What a plan, its steps and its schedules point to, read apart (`careplans/models/apart.py`): most of it is at hand.

The rows are Plan, Step and PlanSchedule, whose modules import this one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from careplans.models.apart import attach, links
from careplans.models.arms import Arm
from modalities.models import Revision

# Of a step that another waits for: whether it is past, and not what was written about it.
LONG_TEXTS = ("rationale", "alternatives", "reason_note", "outcome")


def complete_plans(plans: Sequence[Any]) -> None:
    """Of `for_editing()` and `for_detail()`: all people of a page by one query."""
    steps = [step for plan in plans for step in plan.steps.all()]
    chosen = [row for plan in plans for row in plan.schedules.all()]
    signed = [row for plan in plans for row in plan._prefetched_objects_cache.get("signatures", ())]
    complete_steps(steps)
    complete_schedules(chosen, at_hand=steps)
    attach(links(plans, "amends"))
    attach(
        links(plans, "created_by", "submitted_by", "released_by") + links([plan.case for plan in plans], "responsible")
        + links(steps, "owner", "assignee") + links(chosen, "assignee", "done_with")
        + links(signed, "signer", "delegated_to")
    )  # fmt: skip


def complete_steps(rows: Sequence[Any]) -> None:
    """With what each waits for, the one that this waits for, their arms with the decision, what they were copied from and the
    page in force. Six queries at most, and without long texts."""
    decisions = [row for row in rows if row.is_decision]
    prefetch_related_objects(decisions, Prefetch("arms", Arm.objects.live()))
    _have_none([row for row in rows if not row.is_decision], "arms", Arm.objects.none())
    pages = [row.modality_revision for row in rows if row.modality_revision]
    texts = [name for name, _ in Revision.SECTIONS]
    attach(links([page.modality for page in pages], "current_revision"), at_hand=pages, without=texts)
    arms = attach(links(rows, "arm", "chosen_arm"))
    others = attach(links(rows, "after_step") + links(arms, "decision"), at_hand=rows, without=LONG_TEXTS)
    attach(links(others, "after_step"), at_hand=[*rows, *others], without=LONG_TEXTS)
    attach(links([*rows, *others], "carried_from"), without=LONG_TEXTS)


def _have_none(rows: Iterable[Any], name: str, none: QuerySet[Any]) -> None:
    """What no such row can have is not asked for."""
    none._result_cache = []
    for row in rows:
        row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = none


def complete_schedules(rows: Sequence[Any], *, at_hand: Iterable[Any] = ()) -> None:
    """With the step that each counts from, and what that was copied from."""
    read = attach(links(rows, "from_step"), at_hand=at_hand, without=LONG_TEXTS)
    attach(links(read, "carried_from"), without=LONG_TEXTS)

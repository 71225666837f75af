"""The steps of a plan that is being worked on, each table read for itself and put together at hand: to plan a join of ten tables
takes a database longer than to carry it out, and most plans have no decision, no copied step and no added page.
"""

from collections.abc import Collection, Iterable

from django.db.models import Prefetch, prefetch_related_objects

from careplans.models import Arm, Plan, Step
from careplans.models.plan_parts import LONG_TEXTS
from careplans.readers.steps.gates import load_gates
from modalities.models import Revision

TEXTS = [name for name, _ in Revision.SECTIONS]
NOW = "modality__current_revision"


def load_for_rules(plans: Collection[Plan]) -> None:
    """The live steps of plans afresh, with what the rules look at: arms, the step that each was copied from, and its page where
    that is an added one. One query, and one more for each of these three that there is."""
    for plan in plans:
        # One plan is changed several times in a transaction.
        plan.__dict__.setdefault("_prefetched_objects_cache", {}).pop("steps", None)
    live = Step.objects.filter(removed_at=None).order_by("position", "id")
    prefetch_related_objects(list(plans), Prefetch("steps", live))
    steps = [step for plan in plans for step in plan.steps.all()]
    with_arms = [step for step in steps if step.is_decision]
    prefetch_related_objects(with_arms, Prefetch("arms", Arm.objects.live()))
    copied = [step for step in steps if step.carried_from_id]
    prefetch_related_objects(copied, Prefetch("carried_from", Step.objects.defer(*LONG_TEXTS)))
    load_pages(step for step in steps if step.reference_page_title)


def load_pages(steps: Iterable[Step]) -> None:
    """The revision on which each rests, its page and the revision in force now, without their texts. One query."""
    rows = Revision.objects.select_related(NOW).defer(*TEXTS, *(f"{NOW}__{name}" for name in TEXTS))
    prefetch_related_objects([step for step in steps if step.modality_revision_id], Prefetch("modality_revision", rows))


def load_beside(plan: Plan) -> None:
    """What is said beside a step needs more: what each waits for. From the same rows, without a query."""
    steps = list(plan.steps.all())
    arms = {arm.pk: arm for step in steps if step.is_decision for arm in step.arms.all()}
    for step in steps:
        if step.arm_id in arms:
            step.arm = arms[step.arm_id]
    load_gates(steps, known=steps)

"""The plan over which the header of a page stands, with its steps: from what the page has loaded, and else by one query."""

from collections.abc import Mapping
from typing import Any

from careplans.models import Case, Plan, Step

# What the header looks at, and no more.
READ = (
    "status", "removed_at", "carried_over_at", "modality_code", "phase", "target",
    "plan__status", "plan__facts_changed_at", "plan__content_differs_since",
)  # fmt: skip


def plan_at_hand(page: Mapping[str, Any], case: Case) -> tuple[Plan | None, list[Step]]:
    """The plan that a page is about, or that is in force, or in work. `page`: what its template is given."""
    plan = page.get("plan") or page.get("in_force") or page.get("working")
    if isinstance(plan, Plan) and plan.case_id == case.pk:
        return plan, _steps(plan, page.get("steps"))
    # The page of a case has asked already, and there is none.
    return (None, []) if "in_force" in page else _asked(case)


def _steps(plan: Plan, shown: Any) -> list[Step]:
    if "steps" in getattr(plan, "_prefetched_objects_cache", ()):
        return list(plan.steps.all())
    of_page = [step for step in shown if isinstance(step, Step)] if isinstance(shown, list) else []
    mine = [step for step in of_page if step.plan_id == plan.pk]
    return mine or list(
        Step.objects.filter(plan=plan, removed_at=None).only(*(name for name in READ if "__" not in name))
    )


def _asked(case: Case) -> tuple[Plan | None, list[Step]]:
    """What is in force goes before what is being written. A plan without a step is not seen: nothing of it is to come."""
    found = Step.objects.filter(plan__case=case, plan__status__in=Plan.OPEN, removed_at=None)
    steps = list(found.select_related("plan").only(*READ))
    plans = sorted({step.plan_id: step.plan for step in steps}.values(), key=lambda plan: not plan.is_in_force)
    if not plans:
        return None, []
    return plans[0], [step for step in steps if step.plan_id == plans[0].pk]

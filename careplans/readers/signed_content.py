"""Whether the rows of a plan still say what was signed.

Computed where a plan is loaded with its steps, schedules and signatures anyway: its own pages and the API, where it costs no
query. Lists and other pages show the mark that `services/signed_content.py` keeps up, within a day.
"""

from datetime import datetime

from django.utils import timezone

from careplans.models import Plan
from careplans.models.plan_content import content_hash


def differs_since(plan: Plan) -> datetime | None:
    """Since when a plan that was released differs from what was signed, or None. No query: it comes from `for_detail()`, or is
    served (`readers/served/plans.py`). What nobody has marked yet differs from now on."""
    if not differs(plan):
        return None
    return plan.content_differs_since or timezone.now()


def differs(plan: Plan) -> bool:
    """A plan that was never in force may change, and its signatures are checked when it is signed.

    Rows that cannot be read for what is signed (a list that is none any more) do not say what was signed.
    """
    if plan.released_at is None:
        return False
    try:
        signed = {signature.content_hash for signature in plan.standing_signatures if signature.is_given}
        steps = [step for step in plan.steps.all() if step.removed_at is None]
        return signed | {content_hash(plan, steps, plan.standing_schedules)} != {plan.content_hash}
    except (AttributeError, LookupError, TypeError, ValueError):
        return True

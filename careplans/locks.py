"""The one lock order: Case, then Plan, then Step or Signature, then FollowUp, then Reminder, then OutboxMessage.

Every verb takes the row of the case first, so that two verbs about one case come one after the other and none waits for
another in a circle; what it decides on, it reads after that. `tests/careplans/test_races_*.py` lets verbs meet.
"""

from careplans.models import Case, FollowUp, Plan, Signature, Step
from common.writing import take


def take_case(case: Case, *, expected: int | None = None) -> None:
    take(case, expected=expected)


def take_plan(plan: Plan, *, expected: int | None = None) -> None:
    """With its case; both are as they stand now."""
    take(plan.case)
    take(plan, expected=expected)


def take_step(step: Step, *, expected: int | None = None) -> None:
    """With its plan and case."""
    step.plan.case = step.case
    take_plan(step.plan)
    take(step, expected=expected)


def take_signature(signature: Signature) -> None:
    """With its plan and case."""
    take_plan(signature.plan)
    take(signature)


def take_follow_up(follow_up: FollowUp, *, expected: int | None = None) -> None:
    """With its case. It outlives its plan, which therefore is not asked."""
    take(follow_up.case)
    take(follow_up, expected=expected)

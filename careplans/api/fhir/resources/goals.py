from collections.abc import Iterator

from careplans.api.fhir.datatypes import Resource, day, ref
from careplans.api.fhir.resources.activities import depends
from careplans.api.fhir.resources.care_plans import goal_id, plan_meta
from careplans.api.fhir.terms.systems import GOAL
from careplans.models import Plan

GOAL_STATUS = {
    "draft": "proposed", "in_signoff": "proposed", "active": "active", "on_hold": "on-hold", "completed": "completed",
    "superseded": "cancelled", "revoked": "cancelled", "entered_in_error": "entered-in-error",
}  # fmt: skip

GOES_ON = "The plan was superseded: what goes on is a goal of the plan that replaces it."


def goals(plan: Plan) -> Iterator[Resource]:
    """Each goal that a step of the plan names, once; one of steps alone that depend on something is planned. Whether it was
    reached nobody records: no achievement is told."""
    steps = plan.steps.all()
    sure = {goal for step in steps if not depends(step) for goal in step.goals or ()}
    for goal in dict.fromkeys(goal for step in steps for goal in step.goals or ()):
        status = GOAL_STATUS[plan.status]
        yield {
            "resourceType": "Goal",
            "id": goal_id(plan.pk, goal),
            "meta": plan_meta(plan),
            "lifecycleStatus": "planned" if status == "active" and goal not in sure else status,
            "statusReason": GOES_ON if plan.status == Plan.Status.SUPERSEDED else "",
            "description": GOAL.concept(goal, GOAL.codes[goal]),
            "subject": ref("Patient", plan.case.patient_id),
            "startDate": day(plan.released_at.date()) if plan.released_at else None,
            "addresses": [ref("Condition", plan.case_id)],
        }

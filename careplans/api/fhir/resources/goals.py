from collections.abc import Iterator

from careplans.api.fhir.datatypes import Resource, day, ref
from careplans.api.fhir.resources.care_plans import goal_id, plan_meta
from careplans.api.fhir.terms.systems import GOAL
from careplans.models import Plan

GOAL_STATUS = {
    "draft": "proposed", "in_signoff": "proposed", "active": "active", "on_hold": "on-hold", "completed": "completed",
    "superseded": "cancelled", "revoked": "cancelled", "entered_in_error": "entered-in-error",
}  # fmt: skip


def goals(plan: Plan) -> Iterator[Resource]:
    """Each goal that a step of the plan names, once. Whether it was reached nobody records: no achievement is told."""
    for goal in dict.fromkeys(goal for step in plan.steps.all() for goal in step.goals or ()):
        yield {
            "resourceType": "Goal",
            "id": goal_id(plan.pk, goal),
            "meta": plan_meta(plan),
            "lifecycleStatus": GOAL_STATUS[plan.status],
            "description": GOAL.concept(goal, GOAL.codes[goal]),
            "subject": ref("Patient", plan.case.patient_id),
            "startDate": day(plan.released_at.date()) if plan.released_at else None,
            "addresses": [ref("Condition", plan.case_id)],
        }

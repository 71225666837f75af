"""What came of a step or a plan: response, progression and control of symptoms as Observations, toxicity as AdverseEvent."""

from collections.abc import Iterator
from typing import Any

from careplans.api.fhir.datatypes import Resource, day, meta, ref, refs
from careplans.api.fhir.resources.care_plans import plan_meta
from careplans.api.fhir.resources.deliveries import is_told
from careplans.api.fhir.resources.in_error import status_under
from careplans.api.fhir.terms.systems import (
    CONTROL,
    LOINC,
    LOINC_RESPONSE,
    OUTCOME,
    PROGRESSION,
    RESPONSE,
    TOXICITY,
    System,
    hl7,
)
from careplans.models import Plan, Step
from careplans.models.outcomes import GRADED

# The field, its code, the system of its values, and the day that belongs to it.
TOLD = (
    ("response", "response", RESPONSE, "response_on"),
    ("progression", "progression", PROGRESSION, "progressed_on"),
    ("symptom_control", "symptom-control", CONTROL, "symptom_control_on"),
)
# What is no result: the status, and why there is none. As of the facts.
WITHOUT_RESULT = {"not_assessed": ("cancelled", "not-performed"), "not_applicable": ("cancelled", "not-applicable")}
# FHIR knows three; the grade itself stands in `event`.
SEVERITY = {"grade_1": "mild", "grade_2": "moderate", "grade_3": "severe", "grade_4": "severe", "grade_5": "severe"}


def observations(plan: Plan) -> Iterator[Resource]:
    yield from _of_row(plan, plan, f"plan-{plan.pk}", plan_meta(plan))
    for step in _told(plan):
        yield from _of_row(plan, step, f"step-{step.pk}", _step_meta(plan, step))


def _told(plan: Plan) -> Iterator[Step]:
    """Where the step itself is told, so that an amendment says nothing twice."""
    return (step for step in plan.steps.all() if is_told(step))


def _step_meta(plan: Plan, step: Step) -> dict[str, Any]:
    return meta(step.changed_at, synthetic=plan.is_synthetic)  # type: ignore[attr-defined]  # annotated


def _of_row(plan: Plan, row: Any, name: str, told_at: dict[str, Any]) -> Iterator[Resource]:
    of_step = name.startswith("step-")
    for field, code, system, on in TOLD:
        value = getattr(row, field)
        if value == "not_recorded":
            continue
        status, absent = WITHOUT_RESULT.get(value, ("final", ""))
        coding = [OUTCOME.coding(code)]
        if field == "response":
            coding.append({"system": LOINC, "code": LOINC_RESPONSE})
        yield {
            "resourceType": "Observation",
            "id": f"{name}-{code}",
            "meta": told_at,
            "basedOn": [ref("CarePlan", plan.pk)],
            "partOf": refs("Procedure", name) if of_step else [],
            "status": status_under(plan.status, status),
            "code": {"coding": coding},
            "subject": ref("Patient", plan.case.patient_id),
            "focus": [ref("Condition", plan.case_id)],
            "effectiveDateTime": day(getattr(row, on)),
            **_value(system, value, absent),
        }


def _value(system: System, value: str, absent: str) -> dict[str, Any]:
    """The value, or why there is none (obs-6), with our own code for it."""
    if not absent:
        return {"valueCodeableConcept": system.concept(value)}
    return {"dataAbsentReason": {"coding": [*hl7("data-absent-reason", absent)["coding"], system.coding(value)]}}


def adverse_events(plan: Plan) -> Iterator[Resource]:
    """The worst grade of a step or plan, where there was one. Grade 0 and “not assessed” are no event; nor
    is what was recorded of a plan that was entered in error: R4 has no way to say so here."""
    if plan.status == Plan.Status.ENTERED_IN_ERROR:
        return
    if plan.toxicity in GRADED:
        yield _adverse(plan, plan, f"plan-{plan.pk}", plan_meta(plan), [])
    for step in _told(plan):
        if step.toxicity in GRADED:
            of = [{"instance": ref("Procedure", f"step-{step.pk}")}]
            yield _adverse(plan, step, f"step-{step.pk}", _step_meta(plan, step), of)


def _adverse(plan: Plan, row: Any, name: str, told_at: dict[str, Any], of: list[Any]) -> Resource:
    return {
        "resourceType": "AdverseEvent",
        "id": name,
        "meta": told_at,
        "actuality": "actual",
        "event": TOXICITY.concept(row.toxicity, row.toxicity_term),
        "subject": ref("Patient", plan.case.patient_id),
        "date": day(row.toxicity_on),
        "resultingCondition": [],
        "severity": hl7("adverse-event-severity", SEVERITY[row.toxicity]),
        "outcome": hl7("adverse-event-outcome", "fatal") if row.toxicity == "grade_5" else None,
        "suspectEntity": of,
    }

"""The order of a plan so that a program can follow it: what comes after what, what waits for what, and the arms of decisions."""

from collections.abc import Mapping, Sequence
from typing import Any

from careplans.api.fhir.datatypes import Resource, day, extension, instant, period, ref, refs
from careplans.api.fhir.resources.activities import code_of, gate_has_failed, timing_of
from careplans.api.fhir.resources.care_plans import REQUEST_STATUSES, plan_meta
from careplans.models import Arm, Plan, Step
from careplans.models.courses import AfterEvent

RELATIONS = {AfterEvent.ENDED: "after-end", AfterEvent.BEGUN: "after-start", AfterEvent.OCCURRENCE: "after-start"}


def request_group(plan: Plan) -> Resource:
    steps: Sequence[Step] = list(plan.steps.all())
    before = _before(steps)
    return {
        "resourceType": "RequestGroup",
        "id": str(plan.pk),
        "meta": plan_meta(plan),
        "basedOn": [ref("CarePlan", plan.pk)],
        "replaces": refs("RequestGroup", plan.amends_id),
        "status": REQUEST_STATUSES[plan.status],
        "intent": "plan",
        "subject": ref("Patient", plan.case.patient_id),
        "authoredOn": instant(plan.created_at),
        "author": ref("Practitioner", plan.created_by_id),
        "reasonReference": [ref("Condition", plan.case_id)],
        "action": [_action(step, steps, before) for step in steps if step.arm_id is None],
    }


def _before(steps: Sequence[Step]) -> Mapping[int, list[Step]]:
    """By step, those that it comes after by its place: of the nearest place in front of it that every patient goes through.

    Not those that wait for it themselves, by their gates or through others: whoever followed both would begin neither. Then those
    of the place in front of that stand for them. What depends on words waits for its gate alone.
    """
    waits: dict[int, set[int]] = {step.pk: {step.after_step_id} if step.after_step_id else set() for step in steps}
    for decision in steps:
        for arm in decision.arms.all():
            for step in steps:
                if step.arm_id == arm.pk:
                    waits[step.pk].add(decision.pk)
    places: dict[int, list[Step]] = {}
    for step in steps:
        places.setdefault(step.position, []).append(step)
    before: dict[int, list[Step]] = {}
    for step in steps:
        for place in sorted((one for one in places if one < step.position and not step.only_if), reverse=True):
            former = [one for one in places[place] if one.arm_id is None]
            free = [one for one in former if not _awaits(one.pk, step.pk, waits)]
            if free or not former:
                before[step.pk] = free
                waits[step.pk] |= {one.pk for one in free}
                break
    return before


def _awaits(first: int, other: int, waits: Mapping[int, set[int]]) -> bool:
    """Whether the first waits for the other, by itself or through others."""
    seen, ahead = set[int](), [first]
    while ahead:
        for one in waits.get(ahead.pop(), set()) - seen:
            if one == other:
                return True
            seen.add(one)
            ahead.append(one)
    return False


def _action(step: Step, steps: Sequence[Step], before: Mapping[int, list[Step]]) -> dict[str, Any]:
    known = {one.pk for one in steps}
    action: dict[str, Any] = {
        "id": _id(step),
        "extension": [
            extension("not-before", valueDate=day(step.not_before)),
            extension("gate-failed", valueBoolean=gate_has_failed(step) or None),
        ],
        "prefix": step.number,
        "title": step.title_with_agent,
        "code": [code_of(step)],
        "condition": [*_only_if(_enough_given(step, known)), *_only_if(step.only_if)],
        "relatedAction": _related(step, before.get(step.pk, []), known),
        "participant": refs("Practitioner", step.owner_id),
        "timingTiming": timing_of(step) if step.is_repeated else None,
        "timingPeriod": None if step.is_repeated else period(day(step.planned_start), day(step.planned_end)),
    }
    if step.is_decision and step.arms.all():
        arms = [_arm(arm, steps, before) for arm in step.arms.all()]
        return action | {"groupingBehavior": "logical-group", "selectionBehavior": "exactly-one", "action": arms}
    return action | {"resource": ref("ServiceRequest", f"step-{step.pk}")}


def _arm(arm: Arm, steps: Sequence[Step], before: Mapping[int, list[Step]]) -> dict[str, Any]:
    """An arm from which no step leads on says what happens then."""
    inside = [_action(step, steps, before) for step in steps if step.arm_id == arm.pk]
    way: dict[str, Any] = {"action": inside, "groupingBehavior": "sentence-group", "selectionBehavior": "all"}
    if not inside:
        way = {"resource": {"type": "ServiceRequest", "display": arm.no_step or "No further step"}}
    return {"id": f"arm-{arm.pk}", "title": arm.name, "condition": _only_if(arm.condition), **way}


def _only_if(words: str) -> list[dict[str, Any]]:
    """A condition in words, for a person."""
    if not words:
        return []
    return [
        {"kind": "applicability", "expression": {"description": words, "language": "text/plain", "expression": words}}
    ]


def _enough_given(step: Step, known: set[int]) -> str:
    """R4 knows no relation to a cycle. Whoever does not know the extension must read that the beginning is not enough."""
    after = step.after_step
    if after is None or after.pk not in known or not step.after_occurrence:
        return ""
    return f"Step {after.number} {step.after_words}"


def _related(step: Step, former: Sequence[Step], known: set[int]) -> list[dict[str, Any]]:
    """The gate, and the place in the order; what the gate says is not said again. A place asks for the beginning of the one
    before, as the report of the order does: an analogue for life ends before nothing. What depends on words waits for these."""
    gate = step.after_step_id
    others = [one for one in former if one.pk != gate]
    found = []
    if gate and gate in known:
        found.append(
            {
                "modifierExtension": [extension("after-occurrence", valuePositiveInt=step.after_occurrence)],
                "actionId": f"step-{gate}",
                "relationship": RELATIONS[AfterEvent(step.after_event)],
            }
        )
    return [*found, *({"actionId": _id(one), "relationship": "after-start"} for one in others)]


def _id(step: Step) -> str:
    return f"step-{step.pk}"

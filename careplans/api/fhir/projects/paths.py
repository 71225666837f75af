"""What of each resource is given within a reporting project, path by path. What does not stand here is left out, whoever adds it
tomorrow; a type that does not stand here is not given at all.

Nothing that somebody wrote is here, also where the board and the project let its text be read: texts are read in the lists of the
API. Every number that names a row has the rule ID or REFERENCE, everything that tells when has DAY, PERIOD or TIMING.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from careplans.api.fhir.resources.cases import ASSERTED


class Rule(Enum):
    """How what stands at a path is told."""

    CODE = auto()
    """A code, a number or yes and no, as it is. A text with a space is no code."""
    CODING = auto()
    CONCEPT = auto()
    """Its codings alone."""
    ID = auto()
    REFERENCE = auto()
    """By a pseudonym, without what it is called."""
    DAY = auto()
    PERIOD = auto()
    TIMING = auto()
    QUANTITY = auto()
    """Millimetres to the next centimetre."""


@dataclass(frozen=True)
class Extensions:
    """By what stands behind the last slash of their address, or by the whole of it where it is not ours."""

    told: Mapping[str, "Allowed"]


Allowed = Rule | Extensions | Mapping[str, "Allowed"]
CODE, CODING, CONCEPT, REFERENCE = Rule.CODE, Rule.CODING, Rule.CONCEPT, Rule.REFERENCE
DAY, PERIOD, TIMING, QUANTITY = Rule.DAY, Rule.PERIOD, Rule.TIMING, Rule.QUANTITY

_HEAD: Mapping[str, Allowed] = {"resourceType": CODE, "id": Rule.ID, "meta": {"tag": CODING}}
_REQUEST: Mapping[str, Allowed] = {
    **_HEAD, "basedOn": REFERENCE, "status": CODE, "intent": CODE, "subject": REFERENCE, "authoredOn": DAY,
    "reasonReference": REFERENCE,
}  # fmt: skip
_OF_STEP: Mapping[str, Allowed] = {
    "sequence": CODE, "step": REFERENCE, "phase": CODING, "target": CODING, "target-size": QUANTITY, "course": CODING,
    "step-status": CODING, "carried-over": CODE, "gate-failed": CODE,
    "gate": {"after": REFERENCE, "event": CODE, "occurrence": CODE, "not-before": DAY, "conditional": CODE},
}  # fmt: skip
_ACTION: dict[str, Allowed] = {
    "extension": Extensions({"not-before": DAY, "gate-failed": CODE}),
    "id": Rule.ID, "code": CONCEPT, "participant": REFERENCE, "timingTiming": TIMING, "timingPeriod": PERIOD,
    "groupingBehavior": CODE, "selectionBehavior": CODE, "resource": REFERENCE,
    # That there is one: what it says are words.
    "condition": {"kind": CODE},
    "relatedAction": {
        "modifierExtension": Extensions({"after-occurrence": CODE}), "actionId": Rule.ID, "relationship": CODE,
    },
}  # fmt: skip
_ACTION["action"] = _ACTION

PATHS: Mapping[str, Mapping[str, Allowed]] = {
    "Patient": {
        **_HEAD, "active": CODE, "gender": CODE, "deceasedBoolean": CODE, "deceasedDateTime": DAY,
    },
    "Condition": {
        **_HEAD, "extension": Extensions({"case-status": CODING, "responsible": REFERENCE, ASSERTED: DAY}),
        "clinicalStatus": CONCEPT, "code": CONCEPT, "bodySite": CONCEPT, "subject": REFERENCE, "recordedDate": DAY,
        "recorder": REFERENCE, "stage": {"assessment": REFERENCE, "type": CONCEPT},
    },
    "CarePlan": {
        **_HEAD, "extension": Extensions({"plan-status": CODING, "content-version": CODE, "no-treatment-now": CODE}),
        "instantiatesCanonical": CODE, "replaces": REFERENCE, "status": CODE, "intent": CODE, "category": CONCEPT,
        "subject": REFERENCE, "period": PERIOD, "created": DAY, "author": REFERENCE, "contributor": REFERENCE,
        "addresses": REFERENCE, "supportingInfo": REFERENCE, "goal": REFERENCE,
        "activity": {
            "extension": Extensions(_OF_STEP), "outcomeCodeableConcept": CONCEPT, "outcomeReference": REFERENCE,
            "detail": {
                "kind": CODE, "code": CONCEPT, "status": CODE, "statusReason": CONCEPT, "goal": REFERENCE,
                "reasonReference": REFERENCE, "scheduledPeriod": PERIOD, "scheduledTiming": TIMING, "performer": REFERENCE,
            },
        },
    },
    "Goal": {
        **_HEAD, "lifecycleStatus": CODE, "description": CONCEPT, "subject": REFERENCE, "startDate": DAY,
        "addresses": REFERENCE,
    },
    "RequestGroup": {**_REQUEST, "replaces": REFERENCE, "author": REFERENCE, "action": _ACTION},
    "ServiceRequest": {
        **_REQUEST, "replaces": REFERENCE, "code": CONCEPT,
        "extension": Extensions({**_OF_STEP, "follow-up-status": CODING, "done-on": DAY}),
        "occurrencePeriod": PERIOD, "occurrenceTiming": TIMING, "requester": REFERENCE, "performer": REFERENCE,
        "bodySite": CONCEPT,
    },
    "MedicationRequest": {
        **_REQUEST, "statusReason": CONCEPT, "medicationCodeableConcept": CONCEPT, "requester": REFERENCE,
    },
    "Procedure": {
        **_HEAD,
        "extension": Extensions(
            {"occurrence": CODE, "occurrence-status": CODING, "prior-treatment-ended": CODING, "prior-response": CODING}
        ),
        "basedOn": REFERENCE, "partOf": REFERENCE, "status": CODE, "statusReason": CONCEPT, "code": CONCEPT,
        "subject": REFERENCE, "performedPeriod": PERIOD, "performedDateTime": DAY, "reasonReference": REFERENCE,
        "bodySite": CONCEPT, "outcome": CONCEPT,
    },
    "Observation": {
        **_HEAD, "basedOn": REFERENCE, "partOf": REFERENCE, "status": CODE, "category": CONCEPT, "code": CONCEPT,
        "subject": REFERENCE, "focus": REFERENCE, "effectiveDateTime": DAY, "valueQuantity": QUANTITY,
        "valueRange": {"low": QUANTITY, "high": QUANTITY}, "valueCodeableConcept": CONCEPT, "dataAbsentReason": CONCEPT,
        "derivedFrom": REFERENCE, "component": {"code": CONCEPT, "valueBoolean": CODE},
    },
    "AdverseEvent": {
        **_HEAD, "actuality": CODE, "event": CONCEPT, "subject": REFERENCE, "severity": CONCEPT, "outcome": CONCEPT,
        "suspectEntity": {"instance": REFERENCE},
    },
}  # fmt: skip
# Of no patient and of nobody: as they are.
OPEN = ("CodeSystem", "ConceptMap", "StructureDefinition", "ValueSet")

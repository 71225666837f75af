"""Our extensions: what R4 has no place for. `extension()` of `datatypes` takes no name that is not here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from careplans.api.fhir.terms.systems import CANONICAL

URL = f"{CANONICAL}/StructureDefinition"


@dataclass(frozen=True)
class Extension:
    """`type` is that of its value; empty where it has `parts`, each with the type of its own."""

    says: str
    type: str
    on: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    modifies: str = ""
    """Why whoever does not know it may not act upon the element without it; empty: they may."""


STEP = ("CarePlan.activity", "ServiceRequest")
# An action lies in an arm, which lies in that of its decision: validators take each depth for an element of its own.
ACTIONS = tuple("RequestGroup" + depth * ".action" for depth in range(1, 6))
EXTENSIONS: dict[str, Extension] = {
    "sequence": Extension(
        "The place of a step in the order; equal ones run side by side.", "positiveInt", STEP
    ),
    "step": Extension("The step as a request of its own.", "Reference", STEP),
    "phase": Extension("The phase of the plan that a step belongs to.", "Coding", STEP),
    "target": Extension("What a step is aimed at.", "Coding", STEP),
    "target-size": Extension("The size of what a step is aimed at.", "Quantity", STEP),
    "course": Extension("How a step runs.", "Coding", STEP),
    "agent": Extension("The agent, in words.", "string", STEP),
    "stop-when": Extension("What ends a step, in words.", "string", STEP),
    "arm": Extension("The arm of a decision that a step stands in.", "string", STEP),
    "chosen-arm": Extension("The arm that was chosen at a decision.", "string", STEP),
    "step-status": Extension("The state of a step, more finely than FHIR tells it.", "Coding", STEP),
    "carried-over": Extension("Whether the step goes on elsewhere.", "boolean", STEP),
    "gate": Extension(
        "What a step waits for.", "", STEP,
        {
            "after": "Reference", "event": "code", "occurrence": "positiveInt", "not-before": "date", "only-if": "string",
            "conditional": "boolean",
        },
    ),
    "after-occurrence": Extension(
        "How many cycles or sessions of the other step are waited for.", "positiveInt",
        tuple(f"{one}.relatedAction" for one in ACTIONS),
        modifies="The relation tells the beginning of the other step, which is not enough.",
    ),
    "not-before": Extension("The day before which a step does not begin.", "date", ACTIONS),
    "gate-failed": Extension(
        "Whether what a step waits for did not come as planned, and cannot any more.", "boolean",
        (*ACTIONS, *STEP),
    ),
    "rule-basis": Extension(
        "Whether a rule says what its source says, or is inferred from it.", "code", ("PlanDefinition", "DetectedIssue")
    ),
    "rule-statement": Extension("A statement of the source that a rule rests on, by its number.", "code", ("DetectedIssue",)),
    "case-status": Extension("The state of the case.", "Coding", ("Condition", "CareTeam")),
    "responsible": Extension("Who is responsible for the case.", "Reference", ("Condition",)),
    "plan-status": Extension("The state of a plan, more finely than FHIR tells it.", "Coding", ("CarePlan",)),
    "content-version": Extension("The version of what is signed.", "positiveInt", ("CarePlan",)),
    "fact-since-signed": Extension(
        "A deciding fact that is another now than when the plan was sent to sign-off; empty: it was or is not recorded.", "",
        ("CarePlan",), {"fact": "Coding", "signed": "string", "now": "string"},
    ),
    "guidance-superseded": Extension(
        "A reference page under open steps of a plan that was withdrawn, or superseded by one that matters to plans, and that "
        "nobody has answered.", "", ("CarePlan",),
        {"modality": "Coding", "revision": "positiveInt", "withdrawn": "boolean", "since": "date", "step": "Reference"},
    ),
    "no-treatment-now": Extension("Whether the board plans no treatment now.", "boolean", ("CarePlan",)),
    "occurrence": Extension("The how manieth cycle or session.", "positiveInt", ("Procedure",)),
    "occurrence-status": Extension("What became of a cycle or session.", "Coding", ("Procedure",)),
    "prior-response": Extension("The response to an earlier treatment (RECIST 1.1).", "Coding", ("Procedure",)),
    "prior-treatment-ended": Extension("Whether an earlier treatment has ended.", "Coding", ("Procedure",)),
    "follow-up-status": Extension("What became of a follow-up.", "Coding", ("ServiceRequest",)),
    "done-on": Extension("The day on which a follow-up was done.", "date", ("ServiceRequest",)),
    "first-agreed": Extension(
        "The day that was first agreed, where a follow-up or a cycle is on another one now.", "date",
        ("ServiceRequest", "Procedure"),
    ),
    "times-moved": Extension("How often somebody put a follow-up on another day.", "positiveInt", ("ServiceRequest",)),
    "postponed-for": Extension("Why a cycle or session was put on a later day the last time.", "Coding", ("Procedure",)),
    "advisory-state": Extension("Whether an advisory still fires, and was answered.", "Coding", ("DetectedIssue",)),
    "ended": Extension("When an advisory stopped firing.", "dateTime", ("DetectedIssue",)),
}  # fmt: skip


def structure_definitions() -> Iterator[dict[str, Any]]:
    for name, one in EXTENSIONS.items():
        yield {
            "resourceType": "StructureDefinition",
            "id": name,
            "url": f"{URL}/{name}",
            "name": "".join(word.capitalize() for word in name.split("-")),
            "title": one.says,
            "status": "active",
            "fhirVersion": "4.0.1",
            "kind": "complex-type",
            "abstract": False,
            "context": [{"type": "element", "expression": on} for on in one.on],
            "type": "Extension",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
            "derivation": "constraint",
            "differential": {"element": list(_elements(f"{URL}/{name}", one))},
        }


def _elements(url: str, one: Extension) -> Iterator[dict[str, Any]]:
    modifier = {"isModifier": True, "isModifierReason": one.modifies} if one.modifies else {}
    yield {"id": "Extension", "path": "Extension", "short": one.says, "min": 0, "max": "1", **modifier}
    for name, type in one.parts.items():
        place = f"Extension.extension:{name}"
        yield {"id": place, "path": "Extension.extension", "sliceName": name, "min": 0, "max": "1"}
        yield {"id": f"{place}.url", "path": "Extension.extension.url", "fixedUri": name}
        yield {"id": f"{place}.value[x]", "path": "Extension.extension.value[x]", "type": [{"code": type}]}
    if one.type:
        yield {"id": "Extension.extension", "path": "Extension.extension", "max": "0"}
    yield {"id": "Extension.url", "path": "Extension.url", "fixedUri": url}
    if one.type:
        yield {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": one.type}]}
    else:
        yield {"id": "Extension.value[x]", "path": "Extension.value[x]", "max": "0"}

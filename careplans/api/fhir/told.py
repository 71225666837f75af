"""What of a resource whoever reads it is told. Every resource passes here once, before it is matched, hashed and sent."""

import re
from typing import Any

from accounts.models import User
from accounts.permissions import can
from careplans.api.fhir.datatypes import Resource, whole
from careplans.api.fhir.terms.systems import CONTENT_HASH, hl7

# Texts that no person writes about a patient. What is not listed here is left out, whoever adds it tomorrow.
CODES = frozenset({
    "resourceType", "id", "reference", "type", "system", "code", "version", "versionId", "lastUpdated", "url", "status",
    "intent", "kind", "lifecycleStatus", "unit", "comparator", "relationship", "severity", "actuality", "valueCode",
    "valueUri", "instantiatesCanonical", "periodUnit", "actionId", "role", "groupingBehavior", "selectionBehavior",
    "priority", "mode",
})  # fmt: skip
# Of a concept that a code system names; a `display` beside a reference is a person's.
NAMED = "display"
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?)?)?")
_VALUE = "valueString"


def as_read_by(person: User, resource: Resource, board: int | None) -> Resource:
    """The resource as this person is told it on the board that it is of; None: it is of no board, and holds nothing of a
    patient. Without free text and names for whoever may not read them (`text.view`)."""
    if board is None or can(person, "text.view", board):
        return resource
    return without_text(resource)


def without_text(resource: Resource) -> Resource:
    told: Resource = whole(_cut(resource))
    # An observation has a value or says why it has none (obs-6).
    if resource["resourceType"] == "Observation" and _VALUE in resource:
        told["dataAbsentReason"] = hl7("data-absent-reason", "masked")
    return told


def _cut(value: Any) -> Any:
    if isinstance(value, list):
        return [told for one in value if not _says_nothing(told := _cut(one))]
    if not isinstance(value, dict):
        return value
    return {name: _cut(one) for name, one in value.items() if _is_kept(name, one, value)}


def _says_nothing(told: Any) -> bool:
    """An extension of which the value was cut."""
    return isinstance(told, dict) and {name for name, one in told.items() if one} == {"url"}


def _is_kept(name: str, one: Any, beside: dict[str, Any]) -> bool:
    texts = (
        [one]
        if isinstance(one, str)
        else [text for text in one if isinstance(text, str)]
        if isinstance(one, list)
        else []
    )
    if not texts or name in CODES:
        return True
    if name == NAMED:
        return "system" in beside and "code" in beside
    if name == "value":
        return beside.get("system") == CONTENT_HASH
    return all(_DAY.fullmatch(text) for text in texts)

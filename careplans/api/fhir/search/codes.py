"""The codes that R4 knows of an element that is searched by and bound to a value set of its own: asked for another one, a search
can find nothing, whatever stands in the record. A test holds the table against the types that are served."""

from collections.abc import Sequence

from careplans.api.fhir.search.params import Asked

_REQUEST = ("draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown")
_EVENT = (
    "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown",
)  # fmt: skip
_OBSERVED = (
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
)  # fmt: skip
_PUBLISHED = ("draft", "active", "retired", "unknown")
STATUS: dict[str, tuple[str, ...]] = {
    "Appointment": (
        "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "checked-in",
        "waitlist",
    ),
    "CarePlan": _REQUEST,
    "CareTeam": ("proposed", "active", "suspended", "inactive", "entered-in-error"),
    "CodeSystem": _PUBLISHED,
    "Communication": _EVENT,
    "ConceptMap": _PUBLISHED,
    "MedicationRequest": (
        "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown",
    ),
    "Observation": _OBSERVED,
    "PlanDefinition": _PUBLISHED,
    "Procedure": _EVENT,
    "RequestGroup": _REQUEST,
    "ServiceRequest": _REQUEST,
    "StructureDefinition": _PUBLISHED,
    "Task": (
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
        "completed", "entered-in-error",
    ),
    "ValueSet": _PUBLISHED,
}  # fmt: skip
OTHERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("AdverseEvent", "actuality"): ("actual", "potential"),
    ("AuditEvent", "outcome"): ("0", "4", "8", "12"),
    ("Condition", "clinical-status"): ("active", "recurrence", "relapse", "inactive", "remission", "resolved"),
    ("Goal", "lifecycle-status"): (
        "proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled", "entered-in-error", "rejected",
    ),
    ("Patient", "gender"): ("male", "female", "other", "unknown"),
}  # fmt: skip


def codes_of(kind: str, name: str) -> tuple[str, ...]:
    """Empty where R4 leaves open which there are."""
    return STATUS.get(kind, ()) if name == "status" else OTHERS.get((kind, name), ())


def unknown_codes(kind: str, asked: Sequence[Asked]) -> dict[str, str]:
    """What to say of each parameter that asks for a code that there is not."""
    found: dict[str, str] = {}
    for one in asked:
        known = codes_of(kind, one.param.name)
        odd = [code for value in one.values if (code := value.rpartition("|")[2]) and code not in known]
        if known and odd:
            found[one.param.name] = f"There is no code “{odd[0][:40]}” here. There are: {', '.join(known)}."
    return found

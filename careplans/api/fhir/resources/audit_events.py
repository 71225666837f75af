"""The audit trail. It names rows by their keys, and holds nothing of what they say."""

from collections.abc import Iterator
from typing import Any

from accounts.models import AuditEvent
from careplans.api.fhir.datatypes import Resource, instant, meta, ref
from careplans.api.fhir.terms.systems import CANONICAL

DCM = "http://dicom.nema.org/resources/ontology/DCM"
ACTION, ROW = f"{CANONICAL}/CodeSystem/audit-action", f"{CANONICAL}/audit-row"
READING = ("read", "list", "count", "opened", "reports.read", "reports.rows_read")
SIGN_IN = ("signed_in", "signed_out", "sign_in_failed")
RECORD, EXPORT, LOGIN, OTHER = (
    ("110110", "Patient Record"),
    ("110106", "Export"),
    ("110114", "User Authentication"),
    ("110100", "Application Activity"),
)
# Rows that are a resource of the same key.
RESOURCES = {
    "patient": "Patient/", "case": "Condition/", "plan": "CarePlan/", "advisory": "DetectedIssue/", "user": "Practitioner/",
    "board": "Organization/board-", "step": "ServiceRequest/step-", "followup": "ServiceRequest/followup-",
    "signature": "Task/signature-", "membership": "PractitionerRole/",
}  # fmt: skip
CLINICAL = (
    "patient",
    "case",
    "plan",
    "advisory",
    "step",
    "followup",
    "signature",
    "occurrence",
    "specimen",
    "proforma",
)
SUCCESS, FAILURE = "0", "4"


def audit_event(row: AuditEvent) -> Resource:
    code, display = _kind(row)
    return {
        "resourceType": "AuditEvent",
        "id": str(row.pk),
        "meta": meta(row.at),
        "type": {"system": DCM, "code": code, "display": display},
        "subtype": [{"system": ACTION, "code": row.action}],
        "action": "R" if row.action in READING else "E",
        "recorded": instant(row.at),
        "outcome": FAILURE if is_refused(row.action) else SUCCESS,
        "agent": [_agent(row)],
        "source": {"observer": {"display": "Consilium"}},
        "entity": [
            *_entities(row),
            *([{"what": ref("Organization", f"board-{row.board_id}")}] if row.board_id else []),
        ],
    }


def is_refused(action: str) -> bool:
    return action == "refused" or action.endswith("failed")


def _kind(row: AuditEvent) -> tuple[str, str]:
    if row.action.startswith("exports."):
        return EXPORT
    if row.action in SIGN_IN:
        return LOGIN
    return RECORD if row.subject_type in CLINICAL else OTHER


def _agent(row: AuditEvent) -> dict[str, Any]:
    """What nobody asked for, the program did."""
    if row.actor_id is None:
        return {"name": "Consilium", "requestor": False}
    return {"who": ref("Practitioner", row.actor_id), "requestor": True}


def _entities(row: AuditEvent) -> Iterator[dict[str, Any]]:
    """The row that it is about, or each row of a list that was shown."""
    ids = row.data.get("ids") if isinstance(row.data, dict) else None
    if isinstance(ids, list):
        yield from (_entity(row.subject_type, str(key)) for key in ids)
    elif isinstance(ids, dict):
        yield from (_entity(str(kind), str(key)) for kind, keys in ids.items() for key in keys)
    else:
        yield _entity(row.subject_type, row.subject_id, row.label)


def _entity(kind: str, key: str, label: str = "") -> dict[str, Any]:
    if kind in RESOURCES and key.isascii() and key.isdigit():
        return {"what": {"reference": f"{RESOURCES[kind]}{key}"}, "name": label}
    return {"what": {"identifier": {"system": f"{ROW}/{kind}", "value": key}}, "name": label}

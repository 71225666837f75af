"""What this server can do, made from the table of resource types."""

from collections.abc import Mapping
from typing import Any

from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.search.params import Param
from careplans.api.fhir.search.query import revincludes_of
from careplans.api.fhir.terms.systems import CANONICAL, LOINC_NOTICE

# When what this server can do last changed.
DATE = "2026-11-27"
BULK = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
INTERACTIONS = ("read", "vread", "history-instance", "search-type")
IN_PROJECTS = ("read", "search-type")
OF_PROJECT = "Reading within a reporting project: by pseudonyms, and by months or shifted days. docs/fhir.md says what."


def project_statement(base: str, kinds: Mapping[str, Kind]) -> Resource:
    """What it can do within a reporting project: these types, as they stand; of what is done to all of them the export."""
    told = capability_statement(base, kinds)
    rest = told["rest"][0]
    resources = [
        {name: value for name, value in one.items() if name != "operation"}
        | {
            "interaction": [{"code": code} for code in IN_PROJECTS],
            "readHistory": False,
            "versioning": "no-version",
        }
        for one in rest["resource"]
    ]
    return told | {"description": OF_PROJECT, "rest": [rest | {"resource": resources}]}


def capability_statement(base: str, kinds: Mapping[str, Kind] = KINDS) -> Resource:
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{CANONICAL}/CapabilityStatement/consilium",
        "name": "Consilium",
        "title": "Consilium, plans of neuroendocrine-tumour boards",
        "status": "active",
        "experimental": False,
        "date": DATE,
        "kind": "instance",
        "description": "Reading alone. What is not told, and why, stands in docs/fhir.md.",
        "copyright": LOINC_NOTICE,
        "software": {"name": "Consilium"},
        "implementation": {"description": "Consilium", "url": base},
        "instantiates": ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": "A token of a person of a board: Authorization: Token …"},
                "resource": [_resource(kind, kinds) for kind in kinds.values()],
                "operation": [{"name": "export", "definition": f"{BULK}/export"}],
            }
        ],
    }


def _resource(kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": kind.type,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned",
        "readHistory": kind.type == "CarePlan",
        "searchInclude": [f"{kind.type}:{param.name}" for param in kind.includes],
        "searchRevInclude": revincludes_of(kind, kinds),
        # `_has` is no parameter of a type, and has no place here.
        "searchParam": [_param(param) for param in kind.by_name.values()],
    }
    if kind.type == "Patient" and not kind.in_project:
        told["operation"] = [
            {"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
            {"name": "export", "definition": f"{BULK}/patient-export"},
        ]
    return {name: value for name, value in told.items() if value != []}


def _param(param: Param) -> dict[str, Any]:
    documentation = {"documentation": "By POST to _search alone: what names a patient does not go into an address."}
    return {"name": param.name, "type": param.type, **(documentation if param.only_posted else {})}

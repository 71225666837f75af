"""Our code systems, and a value set for each, as resources; with what a site has loaded of SNOMED CT beside them (`maps.py`)."""

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from careplans.api.fhir.datatypes import Resource, meta
from careplans.api.fhir.resources.advisories import RULES
from careplans.api.fhir.terms.extensions import structure_definitions
from careplans.api.fhir.terms.maps import LOADED, VERSION, name_of, shipped_maps, snomed_maps, snomed_value_sets
from careplans.api.fhir.terms.snomed import loaded_for
from careplans.api.fhir.terms.systems import SYSTEMS, System, value_set_url
from careplans.rules.in_force import rules_in_force


def code_systems(person: User) -> Iterator[Resource]:
    for system in SYSTEMS.values():
        yield {
            **_head("CodeSystem", system),
            "caseSensitive": True,
            "content": "complete",
            "count": len(system.codes),
            "valueSet": value_set_url(system),
            "concept": [{"code": code, "display": label} for code, label in system.codes.items()],
        }
    yield _rules()


def value_sets(person: User) -> Iterator[Resource]:
    for system in SYSTEMS.values():
        yield {**_head("ValueSet", system), "compose": {"include": [{"system": system.url}]}}
    yield from snomed_value_sets(loaded_for(person))


def concept_maps(person: User) -> Iterator[Resource]:
    yield from shipped_maps()
    yield from snomed_maps(loaded_for(person))


def extensions(person: User) -> Iterator[Resource]:
    for one in structure_definitions():
        yield one | {"meta": meta(LOADED), "version": VERSION}


def _head(kind: str, system: System) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": system.id,
        "meta": meta(LOADED),
        "url": system.url if kind == "CodeSystem" else value_set_url(system),
        "version": VERSION,
        "name": name_of(system.id),
        "title": system.title,
        "status": "active",
        "experimental": False,
    }


def _rules() -> Resource:
    """The rules in force by their ids: a fragment, as those of earlier sets stay in what was recorded."""
    row, found = rules_in_force()
    return {
        "resourceType": "CodeSystem",
        "id": "rule",
        "meta": meta(row.published_at if row else LOADED),
        "url": RULES,
        "version": row.label if row else "seed-1",
        "name": "Rule",
        "title": "Rules of sequencing",
        "status": "active",
        "experimental": False,
        "caseSensitive": True,
        "content": "fragment",
        "count": len(found),
        "concept": [
            {"code": str(rule["id"]), "display": str(rule["id"]), "definition": str(rule["advice"])} for rule in found
        ],
    }

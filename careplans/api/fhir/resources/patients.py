from typing import Any

from accounts.models.institutions import RECORD_NUMBER
from careplans.api.fhir.datatypes import Resource, meta, ref
from careplans.models import Patient, PatientIdentifier, PatientName


def patient(row: Patient) -> Resource:
    """Who is dead says so; a record that was merged leads to the one that stands, and the other way round."""
    return {
        "resourceType": "Patient",
        "id": str(row.pk),
        "meta": meta(getattr(row, "changed_at", None) or row.created_at, synthetic=row.is_synthetic),
        "identifier": _identifiers(row),
        "active": row.merged_into_id is None,
        "name": [_name("official", row.family_name, row.given_name), *map(_other_name, row.names.all())],
        "gender": row.sex,
        "birthDate": row.birth_date.isoformat() if row.birth_date else None,
        **_death(row),
        "managingOrganization": ref(
            "Organization", f"institution-{row.institution_id}" if row.institution_id else None
        ),
        "link": [
            *_links("replaced-by", row.merged_into_id),
            *(link for one in row.absorbed.all() for link in _links("replaces", one.pk)),
        ],
    }


def unnamed_patient(row: Patient) -> Resource:
    """What is told of somebody who is not to be known: neither name, number nor birth."""
    return {
        "resourceType": "Patient",
        "id": str(row.pk),
        "meta": meta(None, synthetic=row.is_synthetic),
        "active": row.merged_into_id is None,
        "gender": row.sex,
        **_death(row),
    }


def _links(kind: str, key: int | None) -> list[dict[str, Any]]:
    return [{"other": ref("Patient", key), "type": kind}] if key else []


def _name(use: str, family: str, given: str) -> dict[str, Any]:
    return {"use": use, "text": f"{given} {family}".strip(), "family": family, "given": [given] if given else []}


def _other_name(row: PatientName) -> dict[str, Any]:
    return _name("old" if row.kind == PatientName.Kind.FORMER else "nickname", row.family_name, row.given_name)


def _identifiers(row: Patient) -> list[dict[str, Any]]:
    systems = row.institution.systems.all() if row.institution else []
    main = next((system for system in systems if system.is_main), None)
    own = {
        "use": "usual", "type": {"text": main.name if main else RECORD_NUMBER}, "system": main.uri if main else "",
        "value": row.record_number,
    }  # fmt: skip
    return [own, *map(_identifier, row.identifiers.all())]


def _identifier(row: PatientIdentifier) -> dict[str, Any]:
    return {"type": {"text": row.system.name}, "system": row.system.uri, "value": row.value}


def _death(row: Patient) -> dict[str, Any]:
    if not row.is_dead:
        return {}
    return {"deceasedDateTime": row.died_on.isoformat()} if row.died_on else {"deceasedBoolean": True}

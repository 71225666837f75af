"""The last step of a resource: empty parts out, the site's codes of SNOMED CT in, what its reader may not be told out (within a
reporting project all that is not listed as given), and the version of what is left."""

import hashlib
import json
from collections.abc import Iterable

from accounts.models import User
from careplans.api.fhir.datatypes import Resource, whole
from careplans.api.fhir.projects.masking import masked_all
from careplans.api.fhir.terms.snomed import NONE, Loaded, loaded_for
from careplans.api.fhir.told import as_read_by
from careplans.deidentified.reader import Reader


def finished(person: User, board: int | None, resources: Iterable[Resource]) -> list[Resource]:
    return _finished(person, board, resources, loaded_for(person))


def as_signed(person: User, board: int | None, resources: Iterable[Resource]) -> list[Resource]:
    """The same with our own codes alone: what was signed does not change because a site loads codes."""
    return _finished(person, board, resources, NONE)


def _finished(person: User, board: int | None, resources: Iterable[Resource], loaded: Loaded) -> list[Resource]:
    made = (whole(resource) for resource in resources)
    told = (loaded.beside(one) for one in made) if loaded.codes else made
    reader = Reader.of(person)
    read = masked_all(reader, told) if reader.is_masked else (as_read_by(person, one, board) for one in told)
    return [with_version(one) for one in read]


def with_version(resource: Resource) -> Resource:
    """Named by a digest of what is told, so that it moves whenever that does, and never else."""
    told = {name: value for name, value in resource.items() if name != "meta"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    meta = resource.get("meta", {})
    return resource | {"meta": {"versionId": digest} | meta}


def tag_of(resource: Resource) -> str:
    return f'W/"{resource["meta"]["versionId"]}"'


def name_of(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"

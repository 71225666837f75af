"""All that a reader may see of a patient, page by page: the types in their order, each as a search by patient would give it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.search.params import LAST_UPDATED, Asked, Param, read_asked
from careplans.api.fhir.search.query import COUNT, MOST
from careplans.api.fhir.search.values import ID
from careplans.api.fhir.search.walking import Place, Walk, Walked
from common.sealed import unseal

# The rows know whose they are, whichever element says it; where none does (Provenance), too.
OF_PATIENT = Param("patient", "reference", targets=("Patient",), by_rows=True)
KNOWN = ("_count", "_page", "_type", "_since", "_format")


def everything_of(person: User, patient: Resource, params: Mapping[str, str]) -> Walked:
    """Raises ValidationError, naming the parameter."""
    for name in params:
        if name not in KNOWN:
            raise ValidationError({name: f"There is no such parameter here. There are: {', '.join(KNOWN)}."})
    size, types = _size(params.get("_count", str(COUNT))), _types(params.get("_type", ""))
    asked = [Asked(OF_PATIENT, (f"Patient/{patient['id']}",))]
    if "_since" in params:
        since = read_asked("_since", f"ge{params['_since']}", {"_since": LAST_UPDATED}, "")
        asked.append(since)
    sources = [
        source
        for kind in KINDS.values()
        for source in kind.sources
        if kind.in_everything and (not types or kind.type in types) and source.may(person)
    ]
    return Walk(person, sources, asked).page(_place(params.get("_page"), len(sources)), size)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise ValidationError({"_count": "Say how many in digits, for example 50."})
    return min(int(text), MOST)


def _types(text: str) -> list[str]:
    types = [one for one in text.split(",") if one]
    for one in types:
        if not ID.fullmatch(one) or one not in KINDS:
            raise ValidationError({"_type": "Name types that this server has, with commas between them."})
    return types


def _place(text: str | None, sources: int) -> Place:
    values: list[Any] | None = [0, "", 0] if text is None else unseal(text, purpose="fhir everything")
    if values is None or len(values) != 3 or values[0] >= max(sources, 1):
        raise ValidationError({"_page": "This page cannot be read. Begin again without it."})
    return Place(*values)

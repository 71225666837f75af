"""What a bulk export is asked for, checked: types, since when, and searches that narrow a type. As `Export.filters` keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError

from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.search.params import LAST_UPDATED, Asked, fits_all, read_asked
from careplans.api.fhir.search.query import read_query
from careplans.api.fhir.search.values import ID

FORMATS = ("application/fhir+ndjson", "application/ndjson", "ndjson")
# Of `Export.filters`: what narrows the rows, and what is told again in the manifest.
TYPE, SINCE, TYPE_FILTER, LEVEL, REQUEST, AT = "_type", "_since", "_typeFilter", "level", "request", "transaction_time"
PATIENT = "Patient"
MOST_FILTERS = 20
NOT_WHEN = "Within a reporting project nothing says when a resource changed. Leave this out: all of it comes."


@dataclass(frozen=True)
class Wanted:
    """`of_patients`: only what belongs to a patient. `filters`: any of those of a type will do."""

    types: tuple[str, ...] = ()
    since: Asked | None = None
    of_patients: bool = False
    filters: Mapping[str, Sequence[Sequence[Asked]]] = field(default_factory=dict)

    def takes(self, kind: Kind, *, by_name: bool) -> bool:
        named = kind.type in self.types if self.types else not by_name
        return named and (kind.in_everything or not self.of_patients)

    def fits(self, kind: Kind, resource: Resource) -> bool:
        filters = self.filters.get(kind.type)
        return not filters or any(fits_all(resource, asked) for asked in filters)


def read_filters(filters: Mapping[str, Sequence[str]], kinds: Mapping[str, Kind] = KINDS) -> Wanted:
    """`kinds`: the types that there are for whoever asks. Raises ValidationError, naming the parameter."""
    if unknown := sorted(set(filters) - {TYPE, SINCE, TYPE_FILTER, LEVEL, REQUEST, AT}):
        raise ValidationError(dict.fromkeys(unknown, "There is no such filter of FHIR resources."))
    of_patients = list(filters.get(LEVEL, ())) == [PATIENT]
    types = _types(filters.get(TYPE, ()), kinds, of_patients=of_patients)
    if SINCE in filters and kinds is not KINDS:
        raise ValidationError({SINCE: NOT_WHEN})
    since = [_since(text) for text in filters.get(SINCE, ())]
    if len(since) > 1:
        raise ValidationError({SINCE: "Say one moment alone."})
    return Wanted(
        types=types, since=since[0] if since else None, of_patients=of_patients,
        filters=_type_filters(filters.get(TYPE_FILTER, ()), types, kinds),
    )  # fmt: skip


def _types(texts: Sequence[str], kinds: Mapping[str, Kind], *, of_patients: bool) -> tuple[str, ...]:
    names = [name for text in texts for name in text.split(",")]
    for name in names:
        if not ID.fullmatch(name) or name not in kinds:
            raise ValidationError({TYPE: f"There is no such type here. There are: {', '.join(kinds)}."})
        if of_patients and not kinds[name].in_everything:
            raise ValidationError({TYPE: f"{name} belongs to no patient: ask for it at /$export."})
    return tuple(dict.fromkeys(names))


def _since(text: str) -> Asked:
    if "T" not in text:
        raise ValidationError({SINCE: "Write a moment with its zone, for example 2026-03-04T10:00:00Z."})
    return read_asked(SINCE, f"ge{text}", {SINCE: LAST_UPDATED}, "")


def _type_filters(
    texts: Sequence[str], types: Sequence[str], kinds: Mapping[str, Kind]
) -> dict[str, list[list[Asked]]]:
    if len(texts) > MOST_FILTERS:
        raise ValidationError({TYPE_FILTER: f"At most {MOST_FILTERS} of these."})
    found: dict[str, list[list[Asked]]] = {}
    for text in texts:
        name, _, search = text.partition("?")
        if name not in kinds or (types and name not in types):
            raise ValidationError(
                {TYPE_FILTER: "Write a type that is asked for and its search: CarePlan?status=active."}
            )
        found.setdefault(name, []).append(_asked(kinds[name], search))
    return found


def _asked(kind: Kind, search: str) -> list[Asked]:
    """Only what a resource itself can answer, and nothing of how to answer."""
    pairs = parse_qsl(search, keep_blank_values=True)
    for name, _ in pairs:
        param = kind.by_name.get(name.partition(":")[0])
        if param is None or param.by_rows:
            known = ", ".join(sorted(one.name for one in kind.by_name.values() if not one.by_rows))
            raise ValidationError({TYPE_FILTER: f"{kind.type} is not narrowed by {name!r} here. There are: {known}."})
    try:
        return read_query(kind, pairs, base="", lenient=False).asked
    except ValidationError as error:
        raise ValidationError({TYPE_FILTER: error.messages}) from error

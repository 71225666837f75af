"""`_has`: rows that something else refers to which can be searched for: `Patient?_has:CarePlan:patient:status=active`.

Only where the database alone can say it, of both: made from the table of resource types, so that no list of pairs has to be kept.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from accounts.models import User
from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.search.params import ID, Asked, Param
from careplans.api.fhir.sources import Source


def has_params(kind: Kind) -> dict[str, Param]:
    """Of one resource type, by their whole names. None within a reporting project: they are compared with rows as they are."""
    return {} if kind.in_project else _has_params(kind.type)


@cache
def _has_params(type: str) -> dict[str, Param]:
    if _source(KINDS[type]) is None:
        return {}
    return {param.name: param for other in KINDS.values() for param in _of(type, other)}


def _source(kind: Kind) -> Source | None:
    """Of types of which a row is a resource."""
    source = kind.sources[0]
    return source if len(kind.sources) == 1 and isinstance(source, Source) and source.one_each else None


def _of(type: str, other: Kind) -> Iterator[Param]:
    source = _source(other)
    for link in other.includes if source else ():
        lookup = source.narrow.get(link.name) if source else None
        if link.name == "subject" or type not in link.targets or not isinstance(lookup, str) or source is None:
            continue
        for inner in (ID, *other.params):
            if source.is_exact(inner) and not inner.only_posted and lookup != source.narrow.get(inner.name):
                name = f"_has:{other.type}:{link.name}:{inner.name}"
                yield Param(name, inner.type, targets=inner.targets, by_rows=True, finds=_finder(source, inner, lookup))


def _finder(source: Source, inner: Param, lookup: str) -> Callable[[Any, User, Sequence[str]], Any]:
    def finds(rows: Any, person: User, values: Sequence[str]) -> Any:
        """On boards where this person may see what refers to it."""
        there = (
            source.readable(person, [Asked(inner, tuple(values))])
            if source.may(person)
            else source.model.objects.none()
        )
        return rows.filter(pk__in=there.order_by().values(lookup))

    return finds

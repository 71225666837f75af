"""What comes along with the resources of a page: those that they refer to, and those that refer to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounts.models import User
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.finishing import finished, name_of
from careplans.api.fhir.kinds import Kind
from careplans.api.fhir.search.params import ID, Asked, Param, fits_all
from careplans.api.fhir.search.query import Query
from careplans.api.fhir.search.values import at_path
from careplans.api.fhir.search.walking import Place, Walk
from careplans.api.fhir.sources import Source

MOST_INCLUDED = 200


Kept = Mapping[Any, Mapping[int, Any]]


def included(person: User, query: Query, found: Sequence[Resource], kept: Kept) -> tuple[list[Resource], bool]:
    """And whether some were left out, because there are too many. Types that this person may not read do not come along.
    `kept`: rows that were read for this answer before."""
    extra: dict[str, Resource] = {}
    cut = False
    wanted: dict[str, list[str]] = {}
    for param, target in query.includes:
        for kind, key in _referred(query, found, param, target):
            wanted.setdefault(kind, []).append(key)
    for kind, keys in wanted.items():
        told, more = _read(person, query.kinds[kind], [Asked(ID, tuple(dict.fromkeys(keys)))], kept)
        cut = cut or more
        extra |= {name_of(one): one for one in told}
    names = tuple(name_of(one) for one in found)
    for other, param in query.revincludes if names else ():
        told, more = _read(person, other, [Asked(param, names)], {})
        cut = cut or more
        extra |= {name_of(one): one for one in told}
    return [one for name, one in extra.items() if name not in names], cut


def _referred(query: Query, found: Iterable[Resource], param: Param, target: str) -> Iterable[tuple[str, str]]:
    for resource in found:
        for path in param.paths:
            for one in at_path(resource, path):
                kind, _, key = str(one.get("reference", "")).partition("/_history/")[0].partition("/")
                if kind in query.kinds and kind in param.targets and target in ("", kind):
                    yield kind, key


def _read(person: User, kind: Kind, asked: Sequence[Asked], kept: Kept) -> tuple[list[Resource], bool]:
    sources = [source for source in kind.sources if source.may(person)]
    if asked[0].param is ID:
        sources = [source for source in sources if any(source.has(id) for id in asked[0].values)]
    if (
        len(sources) == 1
        and isinstance(sources[0], Source)
        and (again := sources[0].again(person, asked, kept)) is not None
    ):
        told = [one for row in again for one in finished(person, row.board, row.resources)]
        return [one for one in told if fits_all(one, asked)], False
    page = Walk(person, sources, asked).page(Place(), MOST_INCLUDED)
    return page.resources, page.then is not None

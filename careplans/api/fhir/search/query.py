"""What an address or a posted form asks of a search, checked. Every refusal names its parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.search.having import has_params
from careplans.api.fhir.search.params import Asked, Param, read_asked
from careplans.api.fhir.search.walking import Place
from careplans.api.fhir.sources import LAST_CHANGED, NEWEST_FIRST
from common.sealed import seal, unseal

COUNT, MOST = 50, 200
ORDERS: dict[str, tuple[str, ...]] = {"_id": ("pk",), "-_id": NEWEST_FIRST}
FORMATS = ("json", "application/json", "application/fhir+json")
BY_CHANGE: dict[str, tuple[str, ...]] = {
    "_lastUpdated": LAST_CHANGED["changed_at"],
    "-_lastUpdated": LAST_CHANGED["-changed_at"],
}
TOTALS = ("none", "estimate", "accurate")
CONTROLS = ("_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude", "_format", "_page")
LONGEST_SEALED = 8_000
Pair = tuple[str, str]


@dataclass
class Query:
    kind: Kind
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    """Those that can come along."""
    asked: list[Asked] = field(default_factory=list)
    size: int = COUNT
    order: tuple[str, ...] = NEWEST_FIRST
    counts: bool = False
    total: str = "none"
    elements: tuple[str, ...] = ()
    includes: list[tuple[Param, str]] = field(default_factory=list)
    revincludes: list[tuple[Kind, Param]] = field(default_factory=list)
    place: Place = field(default_factory=Place)
    pairs: list[Pair] = field(default_factory=list)
    """What was understood, as it goes into the address of this page and the next."""


def read_query(
    kind: Kind, pairs: Sequence[Pair], *, base: str, lenient: bool, kinds: Mapping[str, Kind] = KINDS
) -> Query:
    """Raises ValidationError, naming the parameter. `lenient`: what is not known is passed over."""
    query = Query(kind, kinds)
    for name, text in pairs:
        if not _read_control(query, name, text):
            if not _is_known(kind, name):
                if lenient:
                    continue
                raise ValidationError(
                    {name: f"There is no such parameter of {kind.type}. There are: {_names(kind, name)}."}
                )
            query.asked.append(read_asked(name, text, kind.by_name | has_params(kind), base))
        if name != "_page":
            query.pairs.append((name, text))
    return query


def _is_known(kind: Kind, name: str) -> bool:
    return name in has_params(kind) or name in kind.by_name or name.partition(":")[0] in kind.by_name


def _names(kind: Kind, asked: str) -> str:
    if asked.startswith("_has:"):
        return ", ".join(sorted(has_params(kind))) or "none that begins with _has"
    return ", ".join(sorted([*kind.by_name, *CONTROLS]))


def _read_control(query: Query, name: str, text: str) -> bool:
    """Whether it was one of those that say how to answer, and not what."""
    readers = {
        "_count": _read_count, "_sort": _read_sort, "_total": _read_total, "_summary": _read_summary, "_elements": _read_elements,
        "_include": _read_include, "_revinclude": _read_revinclude, "_format": _read_format, "_page": _read_page,
    }  # fmt: skip
    if name not in readers:
        return False
    readers[name](query, text)
    return True


def _read_count(query: Query, text: str) -> None:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValidationError({"_count": "Say how many in digits, for example 50."})
    if int(text) == 0:
        query.counts = True
    query.size = min(max(int(text), 1), MOST)


def _read_sort(query: Query, text: str) -> None:
    orders = orders_of(query.kind)
    if text not in orders:
        raise ValidationError({"_sort": f"Sort by one of {', '.join(orders)}: nothing else is kept in order here."})
    query.order = orders[text]


def orders_of(kind: Kind) -> dict[str, tuple[str, ...]]:
    """By when it was updated only where that is when its row changed: of several rows no index has that order."""
    is_dated = len(kind.sources) == 1 and kind.sources[0].is_dated and not kind.in_project
    return ORDERS | (BY_CHANGE if is_dated else {})


def _read_total(query: Query, text: str) -> None:
    if text not in TOTALS:
        raise ValidationError({"_total": f"Send one of {', '.join(TOTALS)}."})
    query.total = text


def _read_summary(query: Query, text: str) -> None:
    if text not in ("count", "false"):
        raise ValidationError({"_summary": "Send count or false; name elements in _elements for less."})
    query.counts = query.counts or text == "count"


def _read_elements(query: Query, text: str) -> None:
    names = [one.strip().rpartition(".")[2] for one in text.split(",")]
    if not all(name.isascii() and name.isalpha() for name in names):
        raise ValidationError({"_elements": "Name elements of the resource, with commas between them."})
    query.elements = tuple(names)


def _read_include(query: Query, text: str) -> None:
    kind, name, target = _three(text)
    param = query.kind.by_name.get(name)
    if kind != query.kind.type or param not in query.kind.includes or (target and target not in param.targets):
        known = ", ".join(f"{query.kind.type}:{one.name}" for one in query.kind.includes)
        raise ValidationError({"_include": f"This cannot be included. There are: {known}."})
    query.includes.append((param, target))


def _read_revinclude(query: Query, text: str) -> None:
    kind, name, target = _three(text)
    param = query.kinds[kind].by_name.get(name) if kind in query.kinds else None
    if (
        param is None
        or query.kind.type not in param.targets
        or target not in ("", query.kind.type)
        or not _is_narrow(query.kinds[kind], name)
    ):
        known = ", ".join(sorted(revincludes_of(query.kind, query.kinds))) or "none"
        raise ValidationError({"_revinclude": f"This cannot be included. There are: {known}."})
    query.revincludes.append((query.kinds[kind], param))


def revincludes_of(kind: Kind, kinds: Mapping[str, Kind] = KINDS) -> list[str]:
    """Only what the database can look for by what is referred to."""
    return [
        f"{other.type}:{param.name}"
        for other in kinds.values()
        for param in other.includes
        if kind.type in param.targets and _is_narrow(other, param.name)
    ]


def _is_narrow(kind: Kind, name: str) -> bool:
    return all(name in getattr(source, "narrow", {}) for source in kind.sources)


def _three(text: str) -> tuple[str, str, str]:
    kind, _, rest = text.partition(":")
    name, _, target = rest.partition(":")
    return kind, name, target


def _read_format(query: Query, text: str) -> None:
    if text not in FORMATS:
        raise ValidationError({"_format": "This server answers in JSON alone: application/fhir+json."})


def _read_page(query: Query, text: str) -> None:
    values = unseal(text, purpose=_purpose(query.kind.type))
    if values is None or len(values) != 3:
        raise ValidationError({"_page": "This page cannot be read. Begin again without it."})
    query.place = Place(*values)


def page_token(kind: str, place: Place) -> str:
    return seal([place.source, place.after, place.skip], purpose=_purpose(kind))


def sealed_pairs(kind: str, pairs: Sequence[Pair]) -> str:
    """What was posted, for the address of the next page: nothing of it can be read there."""
    return seal([list(pair) for pair in pairs], purpose=f"{_purpose(kind)} posted")


def unsealed_pairs(kind: str, text: str) -> list[Pair]:
    found = unseal(text, purpose=f"{_purpose(kind)} posted", longest=LONGEST_SEALED)
    if found is None:
        raise ValidationError({"_query": "This page cannot be read. Post the search again."})
    return [(str(name), str(value)) for name, value in found]


def _purpose(kind: str) -> str:
    return f"fhir {kind}"

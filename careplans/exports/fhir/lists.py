"""What a bulk export reads: rows once, and of each all resource types that are made of them.

A type by itself would read the plans of a board ten times. The name of such rows is the name of a list in `Export.counts`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.permissions import SITE_ACTIONS, boards_where, can
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.finishing import finished
from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.projects.kinds import kinds_for
from careplans.api.fhir.search.params import Asked, fits_all
from careplans.api.fhir.shelves import Shelf
from careplans.api.fhir.sources import AnySource, Source
from careplans.exports.fhir.params import read_filters

FHIR = "fhir"
LABEL = "FHIR resources"
# A row of a plan becomes some thirty resources: so many are held at once.
MOST_ROWS = 100
# The trail of the audit is no part of the record: it comes where it is asked for by name.
BY_NAME_ALONE = ("AuditEvent",)


@dataclass(frozen=True)
class RowList:
    """Rows that are read together, and the types that are made of them."""

    name: str
    parts: tuple[tuple[Kind, AnySource], ...]

    @property
    def label(self) -> str:
        return ", ".join(dict.fromkeys(kind.type for kind, _ in self.parts))


def _lists() -> Iterator[RowList]:
    """By what is read: two sources of the same rows have the same recipe."""
    found: dict[Any, list[tuple[Kind, AnySource]]] = {}
    for kind in KINDS.values():
        for source in kind.sources:
            key = (source.model, source.recipe) if isinstance(source, Source) else (kind.type, source)
            found.setdefault(key, []).append((kind, source))
    for (what, _), parts in found.items():
        name = what if isinstance(what, str) else what._meta.model_name
        yield RowList(f"{FHIR}.{name.lower()}", tuple(parts))


def parts_for(rows: RowList, person: User) -> list[tuple[Kind, AnySource]]:
    """As they are read where this person reads now: within a reporting project the types that are given there."""
    kinds = kinds_for(person)
    told = ((kinds[kind.type], kind.sources.index(source)) for kind, source in rows.parts if kind.type in kinds)
    return [(kind, kind.sources[place]) for kind, place in told]


LISTS: dict[str, RowList] = {one.name: one for one in _lists()}


class FhirListing:
    """One list of rows as this person is told them in FHIR: what `careplans.exports.sources.Listing` is of the API's lists."""

    def __init__(self, rows: RowList, person: User, filters: Mapping[str, Sequence[str]]) -> None:
        self.source, self.person = rows, person
        self.wanted = read_filters(filters, kinds_for(person))
        self.parts = [(kind, source) for kind, source in parts_for(rows, person) if self._is_wanted(kind, source)]

    def _is_wanted(self, kind: Kind, source: AnySource) -> bool:
        return self.wanted.takes(kind, by_name=kind.type in BY_NAME_ALONE) and source.may(self.person)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def reader(self) -> AnySource:
        """Any of them reads the rows of all."""
        return self.parts[0][1]

    @property
    def boards(self) -> list[int]:
        reads = self.reader.reads
        return [] if reads in SITE_ACTIONS else boards_where(self.person, reads)

    @property
    def text_boards(self) -> list[int]:
        return [pk for pk in self.boards if can(self.person, "text.view", pk)]

    def count(self) -> int:
        """About how many resources: how many a row becomes is not known before."""
        source = self.reader
        if isinstance(source, Shelf):
            return 1
        each = sum(part.gives for _, part in self.parts)
        rows: int = source.readable(self.person, self._since).order_by().count()
        return each * rows

    def stretch(self, below: int | None, size: int) -> list[Any]:
        """Rows behind this key, the newest first. What lies on a shelf is one row."""
        source = self.reader
        if isinstance(source, Shelf):
            return [SimpleNamespace(pk=0)] if below is None else []
        return source.stretch(self.person, self._since, below=below, size=min(size, MOST_ROWS))

    @property
    def _since(self) -> Sequence[Asked]:
        return () if self.wanted.since is None else (self.wanted.since,)

    def told(self, rows: Sequence[Any]) -> list[Resource]:
        """Each with its type at the front, by which the file is put together (`file.py`)."""
        return [{"resourceType": one["resourceType"]} | one for row in rows for one in self._of_row(row)]

    def _of_row(self, row: Any) -> Iterator[Resource]:
        for kind, source in self.parts:
            board, made = (
                (None, source.build(self.person))
                if isinstance(source, Shelf)
                else (source.of_board(row), source.build(row))
            )
            for one in finished(self.person, board, made):
                if fits_all(one, self._since) and self.wanted.fits(kind, one):
                    yield one

    def boards_of(self, rows: Sequence[Any]) -> set[int]:
        """A patient may be of several, and is counted to all from which they could be read; people and boards likewise."""
        if rows and any(column.attname == "board_id" for column in getattr(rows[0], "_meta", _NONE).concrete_fields):
            return {row.board_id for row in rows}
        return set(self.boards) if rows else set()


_NONE = SimpleNamespace(concrete_fields=())


def fhir_listings(person: User, filters: Mapping[str, Sequence[str]]) -> list[FhirListing]:
    """All that this person may read of what is asked for. Raises PermissionDenied for a type that is named and not theirs."""
    kinds = kinds_for(person)
    wanted = read_filters(filters, kinds)
    for name in wanted.types:
        for source in kinds[name].sources:
            source.check(person)
    found = [FhirListing(rows, person, filters) for rows in LISTS.values()]
    return [one for one in found if one.parts]


def fhir_listing(name: str, person: User, filters: Mapping[str, Sequence[str]]) -> FhirListing:
    """One of them, for who goes on with it. Raises PermissionDenied where they may read it no more."""
    found = FhirListing(LISTS[name], person, filters)
    if not found.parts:
        raise PermissionDenied
    return found


def may_read_rows(name: str, boards: Sequence[int], person: User) -> bool:
    """Whether they could read the rows of a list of this file on this day."""
    parts = parts_for(LISTS[name], person)
    if not parts:
        return False
    reads = parts[0][1].reads
    return can(person, reads) and (reads in SITE_ACTIONS or set(boards) <= set(boards_where(person, reads)))

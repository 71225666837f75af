"""Where resources come from: rows, read through the one door, and what each of them becomes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import Http404, QueryDict

from accounts import audit
from accounts.access import get_visible, list_visible
from accounts.models import User
from accounts.permissions import can, memberships_of, require
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.search.params import Asked, number_of
from careplans.api.fhir.search.values import read_date
from careplans.models import Change
from common.paging import Page, key_page, position

NEWEST_FIRST = ("-pk",)
Build = Callable[[Any], Iterable[Resource]]


@dataclass(frozen=True)
class Found:
    """What one row became, and where to go on after it."""

    after: str
    board: int | None
    resources: list[Resource]


@dataclass(frozen=True)
class Source:
    """Rows of boards. `ids`: how the numbers in the ids of the resources name a row, by what stands before them. `narrow`: the
    same of what a parameter names, so that the database looks for it. `states`: which rows a status can mean."""

    reads: str
    model: Any
    recipe: Callable[[User], Any]
    build: Build
    ids: Mapping[str, str]
    load: Callable[[Sequence[Any], User], None] = lambda rows, person: None
    narrow: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    special: Mapping[str, Callable[[Any, User, Sequence[str]], Any]] = field(default_factory=dict)
    noun: tuple[Change.Noun, str] | None = None
    """Of which changes tell of these rows, and by which of their columns."""
    one_each: bool = False
    """Whether a row is one resource, so that the database can count."""
    gives: int = 1
    """About how many resources a row becomes."""
    of_board: Callable[[Any], int | None] = lambda row: int(row.board_id)

    def may(self, person: User) -> bool:
        return can(person, self.reads)

    def check(self, person: User) -> None:
        require(person, self.reads)

    def page(
        self, person: User, asked: Sequence[Asked], *, after: str, size: int, order: tuple[str, ...]
    ) -> tuple[list[Found], bool]:
        """The next rows, and whether there are more."""
        params = QueryDict(mutable=True)
        if after:
            params["after"] = after
        rows = self.narrowed(self.recipe(person), person, asked)
        page = self._rows(rows, person, order, params, size)
        self.load(page.rows, person)
        return [Found(position([row.pk], order), self.of_board(row), list(self.build(row))) for row in page.rows], bool(
            page.next_url
        )

    def one(self, person: User, id: str) -> Found:
        """The resources of the row that an id names. Raises Http404 and PermissionDenied."""
        lookup, number = self._lookup(id)
        row = self._row(self.recipe(person), person, pk__in=self._keys(lookup, [number])) if lookup else None
        if row is None:
            raise Http404
        self.load([row], person)
        return Found("", self.of_board(row), list(self.build(row)))

    def has(self, id: str) -> bool:
        return bool(self._lookup(id)[0])

    def counts(self, asked: Sequence[Asked]) -> bool:
        """Whether the database alone can say how many fit."""
        return self.one_each and all(self._is_exact(one.param.name) for one in asked)

    def count(self, person: User, asked: Sequence[Asked]) -> int:
        number: int = self.narrowed(self._readable(person), person, asked).order_by().count()
        audit.record("count", by=person, subject=(self.model._meta.model_name or "", "list"), data={"count": number})
        return number

    def _readable(self, person: User) -> Any:
        return self.recipe(person).where_can(person, self.reads)

    def _is_exact(self, name: str) -> bool:
        return name in self.special or name in self.narrow or name == "_id" or (name == "status" and bool(self.states))

    def narrowed(self, rows: Any, person: User, asked: Sequence[Asked]) -> Any:
        for one in asked:
            name = one.param.name
            if name in self.special:
                rows = self.special[name](rows, person, one.values)
            elif name in self.narrow:
                rows = rows.filter(self._of_references(self.narrow[name], one.values))
            elif name == "_id":
                rows = rows.filter(self._of_ids(one.values))
            elif name == "_lastUpdated" and self.noun:
                rows = self._changed(rows, person, one.values)
            elif name == "status" and self.states:
                rows = rows.filter(
                    status__in=[state for value in one.values for state in self.states.get(_code(value), ())]
                )
        return rows

    def _rows(self, rows: Any, person: User, order: tuple[str, ...], params: QueryDict, size: int) -> Page:
        return list_visible(rows, person, self.reads, order=order, params=params, size=size)

    def _row(self, rows: Any, person: User, **lookup: Any) -> Any:
        return get_visible(rows, person, self.reads, **lookup)

    def _lookup(self, id: str) -> tuple[str, int]:
        """How the number in an id names a row; an empty lookup where no id of this source is written so."""
        word, _, rest = id.partition("-")
        prefix, tail = ("", id) if word.isdigit() else (word, rest)
        number = number_of(tail.partition("-")[0])
        lookup = self.ids.get(prefix, "") if number is not None else ""
        return lookup, number or 0

    def _keys(self, lookup: str, numbers: Sequence[int]) -> Any:
        if lookup == "pk":
            return list(numbers)
        return self.model._default_manager.filter(**{f"{lookup}__in": numbers}).order_by().values("pk")

    def _of_references(self, lookups: str | Mapping[str, str], values: Sequence[str]) -> Q:
        """Rows of what is referred to. `lookups` by its type, where there are several; none where no row refers to such."""
        found = Q(pk__in=[])
        for value in values:
            kind, bar, _ = value.rpartition("/")
            wanted = (
                [lookups] if isinstance(lookups, str) else [one for of, one in lookups.items() if not bar or of == kind]
            )
            number = number_of(value)
            if number is None:
                continue
            for lookup in wanted:
                found |= Q(pk__in=self._keys(lookup, [number])) if lookup.startswith("steps") else Q(**{lookup: number})
        return found

    def _of_ids(self, ids: Sequence[str]) -> Q:
        wanted: dict[str, list[int]] = {}
        for id in ids:
            lookup, number = self._lookup(id)
            if lookup:
                wanted.setdefault(lookup, []).append(number)
        found = Q(pk__in=[])
        for lookup, numbers in wanted.items():
            found |= Q(pk__in=self._keys(lookup, numbers))
        return found

    def _changed(self, rows: Any, person: User, values: Sequence[str]) -> Any:
        """Where all that is asked for is later than a moment: the few rows that changed since. A part of a row may be older
        than the row, never younger."""
        since = [span.start for prefix, span in map(read_date, values) if prefix in ("gt", "ge", "sa", "eq")]
        if len(since) < len(values) or self.noun is None:
            return rows
        noun, column = self.noun
        changed = Change.objects.order_by().filter(noun=noun, at__gte=min(since))
        boards = [membership.board_id for membership in memberships_of(person)]
        if noun != Change.Noun.PATIENTS:
            changed = changed.filter(board_id__in=boards)
        return rows.filter(pk__in=changed.values(column))


def _code(value: str) -> str:
    return value.rpartition("|")[2]


@dataclass(frozen=True)
class Own(Source):
    """Rows that are of no board, or are a board: the recipe says which of them this person may read."""

    of_board: Callable[[Any], int | None] = lambda row: None

    def _readable(self, person: User) -> Any:
        return self.recipe(person)

    def _rows(self, rows: Any, person: User, order: tuple[str, ...], params: QueryDict, size: int) -> Page:
        page = key_page(rows, order=order, params=params, size=size)
        kind = rows.model._meta.model_name or ""
        audit.record_many("list", by=person, kind=kind, board_id=None, ids=[row.pk for row in page])
        return page

    def _row(self, rows: Any, person: User, **lookup: Any) -> Any:
        require(person, self.reads)
        row = next(iter(rows.filter(**lookup)[:1]), None)
        if row is not None:
            audit.record("read", by=person, subject=row)
        return row


@dataclass(frozen=True)
class Shelf:
    """What comes from no rows of a patient or a board, and is little: read whole."""

    reads: str
    build: Callable[[User], Iterator[Resource]]
    gives: int = 1

    def may(self, person: User) -> bool:
        return can(person, self.reads)

    def check(self, person: User) -> None:
        require(person, self.reads)

    def page(
        self, person: User, asked: Sequence[Asked], *, after: str, size: int, order: tuple[str, ...]
    ) -> tuple[list[Found], bool]:
        return [Found("", None, sorted(self.build(person), key=lambda one: str(one["id"])))], False

    def one(self, person: User, id: str) -> Found:
        require(person, self.reads)
        return Found("", None, [one for one in self.build(person) if one["id"] == id])

    def has(self, id: str) -> bool:
        return True

    def counts(self, asked: Sequence[Asked]) -> bool:
        return False

    def count(self, person: User, asked: Sequence[Asked]) -> int:
        raise NotImplementedError


AnySource = Source | Shelf

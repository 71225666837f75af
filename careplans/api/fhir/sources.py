"""Where resources come from: rows, read through the one door, and what each of them becomes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, QueryDict

from accounts import audit
from accounts.access import get_visible, list_visible, stretch_visible
from accounts.models import User
from accounts.permissions import memberships_of, require
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.search.params import Asked, Param, number_of
from careplans.api.fhir.search.values import read_date
from careplans.api.fhir.shelves import Found, Opened, Shelf
from careplans.api.lists.changed_order import first_changed
from careplans.api.within import row_named
from careplans.deidentified.reader import Reader
from careplans.models import Change
from common.paging import First, Order, Page, beyond, first_rows, key_page, position

NEWEST_FIRST = ("-pk",)
LAST_CHANGED = {"changed_at": ("changed_at", "pk"), "-changed_at": ("-changed_at", "-pk")}
# Of which a row has many.
MANY = ("steps", "signatures", "messages")
# What names a case, a plan or a patient leaves few rows.
FEW = (
    "_id",
    "patient",
    "subject",
    "condition",
    "care-team",
    "goal",
    "based-on",
    "focus",
    "target",
    "reason-reference",
    "implicated",
)
Build = Callable[[Any], Iterable[Resource]]


@dataclass(frozen=True)
class Source(Opened):
    """Rows of boards. `ids`: how the numbers in the ids of the resources name a row, by what stands before them. `narrow`: the
    same of what a parameter names, so that the database looks for it. `states`: which rows a status can mean."""

    model: Any
    recipe: Callable[[User], Any]
    build: Build
    ids: Mapping[str, str]
    load: Callable[[Sequence[Any], User], None] = lambda rows, person: None
    narrow: Mapping[str, str | tuple[str, ...] | Mapping[str, str]] = field(default_factory=dict)
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state_name: str = "status"
    """The parameter that asks for it."""
    special: Mapping[str, Callable[[Any, User, Sequence[str]], Any]] = field(default_factory=dict)
    noun: tuple[Change.Noun, str] | None = None
    """Of which changes tell of these rows, and by which of their columns."""
    one_each: bool = False
    """Whether a row is one resource, so that the database can count."""
    gives: int = 1
    """About how many resources a row becomes."""
    of_board: Callable[[Any], int | None] = lambda row: int(row.board_id)

    def page(
        self, person: User, asked: Sequence[Asked], *, after: str, size: int, order: tuple[str, ...]
    ) -> tuple[list[Found], bool]:
        """The next rows, and whether there are more."""
        params = QueryDict(mutable=True)
        if after:
            params["after"] = after
        rows = self.narrowed(self.recipe(person), person, asked)
        few = any(one.param.name in FEW and one.param.name in ("_id", *self.narrow) for one in asked)
        page = self._rows(rows, person, order, params, size, first=few_rows if few else first_rows)
        self.load(page.rows, person)
        found = [Found(place_of(row, order), self.of_board(row), list(self.build(row)), row) for row in page.rows]
        return found, bool(page.next_url)

    def again(self, person: User, asked: Sequence[Asked], kept: Mapping[Any, Mapping[int, Any]]) -> list[Found] | None:
        """The rows that ids name, where all of them were read for the same answer already; else None."""
        there = kept.get(self.same_rows, {})
        keys = [self._named(person, id) for one in asked if one.param.name == "_id" for id in one.values]
        if not keys or any(lookup != "pk" or number not in there for lookup, number in keys):
            return None
        rows = [there[number] for _, number in keys]
        return [Found("", self.of_board(row), list(self.build(row)), row) for row in rows]

    @property
    def same_rows(self) -> Any:
        """Sources of which this is the same read the same rows, with the same hung on them."""
        return self.model, self.recipe

    def one(self, person: User, id: str) -> Found:
        """The resources of the row that an id names. Raises Http404 and PermissionDenied."""
        lookup, number = self._named(person, id)
        row = self._row(self.recipe(person), person, pk__in=self._keys(lookup, [number])) if lookup else None
        if row is None:
            raise Http404
        self.load([row], person)
        return Found("", self.of_board(row), list(self.build(row)))

    def has(self, id: str) -> bool:
        return bool(self._lookup(id)[0])

    @property
    def is_dated(self) -> bool:
        """Whether a resource was updated when its row changed, and so can be told in that order."""
        return self.one_each and self.noun is not None and self.noun[0] != Change.Noun.PATIENTS

    def counts(self, asked: Sequence[Asked]) -> bool:
        """Whether the database alone can say how many fit."""
        return self.one_each and all(self.is_exact(one.param) for one in asked)

    def count(self, person: User, asked: Sequence[Asked]) -> int:
        number: int = self.readable(person, asked).order_by().count()
        audit.record("count", by=person, subject=(self.model._meta.model_name or "", "list"), data={"count": number})
        return number

    def readable(self, person: User, asked: Sequence[Asked]) -> Any:
        """All rows that this person may read, as far as the database knows what is asked for."""
        return self.narrowed(self._readable(person), person, asked)

    def stretch(self, person: User, asked: Sequence[Asked], *, below: int | None, size: int) -> list[Any]:
        """The next rows of a file, the newest first: whoever writes it records once what it holds."""
        rows = self._stretch(self.narrowed(self.recipe(person), person, asked), person, below, size)
        self.load(rows, person)
        return rows

    def _stretch(self, rows: Any, person: User, below: int | None, size: int) -> list[Any]:
        return stretch_visible(rows, person, self.reads, below=below, size=size)

    def _readable(self, person: User) -> Any:
        return self.recipe(person).where_can(person, self.reads)

    def is_exact(self, param: Param) -> bool:
        """Whether the rows that the database finds are those that fit, and no more."""
        name = param.name
        narrow = self.narrow.get(name)
        known = name in self.special or (narrow is not None and not isinstance(narrow, tuple))
        return known or param.finds is not None or name == "_id" or (name == self.state_name and bool(self.states))

    def narrowed(self, rows: Any, person: User, asked: Sequence[Asked]) -> Any:
        for one in asked:
            name = one.param.name
            if one.param.finds is not None:
                rows = one.param.finds(rows, person, one.values)
            elif name in self.special:
                rows = self.special[name](rows, person, one.values)
            elif name in self.narrow:
                rows = rows.filter(self._of_references(person, self.narrow[name], one.values))
            elif name == "_id":
                rows = rows.filter(self._of_ids(person, one.values))
            elif name == "_lastUpdated" and self.noun:
                rows = self._changed(rows, person, one.values)
            elif name == self.state_name and self.states:
                rows = rows.filter(
                    status__in=[state for value in one.values for state in self.states.get(_code(value), ())]
                )
        return rows

    def _rows(
        self, rows: Any, person: User, order: tuple[str, ...], params: QueryDict, size: int, *, first: First
    ) -> Page:
        by_change = self.noun is not None and "changed_at" in order[0]
        first = first_changed(self.noun[0]) if self.noun and by_change else first
        return list_visible(rows, person, self.reads, order=order, params=params, size=size, first=first)

    def _row(self, rows: Any, person: User, **lookup: Any) -> Any:
        return get_visible(rows, person, self.reads, **lookup)

    def _lookup(self, id: str) -> tuple[str, int]:
        """How the number in an id names a row; an empty lookup where no id of this source is written so."""
        word, _, rest = id.partition("-")
        prefix, tail = ("", id) if word.isdigit() else (word, rest)
        number = number_of(tail.partition("-")[0])
        lookup = self.ids.get(prefix, "") if number is not None else ""
        return lookup, number or 0

    def _named(self, person: User, id: str) -> tuple[str, int]:
        """The same with the number of the row as it is, where the id has a pseudonym."""
        lookup, number = self._lookup(id)
        return lookup, row_named(Reader.of(person), self.model, lookup, number) if lookup else 0

    def _keys(self, lookup: str, numbers: Sequence[int]) -> Any:
        if lookup == "pk":
            return list(numbers)
        return self.model._default_manager.filter(**{f"{lookup}__in": numbers}).order_by().values("pk")

    def _of_references(
        self, person: User, lookups: str | tuple[str, ...] | Mapping[str, str], values: Sequence[str]
    ) -> Q:
        """Rows of what is referred to. `lookups` by its type, where there are several; none where no row refers to such; any of
        a tuple will do."""
        found, reader = Q(pk__in=[]), Reader.of(person)
        for value in values:
            kind, bar, _ = value.rpartition("/")
            if isinstance(lookups, Mapping):
                wanted = [one for of, one in lookups.items() if not bar or of == kind]
            else:
                wanted = [lookups] if isinstance(lookups, str) else []
            number = number_of(value)
            if number is None:
                continue
            if isinstance(lookups, tuple):
                found |= Q(self._any_of(reader, lookups, number))
                continue
            for lookup in wanted:
                key = row_named(reader, self.model, lookup, number)
                found |= Q(pk__in=self._keys(lookup, [key])) if lookup.startswith(MANY) else Q(**{lookup: key})
        return found

    def _any_of(self, reader: Reader, lookups: tuple[str, ...], number: int) -> Exists:
        """Row by row, so that the newest are found before all are looked for."""
        any_of = Q()
        for lookup in lookups:
            any_of |= Q(**{lookup: row_named(reader, self.model, lookup, number)})
        return Exists(self.model._default_manager.filter(any_of, pk=OuterRef("pk")).order_by())

    def _of_ids(self, person: User, ids: Sequence[str]) -> Q:
        wanted: dict[str, list[int]] = {}
        for id in ids:
            lookup, number = self._named(person, id)
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


def few_rows(rows: Any, order: Order, at: list[Any] | None, count: int, boards: Sequence[int] | None) -> list[Any]:
    """Of all boards at once: where rows are few, none has to be asked for its own first."""
    ordered = rows.of_boards(boards or []).order_by(*order)
    return list((ordered.filter(beyond(order, at)) if at else ordered)[:count])


def place_of(row: Any, order: tuple[str, ...]) -> str:
    values = [getattr(row, name.lstrip("-")) for name in order]
    return position([one.isoformat() if isinstance(one, datetime) else one for one in values], order)


def _code(value: str) -> str:
    return value.rpartition("|")[2]


@dataclass(frozen=True)
class Own(Source):
    """Rows that are of no board, or are a board: the recipe says which of them this person may read."""

    of_board: Callable[[Any], int | None] = lambda row: None

    def _readable(self, person: User) -> Any:
        return self.recipe(person)

    def _stretch(self, rows: Any, person: User, below: int | None, size: int) -> list[Any]:
        return list((rows if below is None else rows.filter(pk__lt=below)).order_by(*NEWEST_FIRST)[:size])

    def _rows(
        self, rows: Any, person: User, order: tuple[str, ...], params: QueryDict, size: int, *, first: First
    ) -> Page:
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


AnySource = Source | Shelf

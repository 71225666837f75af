"""Paging by key: the next page starts after the last row shown, so page 4,000 costs what page 1 costs.

An address names that row by its place in the order, which may be a name: so it is sealed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from common.sealed import seal, unseal

Order = tuple[str, ...]
First = Callable[[Any, Order, list[Any] | None, int, Sequence[int] | None], list[Any]]
"""Finds the first rows of these boards in an order, beyond a place in it: rows, order, place, how many, boards."""


@dataclass(frozen=True)
class Page:
    """Rows of one page and the addresses of its neighbours (empty where there is none)."""

    rows: list[Any]
    next_url: str
    previous_url: str

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


def first_rows(
    rows: Any, order: Order, at: list[Any] | None, count: int, boards: Sequence[int] | None
) -> list[Any]:  # fmt: skip
    """By the columns of the rows themselves."""
    ordered = rows.order_by(*order)
    return _first(ordered.filter(beyond(order, at)) if at else ordered, count, boards)


def key_page(
    rows: QuerySet[Any], *, order: Order, params: QueryDict, size: int = 25, boards: Sequence[int] | None = None,
    first: First = first_rows,
) -> Page:  # fmt: skip
    """Read one page. `order` names columns (or aliases that a row knows by the same name) that are null in none of the rows,
    and ends in a unique one, for example ("due_on", "pk").

    With `boards`, only the rows of these boards. A position that cannot be read is taken as the first page: it comes from
    an old bookmark, not from a person. `first` finds the rows where another table has their order.
    """
    backwards = "before" in params
    at = values_at(params.get("before" if backwards else "after", ""), order)
    wanted = tuple(_flip(name) for name in order) if backwards else order
    found = first(rows, wanted, at, size + 1, boards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_previous = more if backwards else at is not None
    has_next = bool(at) if backwards else more
    return Page(
        rows=found,
        next_url=_url(params, "after", found[-1], order) if found and has_next else "",
        previous_url=_url(params, "before", found[0], order) if found and has_previous else "",
    )


def _first(rows: Any, count: int, boards: Sequence[int] | None) -> list[Any]:
    """The first rows of these boards together. An index has the order of one board, but not that of two: so each board
    is asked for its own first rows, by key alone, and what they name is read. The rows know what is of a board."""
    if boards is None:
        return list(rows[:count])
    if len(boards) < 2:
        return list(rows.of_boards(boards)[:count])
    plain = rows.model._default_manager.order_by().values_list("pk", flat=True)
    parts = [plain.filter(pk__in=rows.of_boards([board]).values("pk")[:count]) for board in boards]
    return list(rows.filter(pk__in=list(parts[0].union(*parts[1:], all=True)))[:count])


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def beyond(order: Order, position: list[Any]) -> Q:
    """(a, b) after (x, y) as: a >= x and (a > x or (a = x and b > y)). The first part lets an index be used."""
    condition = Q()
    same = Q()
    for name, value in zip(order, position, strict=True):
        column = name.lstrip("-")
        direction = "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{column}__{direction}": value})
        same &= Q(**{column: value})
    first = order[0].lstrip("-")
    return Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": position[0]}) & condition


def _value(row: Any, name: str) -> Any:
    value = row
    for part in name.lstrip("-").split("__"):
        value = getattr(value, part)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _url(params: QueryDict, direction: str, row: Any, order: Order) -> str:
    query = params.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[direction] = position([_value(row, name) for name in order], order)
    return f"?{query.urlencode()}"


def list_page(rows: Sequence[Any], names: Sequence[str], *, params: QueryDict, size: int = 25) -> Page:
    """The same of rows that are in memory, each with a name that an address may hold. A name that is not among them (it was
    removed, or the filter changed) is taken as the first page."""
    start, end = params.get("after", ""), params.get("before", "")
    if end in names:
        last = names.index(end)
        first = max(last - size, 0)
    else:
        first = names.index(start) + 1 if start in names else 0
        last = first + size
    shown = list(rows[first:last])
    return Page(
        rows=shown,
        next_url=_named_url(params, "after", names[first + len(shown) - 1]) if shown and last < len(rows) else "",
        previous_url=_named_url(params, "before", names[first]) if shown and first else "",
    )


def _named_url(params: QueryDict, direction: str, name: str) -> str:
    query = params.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[direction] = name
    return f"?{query.urlencode()}"


def position(values: list[Any], order: Order) -> str:
    """A place in an order as an address holds it: `?after=…` shows the rows that come after these values."""
    return seal(values, purpose=_purpose(order))


def values_at(text: str, order: Order) -> list[Any] | None:
    """The values of a place that this server gave out for a list in the same order; None for any other text."""
    return unseal(text, purpose=_purpose(order))


def _purpose(order: Order) -> str:
    return f"paging by {','.join(order)}"

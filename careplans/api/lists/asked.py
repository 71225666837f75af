"""What may be asked of every list beside its filters: its order, its fields, how many rows it has."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.request import Request

from careplans.api.free_text import shape_of
from common.paging import Order

# Newest first. A column that is unique and never null, so that it alone is a position.
NEWEST: Order = ("-pk",)
COLUMNS = {"id": "pk", "updated_at": "changed_at"}
OF_LISTS = frozenset({"cursor", "page_size", "order", "fields", "count"})


def orders_of(names: Sequence[str]) -> list[str]:
    """As an address names them, each both ways."""
    return [sign + name for name in ("id", *names) for sign in ("", "-")]


def order_of(request: Request, names: Sequence[str]) -> Order:
    """By which columns a list is read. Ties are broken by the id, so that a page continues where the last one ended."""
    asked = request.query_params.get("order", "")
    if not asked:
        return NEWEST
    if asked not in orders_of(names):
        raise ValidationError({"order": f"There is no such order. There are: {', '.join(orders_of(names))}."})
    sign, name = ("-", asked[1:]) if asked.startswith("-") else ("", asked)
    column = COLUMNS.get(name, name)
    return (f"{sign}pk",) if column == "pk" else (f"{sign}{column}", f"{sign}pk")


def fields_of(request: Request, serializer_class: Any) -> tuple[str, ...]:
    """The fields that were asked for, in the order of the serializer; none named: all. One that the caller may not read stays
    out: what is told is cut afterwards, and nothing is added to it."""
    text = request.query_params.get("fields", "")
    if not text:
        return ()
    known, asked = list(shape_of(serializer_class)), {one.strip() for one in text.split(",")}
    if unknown := sorted(one[:40] for one in asked - set(known)):
        there = f"There are: {', '.join(known)}."
        raise ValidationError({"fields": f"There is no field of this name: {', '.join(unknown) or '(empty)'}. {there}"})
    return tuple(name for name in known if name in asked)


def cut(row: Any, fields: Sequence[str]) -> Any:
    return {name: row[name] for name in fields if name in row} if fields else row


def wants_count(request: Request) -> bool:
    said = request.query_params.get("count", "")
    if said not in ("", "true", "false"):
        raise ValidationError({"count": "Say true or false."})
    return said == "true"

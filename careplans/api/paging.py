"""Key paging: `?cursor=` continues after the last row shown, so page 4,000 costs what page 1 costs."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.http import QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from careplans.api.http.negotiation import CSV, FORMAT, JSON, NDJSON
from careplans.api.lists.asked import NEWEST, orders_of
from careplans.api.within import reader_in
from common.paging import Order, Page, values_at

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
COUNT = "How many rows the whole list has, exactly, beside the page."
FIELDS = (
    "Names of fields, with commas between them: rows hold these alone. What you may not read is left out all the same. The shape "
    "of a row, as it is described here, is that of an answer without `fields`."
)
ORDER = "By what the rows are sorted; `-` before it turns it round. Rows that are alike there come by their id."
FORMS = (
    "`csv` and `ndjson` answer with the whole list, which then takes no `cursor`, `page_size`, `count` and `order`. The header "
    "`Accept` says the same."
)
UNREADABLE = "This cursor cannot be read, or is of a list in another order. Begin again without one."
DIRECTIONS = {"n": "after", "p": "before"}


class KeyPaging(BasePagination):
    def position(self, request: Request, order: Order = NEWEST) -> QueryDict:
        """The cursor as `key_page` reads it. A cursor that cannot be read is refused: page 1 again would be a loop."""
        params = QueryDict(mutable=True)
        cursor = request.query_params.get("cursor", "")
        if cursor:
            cursor = reader_in(request).opened(cursor) or "?"
            direction, key = DIRECTIONS.get(cursor[0]), cursor[1:]
            if direction is None or values_at(key, order) is None:
                raise ValidationError({"cursor": UNREADABLE})
            params[direction] = key
        return params

    def size(self, request: Request) -> int:
        text = request.query_params.get("page_size", "") or str(PAGE_SIZE)
        size = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise ValidationError({"page_size": f"A page holds 1 to {MAX_PAGE_SIZE} rows."})
        return size

    def answer(self, request: Request, page: Page, results: Sequence[Any], count: int | None = None) -> Response:
        neighbours = {"next": _address(request, page.next_url), "previous": _address(request, page.previous_url)}
        return Response(neighbours | ({} if count is None else {"count": count}) | {"results": results})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": url | {"description": "The address of the next page; null on the last."},
                "previous": url | {"description": "The address of the page before; null on the first."},
                "count": {"type": "integer", "minimum": 0, "description": COUNT},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        cursor = "Where to continue: taken from `next` or `previous` of the page before."
        pages = [
            _parameter("cursor", cursor, {"type": "string"}),
            _parameter("page_size", "How many rows on a page.", size),
        ]
        shown = [
            _parameter("fields", FIELDS, {"type": "string"}),
            _parameter("count", f"With `true`: {COUNT}", {"type": "boolean", "default": False}),
        ]
        told = f"{ORDER} There are: {', '.join(f'`{name}`' for name in orders_of(view.orders))}."
        orders = {"type": "string", "pattern": f"^-?({'|'.join(('id', *view.orders))})$", "default": "-id"}
        ordered = [_parameter("order", told, orders)] if view.is_ordered else []
        forms = {"type": "string", "pattern": f"^({JSON}|{CSV}|{NDJSON})$", "default": JSON}
        return [*pages, *ordered, *shown, _parameter(FORMAT, FORMS, forms)]


def _parameter(name: str, says: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": says, "schema": schema}


def _address(request: Request, local: str) -> str | None:
    """The whole address of a neighbouring page, from the `?after=…` or `?before=…` that `key_page` gave."""
    if not local:
        return None
    given = parse_qs(local.removeprefix("?"))
    letter = next(letter for letter, name in DIRECTIONS.items() if name in given)
    cursor = reader_in(request).sealed(letter + given[DIRECTIONS[letter]][0])
    here = remove_query_param(request.build_absolute_uri(), "cursor")
    return replace_query_param(here, "cursor", cursor)

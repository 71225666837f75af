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

from careplans.api.within import reader_in
from common.paging import Page, values_at

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
# Newest first. A column that is unique and never null, so that it alone is a position.
ORDER = ("-pk",)
DIRECTIONS = {"n": "after", "p": "before"}


class KeyPaging(BasePagination):
    def position(self, request: Request) -> QueryDict:
        """The cursor as `key_page` reads it. A cursor that cannot be read is refused: page 1 again would be a loop."""
        params = QueryDict(mutable=True)
        cursor = request.query_params.get("cursor", "")
        if cursor:
            cursor = reader_in(request).opened(cursor) or "?"
            direction, key = DIRECTIONS.get(cursor[0]), cursor[1:]
            if direction is None or values_at(key, ORDER) is None:
                raise ValidationError({"cursor": "This cursor cannot be read. Begin again without one."})
            params[direction] = key
        return params

    def size(self, request: Request) -> int:
        text = request.query_params.get("page_size", "") or str(PAGE_SIZE)
        size = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise ValidationError({"page_size": f"A page holds 1 to {MAX_PAGE_SIZE} rows."})
        return size

    def answer(self, request: Request, page: Page, results: Sequence[Any]) -> Response:
        return Response(
            {
                "next": _address(request, page.next_url),
                "previous": _address(request, page.previous_url),
                "results": results,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": url, "previous": url, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        cursor = "Where to continue: taken from `next` or `previous` of the page before."
        return [
            {"name": "cursor", "in": "query", "description": cursor, "schema": {"type": "string"}},
            {"name": "page_size", "in": "query", "description": "How many rows on a page.", "schema": size},
        ]


def _address(request: Request, local: str) -> str | None:
    """The whole address of a neighbouring page, from the `?after=…` or `?before=…` that `key_page` gave."""
    if not local:
        return None
    given = parse_qs(local.removeprefix("?"))
    letter = next(letter for letter, name in DIRECTIONS.items() if name in given)
    cursor = reader_in(request).sealed(letter + given[DIRECTIONS[letter]][0])
    here = remove_query_param(request.build_absolute_uri(), "cursor")
    return replace_query_param(here, "cursor", cursor)

"""Pages of rows that stand in no table, by their place in the list."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from common.paging import Order, Page, position, values_at

BY_PLACE: Order = ("place_in_list",)


def page_of(rows: Sequence[Any], *, params: QueryDict, size: int) -> Page:
    after, before = (values_at(params.get(name, ""), BY_PLACE) for name in ("after", "before"))
    start = after[0] + 1 if after else max(0, before[0] - size) if before else 0
    end = before[0] if before else start + size
    shown = list(rows[start:end])
    return Page(
        rows=shown,
        next_url=_url("after", start + len(shown) - 1) if shown and end < len(rows) else "",
        previous_url=_url("before", start) if shown and start else "",
    )


def _url(name: str, place: int) -> str:
    return f"?{name}={position([place], BY_PLACE)}"

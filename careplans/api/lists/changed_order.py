"""Rows in the order in which they changed. The moment stands in the table of changes, whose index has that order; to ask it
of each row would sort all of them for every page."""

from collections.abc import Sequence
from typing import Any

from careplans.models import Change
from common.paging import First, Order, beyond

THERE = {"changed_at": "at", "pk": "row_id"}


def first_changed(noun: str) -> First:
    """For `key_page`: rows of this noun by (`changed_at`, `pk`), both ways."""

    def first(rows: Any, order: Order, at: list[Any] | None, count: int, boards: Sequence[int] | None) -> list[Any]:
        there = tuple(_there(name) for name in order)
        keys = [_keys(noun, rows, board, there, at)[:count] for board in boards or ()]
        if not keys:
            return []
        plain = rows.model._default_manager.order_by().values_list("pk", flat=True)
        parts = [plain.filter(pk__in=one) for one in keys]
        wanted = keys[0] if len(parts) == 1 else list(parts[0].union(*parts[1:], all=True))
        return list(rows.filter(pk__in=wanted).order_by(*order)[:count])

    return first


def _keys(noun: str, rows: Any, board: int, order: Order, at: list[Any] | None) -> Any:
    of_board = rows.of_boards([board]).order_by().values("pk")
    keys = Change.objects.filter(noun=noun, board_id=board, row_id__in=of_board).order_by(*order)
    return (keys.filter(beyond(order, at)) if at else keys).values("row_id")


def _there(name: str) -> str:
    sign, bare = ("-", name[1:]) if name.startswith("-") else ("", name)
    return sign + THERE[bare]

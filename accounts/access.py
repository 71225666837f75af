"""The one door to rows: a row reaches a page or the API only through here, and every time leaves a read event.

Outside a person's boards a row does not exist (404); on their board a role may be too small for it (403).
"""

from typing import Any, Self, TypeVar

from django.db import models
from django.http import Http404

from accounts import audit
from accounts.models import Board, User
from accounts.paging import Order, Page, key_page
from accounts.permissions import boards_where, memberships_of, require


class BoardQuerySet(models.QuerySet[Any]):
    """Rows that belong to a board through a `board` field of their own."""

    def visible_to(self, user: User) -> Self:
        return self.filter(board__in=[m.board_id for m in memberships_of(user)])

    def where_can(self, user: User, action: str) -> Self:
        return self.filter(board__in=boards_where(user, action))


Rows = TypeVar("Rows", bound=BoardQuerySet)


def get_board(user: User, pk: int, action: str) -> Board:
    """The board behind a URL: 404 when the person is not on it, 403 when their role may not do `action`."""
    for membership in memberships_of(user):
        if membership.board_id == pk:
            require(user, action, membership.board)
            return membership.board
    raise Http404


def get_visible(rows: BoardQuerySet, user: User, action: str, **lookup: Any) -> Any:
    """One row or 404, then the role (403), then the read event. The row's board is set from the memberships."""
    row = rows.visible_to(user).filter(**lookup).first()
    if row is None:
        raise Http404
    require(user, action, row.board_id)
    row.board = next(m.board for m in memberships_of(user) if m.board_id == row.board_id)
    audit.record("read", by=user, subject=row, board_id=row.board_id)
    return row


def list_visible(
    rows: BoardQuerySet,
    user: User,
    action: str,
    *,
    order: Order,
    params: Any,
    board: Board | None = None,
    size: int = 25,
) -> Page:
    """One page of rows by key, with one read event that names the rows shown."""
    rows = rows.where_can(user, action)
    if board is not None:
        rows = rows.filter(board=board)
    page = key_page(rows, order=order, params=params, size=size)
    kind = rows.model._meta.model_name or ""
    audit.record_many("list", by=user, kind=kind, board_id=board.pk if board else None, ids=[row.pk for row in page])
    return page

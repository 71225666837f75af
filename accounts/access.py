"""The one door to rows: a row reaches a page or the API only through here, and every time leaves a read event.

Outside a person's boards a row does not exist (404); on their board a role may be too small for it (403).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Self, TypeVar

from django.db import models
from django.http import Http404, QueryDict

from accounts import audit
from accounts.models import Board, Notice, User
from accounts.models.notices import NoticeQuerySet
from accounts.permissions import boards_where, can, memberships_of, require
from accounts.trail import note_refusal
from common.first_rows import first_keys
from common.paging import First, Order, Page, first_rows, key_page


class BoardQuerySet(models.QuerySet[Any]):
    """Rows that belong to a board through a `board` field of their own. A patient may be known to several: that query set
    says otherwise which rows are of a board, and of which boards a row is."""

    def of_boards(self, boards: Sequence[int]) -> Self:
        return self.filter(board__in=boards)

    def boards_of(self, row: Any) -> list[int]:
        return [row.board_id]

    def visible_to(self, user: User) -> Self:
        return self.of_boards([m.board_id for m in memberships_of(user)])

    def where_can(self, user: User, action: str) -> Self:
        return self.of_boards(boards_where(user, action))

    def for_work_list(self) -> Self:
        """With what a short list says of each row."""
        return self


Rows = TypeVar("Rows", bound=BoardQuerySet)
Own = TypeVar("Own", bound=models.Model)


def visible_notices(user: User) -> NoticeQuerySet:
    """A person's own. One of a board names its patients, so it is read only as long as they may see them there."""
    return Notice.objects.readable_by(user, boards_where(user, "patients.view"))


def get_board(user: User, pk: int, action: str) -> Board:
    """The board behind a URL: 404 when the person is not on it, 403 when their role may not do `action`."""
    for membership in memberships_of(user):
        if membership.board_id == pk:
            require(user, action, membership.board)
            return membership.board
    note_refusal(user, action, subject=("board", str(pk)))
    raise Http404


def get_own(rows: models.QuerySet[Own], user: User, pk: int) -> Own:
    """One of the rows that are a person's own; anybody else's does not exist for them."""
    row = rows.filter(pk=pk).first()
    if row is None:
        note_refusal(user, "own", subject=(rows.model._meta.model_name or "", str(pk)))
        raise Http404
    return row


def get_visible(rows: BoardQuerySet, user: User, action: str, *, on: int | None = None, **lookup: Any) -> Any:
    """One row or 404, then the role (403), then the read event. The row's board is set from the memberships.

    Where a row is of several of the person's boards: the board `on`, if they may do `action` there, or the one that the row
    itself names, or the first on which they may.
    """
    # Of one row the order is no matter, and to sort by the columns of a join costs more than the join.
    row = next(iter(rows.visible_to(user).filter(**lookup).order_by()[:1]), None)
    if row is None:
        note_refusal(user, action, subject=(rows.model._meta.model_name or "", str(lookup.get("pk", ""))))
        raise Http404
    ids = rows.boards_of(row)
    boards = [m.board for m in memberships_of(user) if m.board_id in ids]
    own = getattr(row, "board_id", None)
    boards.sort(key=lambda board: (not can(user, action, board), board.pk != on, board.pk != own))
    require(user, action, boards[0])
    row.board = boards[0]
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
    first: First = first_rows,
) -> Page:
    """One page of rows by key, with one read event that names the rows shown."""
    page = key_page(rows, order=order, params=params, size=size, boards=_boards_of(user, action, board), first=first)
    kind = rows.model._meta.model_name or ""
    set_boards(page.rows, user)
    audit.record_many("list", by=user, kind=kind, board_id=board.pk if board else None, ids=[row.pk for row in page])
    return page


def stretch_visible(
    rows: BoardQuerySet, user: User, action: str, *, below: int | None, size: int, board: Board | None = None
) -> list[Any]:
    """The next rows of a file, the newest first, behind the row of the key `below`. Whoever writes the file records once what
    it holds: an event for each of a thousand stretches would bury the trail."""
    wanted = rows if below is None else rows.filter(pk__lt=below)
    page = key_page(
        wanted, order=("-pk",), params=QueryDict(), size=size, boards=_boards_of(user, action, board),
    )  # fmt: skip
    set_boards(page.rows, user)
    return page.rows


def stretch_keys(
    rows: BoardQuerySet, user: User, action: str, *, below: int | None, size: int, board: Board | None = None
) -> list[int]:
    """The keys of the same rows, without the rows."""
    wanted = rows if below is None else rows.filter(pk__lt=below)
    ordered = wanted.of_boards(_boards_of(user, action, board)).order_by("-pk")
    return list(ordered.values_list("pk", flat=True)[:size])


def visible_of_keys(rows: BoardQuerySet, user: User, action: str, keys: Collection[int]) -> list[Any]:
    """Those of these keys that a person may still read, for a file: as of `stretch_visible`."""
    found = list(rows.of_boards(boards_where(user, action)).filter(pk__in=keys))
    set_boards(found, user)
    return found


def count_visible(rows: BoardQuerySet, user: User, action: str, *, board: Board | None = None) -> int:
    """How many rows a person would be shown on all pages of a list, or in a file of it. One query, and no row is shown."""
    return rows.order_by().of_boards(_boards_of(user, action, board)).count()


def _boards_of(user: User, action: str, board: Board | None) -> list[int]:
    return [pk for pk in boards_where(user, action) if board is None or pk == board.pk]


def set_boards(rows: Sequence[Any], user: User) -> None:
    """As `get_visible` does, where rows have a board of their own: nobody has to read it again."""
    if not rows or not any(column.attname == "board_id" for column in rows[0]._meta.concrete_fields):
        return
    boards = {membership.board_id: membership.board for membership in memberships_of(user)}
    for row in rows:
        # A row that is seen by its patients may be of a board that its reader is not on.
        if row.board_id in boards:
            row.board = boards[row.board_id]


@dataclass(frozen=True)
class Excerpt:
    """The first rows of a list, and whether there are more."""

    rows: list[Any]
    more: bool

    @property
    def count(self) -> str:
        """How many, capped: “10+” when there are more than are shown."""
        return f"{len(self.rows)}+" if self.more else str(len(self.rows))


def peek_visible(
    lists: Mapping[str, BoardQuerySet], user: User, action: str, *, board: Board | None = None, size: int = 10,
    give: Callable[[Sequence[Any]], None] | None = None,
) -> dict[str, Excerpt]:  # fmt: skip
    """The first rows of several short lists of one page, and one read event for all. One query for the keys of all, and then
    each model's rows once: `for_work_list()`, or plain, where `give` gives the rows of all lists what they are shown with.

    Each list brings its own order, by columns of its own table that are null in none of its rows, or by an alias that its
    rows know by the same name.
    """
    keys = first_keys({name: rows.where_can(user, action) for name, rows in lists.items()}, size + 1)
    read: dict[type[models.Model], dict[int, Any]] = {}
    for model in {rows.model for rows in lists.values()}:
        wanted = {key for name, rows in lists.items() if rows.model is model for key in keys[name]}
        rows = model._default_manager.all() if give else model._default_manager.for_work_list()
        read[model] = rows.in_bulk(wanted) if wanted else {}
    if give:
        give([row for rows in read.values() for row in rows.values()])
    found = {name: [row for key in keys[name] if (row := read[rows.model].get(key))] for name, rows in lists.items()}
    shown = {
        name: Excerpt(rows=_sorted(found[name], rows)[:size], more=len(found[name]) > size)
        for name, rows in lists.items()
    }
    ids = {name: [row.pk for row in excerpt.rows] for name, excerpt in shown.items() if excerpt.rows}
    audit.record("list", by=user, subject=("excerpts", "list"), board_id=board.pk if board else None, data={"ids": ids})
    return shown


def _sorted(found: list[Any], rows: BoardQuerySet) -> list[Any]:
    """Keys come in any order: bring back the one that the list asked for."""
    for name in reversed([str(column) for column in rows.query.order_by]):
        found.sort(key=attrgetter(name.lstrip("-")), reverse=name.startswith("-"))
    return found

"""The frame of a board's lists of what somebody has to settle: changed facts, superseded guidance, nothing ahead."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import render_page
from common.paging import Page


@dataclass(frozen=True)
class Frame:
    """What is one list's own: its words, and the template of an entry."""

    heading: str
    meta: str
    entry: str
    rows: str
    """What is paged: plans or cases."""
    empty: str
    empty_text: str
    foot: str = ""
    """A template below the list."""


def show_board_list(
    request: SignedInRequest, board: Board, frame: Frame, page: Page, entries: Sequence[object], *, refused: bool = False
) -> HttpResponse:  # fmt: skip
    """`refused`: an entry carries a form that came back with what was typed."""
    context = {"frame": frame, "page": page, "entries": entries, "nav": "board"}
    return render_page(request, "careplans/work/board_list.html", board, context, status=400 if refused else 200)

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import get_board
from accounts.forms.boards import BoardEditor
from accounts.gaps import gaps_of
from accounts.http import SignedInRequest
from accounts.models import Board, Membership
from accounts.pages import add_refusal, attempt
from accounts.permissions import require
from accounts.services.boards import change_board, create_board
from common.errors import Conflict
from common.paging import key_page


def boards(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    page = key_page(Board.objects.for_list(), order=("name", "pk"), params=request.GET)
    return render(request, "accounts/boards/list.html", {"nav": "people", "page": page})


def board_new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    editor = BoardEditor(Board(), request.POST or None)
    if editor.is_valid():
        with attempt(request, editor.form) as outcome:
            made = create_board(by=request.user, fields=editor.fields, requirements=editor.requirements)
        if outcome.ok:
            messages.success(request, f"The board {made.name} was created. Invite its people next.")
            return redirect("accounts:board", made.pk)
    return render(request, "accounts/boards/new.html", {"nav": "people", "editor": editor})


def board(request: SignedInRequest, pk: int) -> HttpResponse:
    """Any board, for an administrator."""
    require(request.user, "people.manage")
    return _edit(request, get_object_or_404(Board, pk=pk), "accounts:board")


def board_settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """The own board, for its coordinators and chairs."""
    return _edit(request, get_board(request.user, pk, "board.configure"), "accounts:board_settings")


def _edit(request: SignedInRequest, shown: Board, address: str) -> HttpResponse:
    editor = BoardEditor(shown, request.POST or None)
    if editor.is_valid():
        try:
            change_board(
                shown, by=request.user, expected_version=editor.version, fields=editor.fields,
                requirements=editor.requirements,
            )  # fmt: skip
        except ValidationError as error:
            add_refusal(editor.form, error)
        except Conflict as conflict:
            editor.keep_typed(conflict)
        else:
            messages.success(request, "The settings of the board were saved.")
            return redirect(address, shown.pk)
    context = {
        "nav": "people" if address == "accounts:board" else "board",
        "editor": editor,
        "shown": shown,
        "gaps": gaps_of(shown),
        "people": Membership.objects.filter(board=shown).for_board(),
    }
    return render(request, "accounts/boards/edit.html", context, status=409 if editor.conflict else 200)

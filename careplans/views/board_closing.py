"""Putting a board out of use, with what is open on it before one's eyes; and using it again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt
from accounts.permissions import can, require
from careplans.forms.plans import ReasonForm
from careplans.readers.open_on_board import open_on
from careplans.services.board_closing import close_board, reopen_board
from common.figures import read_key


def board_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """In numbers: an administrator sees no patient by this."""
    require(request.user, "people.manage")
    board = get_object_or_404(Board, pk=pk)
    form = ReasonForm(request.POST or None, initial={"version": board.version})
    if form.is_bound and form.is_valid():
        with attempt(request, form) as outcome:
            close_board(
                board,
                by=request.user,
                expected_version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        if outcome.ok:
            messages.success(
                request, f"{board.name} is out of use. It can be read and not changed, and it sends nothing."
            )
            return redirect("accounts:board", board.pk)
    context = {
        "nav": "people", "shown": board, "found": open_on(board), "form": form,
        "readable": can(request.user, "patients.view", board),
    }  # fmt: skip
    return render(request, "careplans/board_closing/close.html", context, status=400 if form.is_bound else 200)


@require_POST
def board_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    board = get_object_or_404(Board, pk=pk)
    version = request.POST.get("version", "")
    with attempt(request) as outcome:
        reopen_board(board, by=request.user, expected_version=read_key(version) or 0)
    if outcome.ok:
        messages.success(request, f"{board.name} is in use again. Its cases stay closed until somebody reopens them.")
    return redirect("accounts:board", board.pk)

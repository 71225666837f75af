from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt
from accounts.permissions import require
from careplans.forms.institutions import MoveBoardForm
from careplans.services.institutions import move_board


def board_institution(request: SignedInRequest, pk: int) -> HttpResponse:
    """An administrator moves a board, with its patients, to another institution."""
    require(request.user, "people.manage")
    shown = get_object_or_404(Board.objects.select_related("institution"), pk=pk)
    form = MoveBoardForm(request.POST or None, initial={"version": shown.version})
    if form.is_valid():
        to = form.cleaned_data["institution"]
        with attempt(request, form) as outcome:
            move_board(shown, to, by=request.user, expected_version=form.cleaned_data["version"])
        if outcome.ok:
            messages.success(request, f"{shown.name} is a board of {to.name} now, with all its patients.")
            return redirect("accounts:board", pk)
    context = {"nav": "people", "form": form, "shown": shown}
    return render(request, "careplans/institutions/move.html", context, status=400 if form.errors else 200)

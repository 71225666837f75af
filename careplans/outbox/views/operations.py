"""How the system runs, for administrators: the figures of /health/, and the switch that holds sending."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt
from accounts.permissions import require
from careplans.models import Heartbeat, Reminder
from careplans.outbox import health
from careplans.outbox.forms.operations import HoldSendingForm, ReleaseSendingForm
from careplans.outbox.hold import hold_sending, release_sending


def show(request: SignedInRequest, **forms: Any) -> HttpResponse:
    """Numbers only: an administrator has no clinical access."""
    require(request.user, "operations.manage")
    failed = Reminder.objects.filter(status=Reminder.Status.FAILED).order_by().values("board")
    names = dict(Board.objects.values_list("pk", "name"))
    by_board: dict[str, int] = {}
    for row in failed[:1000]:
        name = names.get(row["board"], "Reference pages")
        by_board[name] = by_board.get(name, 0) + 1
    context = {
        "nav": "operations", "reading": health.read(), "heartbeats": Heartbeat.objects.all(), "failed": sorted(by_board.items()),
        "hold": HoldSendingForm(auto_id="id_hold_%s"), "release": ReleaseSendingForm(auto_id="id_release_%s"),
    }  # fmt: skip
    return render(request, "careplans/outbox/page.html", context | forms, status=400 if forms else 200)


def page(request: SignedInRequest) -> HttpResponse:
    return show(request)


@require_POST
def hold(request: SignedInRequest) -> HttpResponse:
    require(request.user, "operations.manage")
    form = HoldSendingForm(request.POST, auto_id="id_hold_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            hold_sending(by=request.user, note=form.cleaned_data["note"])
        if outcome.ok:
            messages.success(request, "Sending is held. What is due waits; nothing is lost.")
            return redirect("careplans:operations")
    return show(request, hold=form)


@require_POST
def release(request: SignedInRequest) -> HttpResponse:
    require(request.user, "operations.manage")
    form = ReleaseSendingForm(request.POST, auto_id="id_release_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            doubtful = release_sending(by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(
                request, f"Sending goes on. {doubtful} e-mails were in doubt." if doubtful else "Sending goes on."
            )
            return redirect("careplans:operations")
    return show(request, release=form)

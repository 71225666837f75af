from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import get_board, get_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from careplans.models import Webhook
from careplans.webhooks import registering
from careplans.webhooks.forms.webhooks import WORDS, WebhookForm

# As many of the last deliveries are shown.
SHOWN = 50


def webhooks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Those of a board, and a new one: its secret is on the page that answers the form, this once."""
    board = get_board(request.user, pk, "webhooks.manage")
    form = WebhookForm(request.POST or None)
    if form.is_valid():
        with attempt(request, form) as outcome:
            made, secret = registering.register_webhook(board, by=request.user, **form.cleaned_data)
        if outcome.ok:
            return _made(request, board, made, secret)
    rows = Webhook.objects.filter(board=board).for_page()
    context = {"nav": "board", "form": form, "rows": rows}
    return render_page(request, "careplans/webhooks/list.html", board, context, status=400 if form.errors else 200)


def webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    """How it stands, and its last deliveries."""
    row = _row(request, pk)
    told = [WORDS[noun] for noun in WORDS if noun in row.nouns]
    context = {"nav": "board", "row": row, "told": told, "deliveries": row.deliveries.all()[:SHOWN]}
    return render_page(request, "careplans/webhooks/webhook.html", row.board, context)


@require_POST
def webhook_secret(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    secret = registering.rotate_secret(row, by=request.user)
    return _made(request, row.board, row, secret)


@require_POST
def webhook_test(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    with attempt(request) as outcome:
        registering.send_test(row, by=request.user)
    if outcome.ok:
        messages.success(request, "A test goes out within a minute. Look at this page again.")
    return redirect("careplans:webhook", pk)


@require_POST
def webhook_off(request: SignedInRequest, pk: int) -> HttpResponse:
    registering.switch_off(_row(request, pk), by=request.user)
    messages.success(request, "Nothing more leaves until you switch it on.")
    return redirect("careplans:webhook", pk)


@require_POST
def webhook_on(request: SignedInRequest, pk: int) -> HttpResponse:
    goes_on = registering.switch_on(_row(request, pk), by=request.user)
    if goes_on:
        messages.success(request, "It goes on where it was.")
    else:
        messages.warning(request, "It tells of what changes from now on. Have the program read everything anew.")
    return redirect("careplans:webhook", pk)


@require_POST
def webhook_again(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    row = _row(request, pk)
    delivery = row.deliveries.select_related("webhook__board").filter(number=number).first()
    if delivery is None:
        raise Http404
    with attempt(request) as outcome:
        made = registering.send_again(delivery, by=request.user)
    if outcome.ok:
        messages.success(request, f"It goes out again, with the number {made.number}.")
    return redirect("careplans:webhook", pk)


def _row(request: SignedInRequest, pk: int) -> Any:
    return get_visible(Webhook.objects.for_page(), request.user, "webhooks.manage", pk=pk)


def _made(request: SignedInRequest, board: Board, row: Webhook, secret: str) -> HttpResponse:
    context = {"nav": "board", "board": board, "row": row, "secret": secret}
    return render(request, "careplans/webhooks/made.html", context)

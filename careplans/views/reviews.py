"""Reminders about reviews of the reference pages, for those who edit or approve them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from careplans.models import OutboxMessage, Reminder
from careplans.reminders.requests import send_again
from common.paging import key_page


@require_GET
def review_reminders(request: SignedInRequest) -> HttpResponse:
    """What went out, what will, and what failed; the newest first."""
    if not can(request.user, "reference.approve"):
        require(request.user, "reference.edit")
    rows = (
        Reminder.objects.filter(reference_page__isnull=False)
        .select_related("reference_page", "recipient")
        .prefetch_related("messages__recipient")
    )
    context = {"page": key_page(rows, order=("-due_at", "-pk"), params=request.GET), "nav": "reference"}
    return render(request, "careplans/reviews/reminders.html", context)


@require_POST
def review_send_again(request: SignedInRequest, message: int) -> HttpResponse:
    require(request.user, "reference.edit")
    rows = OutboxMessage.objects.select_related("reminder", "recipient").filter(reminder__reference_page__isnull=False)
    row = get_object_or_404(rows, pk=message)
    with attempt(request) as outcome:
        send_again(row, by=request.user)
    if outcome.ok:
        messages.success(request, f"The reminder goes to {row.recipient.name} again.")
    return redirect("careplans:review_reminders")

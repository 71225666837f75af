from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, next_url, render_page
from accounts.permissions import require
from careplans.forms.reminders import SnoozeForm
from careplans.models import FollowUp, OutboxMessage, Reminder, Step
from careplans.outbox.bounces import record_bounce
from careplans.reminders import requests
from careplans.views.followups import get_follow_up
from careplans.views.steps import get_step

STATES = {"failed": "Failed", "waiting": "Waiting", "ambiguous": "May have arrived twice", "sent": "Sent lately"}
# What came back does so within days; until then a coordinator may find it in the mailbox.
LATELY = timedelta(days=14)


@require_GET
def reminders(request: SignedInRequest, pk: int) -> HttpResponse:
    """What did not go out, what will, what may have arrived twice, and what was sent in the last two weeks."""
    board = get_board(request.user, pk, "reminders.manage")
    state = request.GET.get("state", "failed")
    state = state if state in STATES else "failed"
    rows = Reminder.objects.select_related(
        "recipient", "case__patient", "step", "follow_up", "signature__plan", "plan"
    ).prefetch_related("messages__recipient")  # fmt: skip
    page = list_visible(
        chosen(rows, state, board),
        request.user,
        "reminders.manage",
        order=("-due_at", "-pk") if state == "sent" else ("due_at", "pk"),
        params=request.GET,
        board=board,
    )
    tabs = [{"url": f"?state={name}", "label": label, "current": name == state} for name, label in STATES.items()]
    context = {"page": page, "state": state, "tabs": tabs, "nav": "board"}
    return render_page(request, "careplans/reminders/list.html", board, context)


def chosen(rows: Any, state: str, board: Board) -> Any:
    if state == "waiting":
        return rows.scheduled()
    if state == "ambiguous":
        twice = OutboxMessage.objects.with_any("ambiguous").filter(reminder__board=board)
        return rows.filter(pk__in=twice.values("reminder"))
    if state == "sent":
        return rows.filter(status=Reminder.Status.DELIVERED, due_at__gt=timezone.now() - LATELY)
    return rows.filter(status=Reminder.Status.FAILED)


@require_POST
def send_again(request: SignedInRequest, pk: int, message: int) -> HttpResponse:
    row = get_message(request, pk, message)
    with attempt(request) as outcome:
        requests.send_again(row, by=request.user)
    if outcome.ok:
        messages.success(request, f"The reminder to {row.recipient.name} goes out again within a minute.")
    return redirect(next_url(request, reverse("careplans:reminders", args=[pk])))


@require_POST
def came_back(request: SignedInRequest, pk: int, message: int) -> HttpResponse:
    row = get_message(request, pk, message)
    with attempt(request) as outcome:
        record_bounce(row, by=request.user)
    if outcome.ok:
        row.refresh_from_db()
        where = (
            "now stands under Failed"
            if row.status == OutboxMessage.Status.FAILED
            else "is settled; nobody has to be told"
        )
        messages.success(request, f"Marked as come back. The reminder to {row.recipient.name} {where}.")
    return redirect(next_url(request, reverse("careplans:reminders", args=[pk])))


def get_message(request: SignedInRequest, board: int, pk: int) -> OutboxMessage:
    reminder = get_visible(Reminder.objects.all(), request.user, "reminders.manage", board=board, messages=pk)
    return get_object_or_404(OutboxMessage.objects.for_sending(), pk=pk, reminder=reminder)


def snooze_step(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_step(request, pk)
    require(request.user, "steps.deliver", step.board)
    back = f"{reverse('careplans:plan', args=[step.plan_id])}#step-{step.pk}"
    return snooze(request, step, heading=step.heading, back=back)


def snooze_followup(request: SignedInRequest, pk: int) -> HttpResponse:
    follow_up = get_follow_up(request, pk)
    require(request.user, "followups.edit", follow_up.board)
    return snooze(request, follow_up, heading=follow_up.heading, back=reverse("careplans:followup", args=[pk]))


def snooze(request: SignedInRequest, subject: Step | FollowUp, *, heading: str, back: str) -> HttpResponse:
    form = SnoozeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            day = requests.snooze(subject, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"You are reminded again on {day:%-d %B %Y}.")
            return redirect(back)
    context = {
        "form": form, "subject": subject, "case": subject.case, "heading": heading, "back": back,
        "longest": requests.LONGEST_SNOOZE,
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render_page(
        request, "careplans/reminders/snooze.html", subject.board, context | {"nav": "patients"}, status=status
    )

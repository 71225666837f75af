from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import require
from careplans.forms.schedules import RegenerateForm, ScheduleForm, differences
from careplans.models import FollowUpSchedule
from careplans.services import schedules as service

MOST_SHOWN = 100


@require_GET
def schedules(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "board.view")
    page = list_visible(
        FollowUpSchedule.objects.all(),
        request.user,
        "board.view",
        order=("name", "pk"),
        params=request.GET,
        board=board,
    )
    return render_page(request, "careplans/schedules/list.html", board, {"page": page, "nav": "board"})


def schedule_new(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "board.configure")
    form = ScheduleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and save_schedule(request, board, form):
        return redirect("careplans:schedules", board.pk)
    status = 400 if form.is_bound else 200
    context = {"form": form, "nav": "board"}
    return render_page(request, "careplans/schedules/schedule.html", board, context, status=status)


def schedule(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    """Everybody on the board reads it; who may configure the board changes it."""
    row = get_schedule(request, pk, schedule)
    form = ScheduleForm(instance=row)
    stands: list[tuple[str, Any]] = []
    if request.method == "POST":
        require(request.user, "board.configure", row.board)
        form = ScheduleForm(request.POST, instance=row)
        if form.is_valid() and save_schedule(request, row.board, form, row):
            return redirect("careplans:schedule_regenerate", row.board_id, row.pk)
        row = get_schedule(request, pk, schedule)
        stands = differences(form, row)
    context = {"form": form, "schedule": row, "stands": stands, "nav": "board"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/schedules/schedule.html", row.board, context, status=status)


def get_schedule(request: SignedInRequest, board: int, pk: int) -> FollowUpSchedule:
    row: FollowUpSchedule = get_visible(FollowUpSchedule.objects.all(), request.user, "board.view", pk=pk, board=board)
    return row


def save_schedule(
    request: SignedInRequest, board: Board, form: ScheduleForm, row: FollowUpSchedule | None = None
) -> bool:
    values = dict(form.cleaned_data)
    seen = values.pop("version") or 0
    checked: Any = form
    with attempt(request, checked) as outcome:
        service.save_schedule(board, values, by=request.user, schedule=row, expected_version=seen)
    if outcome.ok:
        messages.success(
            request,
            f"The schedule “{values['name']}” is saved. Follow-ups that exist stay until you have them written anew.",
        )
    return outcome.ok


def schedule_regenerate(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    """What a changed schedule would take back and write on open plans, and the button that does it."""
    row = get_schedule(request, pk, schedule)
    require(request.user, "board.configure", row.board)
    form = RegenerateForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            changed = service.regenerate(row, by=request.user, expected_version=form.cleaned_data["version"])
        if outcome.ok:
            messages.success(request, f"{changed} plan{'' if changed == 1 else 's'} now follow the schedule.")
            return redirect("careplans:schedule", pk, schedule)
        row = get_schedule(request, pk, schedule)
    found = service.preview(row, by=request.user)
    ids = [one.plan.pk for one in found]
    audit.record_many("list", by=request.user, kind="plan", board_id=pk, ids=ids)
    context = {
        "schedule": row, "form": form, "shown": found[:MOST_SHOWN], "plans": len(found), "nav": "board",
        "withdrawn": sum(len(one.withdrawn) for one in found), "missing": sum(len(one.missing) for one in found),
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/schedules/regenerate.html", row.board, context, status=status)

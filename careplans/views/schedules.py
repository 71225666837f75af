from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import require
from careplans.forms.schedules import RegenerateForm, ScheduleForm, differences, lines_of
from careplans.models import FollowUpSchedule, ScheduleLine
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import Due, days_asked
from careplans.services import schedules as service
from careplans.services.schedule_library import give_library
from careplans.services.schedules import line_problem
from common.shown import NAME, OTHERWISE

MOST_SHOWN = 100
MOST_DATES = 60


@require_GET
def schedules(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "text.view")
    page = list_visible(
        FollowUpSchedule.objects.with_lines(),
        request.user,
        "text.view",
        order=("name", "pk"),
        params=request.GET,
        board=board,
    )
    return render_page(request, "careplans/schedules/list.html", board, {"page": page, "nav": "board"})


@require_POST
def schedule_library(request: SignedInRequest, pk: int) -> HttpResponse:
    """A board without schedules begins with those that every board begins with."""
    board = get_board(request.user, pk, "board.configure")
    with attempt(request) as outcome:
        count = give_library(board, by=request.user)
    if outcome.ok and count:
        messages.success(
            request, f"{count} schedules are on the board. Look at each before you use it: they are yours now."
        )
    elif outcome.ok:
        messages.info(request, "The board has schedules already; nothing was added.")
    return redirect("careplans:schedules", pk)


def schedule_new(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "board.configure")
    form, lines = ScheduleForm(request.POST or None), lines_of(None, request.POST or None)
    if is_sent(request, form, lines) and save_schedule(request, board, form, lines):
        return redirect("careplans:schedules", board.pk)
    status = 400 if form.is_bound and form.errors else 200
    context = {"form": form, "lines": lines, "nav": "board"} | trial(board, form, lines)
    return render_page(request, "careplans/schedules/schedule.html", board, context, status=status)


def schedule(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    """Everybody on the board reads it; who may configure the board changes it."""
    row = get_schedule(request, pk, schedule)
    form, lines = ScheduleForm(instance=row), lines_of(row)
    stands: list[tuple[str, Any]] = []
    if request.method == "POST":
        require(request.user, "board.configure", row.board)
        form, lines = ScheduleForm(request.POST, instance=row), lines_of(row, request.POST)
        if is_sent(request, form, lines) and save_schedule(request, row.board, form, lines, row):
            return redirect("careplans:schedule_regenerate", row.board_id, row.pk)
        row = get_schedule(request, pk, schedule)
        stands = differences(form, row, lines.lines if lines.is_valid() else [])
    context = {"form": form, "lines": lines, "schedule": row, "stands": stands, "nav": "board"}
    context |= trial(row.board, form, lines, row)
    status = 400 if form.is_bound and form.errors else 200
    return render_page(request, "careplans/schedules/schedule.html", row.board, context, status=status)


def is_sent(request: SignedInRequest, form: ScheduleForm, lines: Any) -> bool:
    """To be saved, and readable. Looking at the dates saves nothing."""
    if request.method != "POST":
        return False
    valid = form.is_valid() & lines.is_valid()
    for place, errors in enumerate(lines.errors, start=1):
        for name, problems in errors.items():
            form.add_error(
                None, [f"Line {place}, {lines.forms[place - 1].fields[name].label}: {one}" for one in problems]
            )
    return valid and "show" not in request.POST


def trial(board: Board, form: ScheduleForm, lines: Any, row: FollowUpSchedule | None = None) -> dict[str, Any]:
    """The dates of what stands or is typed, if it counted from today: of the first years, as a plan would write them."""
    if form.is_bound and not (form.is_valid() and lines.is_valid()):
        return {}
    if form.is_bound:
        said = {name: value for name, value in form.cleaned_data.items() if name in FollowUpSchedule.FIELDS}
        dates = trial_dates(FollowUpSchedule(**said), [ScheduleLine(**line) for line in lines.lines], board.today)
    else:
        dates = trial_dates(row, list(row.lines.all()), board.today) if row else []
    return {"dates": dates[:MOST_DATES], "more_dates": len(dates) - MOST_DATES, "today": board.today}


def trial_dates(schedule: FollowUpSchedule, lines: list[ScheduleLine], today: date) -> list[Due]:
    if schedule.is_none or any(line_problem(line) for line in lines):
        return []
    return days_asked(schedule, today, horizon(today), lines)


def get_schedule(request: SignedInRequest, board: int, pk: int) -> FollowUpSchedule:
    row: FollowUpSchedule = get_visible(
        FollowUpSchedule.objects.with_lines(), request.user, "text.view", pk=pk, board=board
    )
    return row


def save_schedule(
    request: SignedInRequest, board: Board, form: ScheduleForm, lines: Any, row: FollowUpSchedule | None = None
) -> bool:
    values = dict(form.cleaned_data)
    seen = values.pop("version") or 0
    checked: Any = form
    with attempt(request, checked) as outcome:
        service.save_schedule(board, values, by=request.user, lines=lines.lines, schedule=row, expected_version=seen)
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
    found = service.preview(row, by=request.user)
    if request.method == "POST" and request.POST.get(NAME) != service.mark_of(found):
        form.add_error(None, OTHERWISE)
    elif request.method == "POST" and form.is_valid():
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
        "seen": service.mark_of(found),
        "withdrawn": sum(len(one.withdrawn) for one in found), "missing": sum(len(one.missing) for one in found),
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/schedules/regenerate.html", row.board, context, status=status)

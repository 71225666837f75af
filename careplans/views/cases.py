from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import can
from careplans.forms.cases import CaseEditForm, CaseFilterForm, move_form, new_case_form
from careplans.forms.nothing_ahead import AheadForm
from careplans.forms.stale import Standing, meet_current
from careplans.forms.timeline import TimelineForm
from careplans.guards import able_on, why_closed, why_nothing_begins
from careplans.models import Case, Event, FollowUp, Patient, Plan, RecordMove, Step
from careplans.models.cases import CaseQuerySet
from careplans.readers.case_moves import Move, Way, way_on, ways_on
from careplans.readers.nothing_ahead import ahead_among
from careplans.readers.sequence import minis_of
from careplans.readers.steps.given import given_among, with_given
from careplans.readers.timeline import entries
from careplans.readers.timeline_values import people_in
from careplans.readers.told.chapters import OPENERS, fold_small, in_chapters, opens
from careplans.readers.told.since import since_of_case
from careplans.services.cases import change_case, close_case, move_case, open_case, reopen_case
from careplans.views.dated import dated
from careplans.views.patients import get_patient
from careplans.views.pictures import pictured
from common.paging import Page

OPEN_SHOWN = 8
RECENT = 5
# Runs of edits become one line, so more is read than shown.
RECENT_READ = 30
# Most that may open a chapter do; the others are moves on the way.
MOST_OPENERS = 20


@require_GET
def cases(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.view")
    form = CaseFilterForm(request.GET)
    rows = with_status(Case.objects.for_list(), form.wanted()).prefetch_related(
        Prefetch("plans", Plan.objects.for_state())
    )
    page = list_visible(rows, request.user, "patients.view", order=("-pk",), params=request.GET, board=board)
    context = {
        "page": page, "form": form, "is_filtered": bool(form.wanted()), "nav": "patients", "exported": form.exported(),
    }  # fmt: skip
    return render_page(request, "careplans/cases/list.html", board, context)


def with_status(rows: CaseQuerySet, wanted: str) -> CaseQuerySet:
    if wanted == "all":
        return rows
    return rows.filter(status=wanted) if wanted else rows.open()


def case_new(request: SignedInRequest, pk: int) -> HttpResponse:
    patient = get_patient(request, Patient.objects.all(), "cases.edit", pk)
    if request.method == "GET" and (words := why_nothing_begins(patient)):
        messages.info(request, words)
        return redirect("careplans:patient", patient.pk)
    form = new_case_form(patient.board, request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            case = open_case(patient, by=request.user, board=patient.board, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, "The case is open. Fill in the proforma; it is saved as you go.")
            return redirect("careplans:proforma", case.pk)
    context = {"form": form, "patient": patient, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/cases/new.html", patient.board, context, status=status)


@require_GET
def case(request: SignedInRequest, pk: int) -> HttpResponse:
    return case_page(request, get_case(request, pk))


def get_case(request: SignedInRequest, pk: int, action: str = "patients.view") -> Case:
    rows = Case.objects.for_detail().with_looks_of(request.user.pk)
    case: Case = get_visible(rows, request.user, action, pk=pk)
    return case


def closed(request: SignedInRequest, case: Case) -> HttpResponse | None:
    """Back to the case, with the reason, where a form is asked for that would be refused. What was sent goes on to the service:
    its refusal keeps what was typed."""
    words = why_closed(case) if request.method == "GET" else ""
    if not words:
        return None
    messages.info(request, words)
    return redirect("careplans:case", case.pk)


def case_page(
    request: SignedInRequest, case: Case, refused: forms.Form | None = None, ahead_form: AheadForm | None = None
) -> HttpResponse:
    """The page of a case; a refused move comes back open, with what was typed."""
    today = case.board.today
    plans = list(Plan.objects.filter(case=case).order_by("-number"))
    in_force = next((plan for plan in plans if plan.is_in_force), None)
    known = with_given(case.pk, in_force) if any(plan.released_at for plan in plans) else []
    steps = [step for step in known if in_force is not None and step.plan_id == in_force.pk]
    follow_ups = list(FollowUp.objects.filter(case=case).select_related("assignee").order_by("due_on", "pk"))
    shown = sorted_by_date(follow_ups, case.board)
    people = {case.responsible_id, *(item.row.assignee_id for item in (*shown["next_ones"], *shown["later_ones"]))}
    people |= {step.assignee_id for step in steps if step.assignee_id is not None}
    context = {
        "left_people": people - able_on(case.board_id, people),
        "case": case, "plans": plans, "in_force": in_force, "steps": steps, "nav": "patients",
        "working": next((plan for plan in plans if plan.is_editable), None), "today": today,
        "moves": moves_of(request, case, refused), **shown,
        **ahead_context(request, case, plans, [*steps, *follow_ups], ahead_form),
        "asked_moves": RecordMove.objects.asked().filter(case=case),
        "therapies": [t for t in case.prior_treatments.all() if t.removed_at is None],
        "given": given_among(known, in_force), "since": since_of_case(case, request.user),
        **pictures_on(request, case, plans, steps, follow_ups),
    }  # fmt: skip
    status = 200 if refused is None and ahead_form is None else 400
    return render_page(request, "careplans/cases/case.html", case.board, context, status=status)


def pictures_on(
    request: SignedInRequest, case: Case, plans: list[Plan], steps: list[Step], follow_ups: list[FollowUp]
) -> dict[str, Any]:
    """The plan in force as a picture, its steps stand in a table below it; and where there are more plans, each on one line."""
    for plan in plans:
        plan.board = case.board
    in_force = next((plan for plan in plans if plan.is_in_force), None)
    drawn = pictured(request, in_force, steps, follow_ups, with_table=False) if in_force else None
    return {"picture": drawn, "minis": minis_of(plans) if len(plans) > 1 else {}}


def ahead_context(
    request: SignedInRequest, case: Case, plans: list[Plan], rows: list[Any], refused: AheadForm | None
) -> dict[str, Any]:
    """What lies ahead of a case that is cared for, and the form that asks where nothing does."""
    was_released = any(plan.released_at for plan in plans)
    if case.status != Case.Status.IN_CARE and not (was_released and case.is_open):
        return {"ahead_form": refused}
    ahead = ahead_among(case, rows, case.board.today)
    asks = ahead.next is None and can(request.user, "followups.edit", case.board)
    blank = AheadForm(board=case.board, auto_id="id_ahead_%s") if asks else None
    return {"ahead": ahead, "ahead_form": refused or blank}


def sorted_by_date(rows: list[FollowUp], board: Board) -> dict[str, Any]:
    """Open ones by date, the next few apart from those far ahead; then the settled ones, newest first."""
    shown = [dated(row, board) for row in rows]
    open_ones = [item for item in shown if item.row.is_open]
    return {
        "next_ones": open_ones[:OPEN_SHOWN], "later_ones": open_ones[OPEN_SHOWN:],
        "settled": [item for item in reversed(shown) if not item.row.is_open],
    }  # fmt: skip


@dataclass(frozen=True)
class Offered:
    way: Way
    form: forms.Form
    is_open: bool

    @property
    def move(self) -> Move:
        return self.way.move


def moves_of(request: SignedInRequest, case: Case, refused: forms.Form | None) -> list[Offered]:
    if not can(request.user, "cases.manage", case.board):
        return []
    back = refused.data.get("to") if refused is not None else ""
    return [
        Offered(way, refused if refused is not None and way.to == back else move_form(way.move, way.to), way.to == back)
        for way in ways_on(case)
    ]


def case_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_case(request, pk, "cases.edit")
    if answer := closed(request, case):
        return answer
    form = (
        CaseEditForm(request.POST, board=case.board) if request.method == "POST" else CaseEditForm.of(case, case.board)
    )
    standing: list[Standing] = []
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        with attempt(request, form) as outcome:
            change_case(case, by=request.user, expected_version=values["version"], **values)
        if outcome.ok:
            messages.success(request, "The case is saved.")
            return redirect("careplans:case", case.pk)
        standing = meet_current(form, case) if values["version"] != case.version else []
    context = {"form": form, "case": case, "standing": standing, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/cases/edit.html", case.board, context, status=status)


@require_POST
def case_move(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_case(request, pk, "cases.manage")
    to = request.POST.get("to", "")
    way = way_on(case, to)
    if way is None:
        messages.error(request, f"The case is {case.get_status_display().lower()} by now. Look at what is possible.")
        return redirect("careplans:case", case.pk)
    form = move_form(way.move, to, request.POST)
    if form.is_valid():
        with attempt(request, form) as outcome:
            moved(case, to, form.cleaned_data, request)
        if outcome.ok:
            messages.success(request, f"The case is {case.get_status_display().lower()} now.")
            return redirect("careplans:case", case.pk)
    # Read anew: a refused move may have left its mark on the object, though not on the row.
    return case_page(request, get_case(request, pk), form)


def moved(case: Case, to: str, values: dict[str, str], request: SignedInRequest) -> None:
    if to == Case.Status.CLOSED:
        close_case(case, by=request.user, reason=values["reason"], note=values["note"])
    elif case.status == Case.Status.CLOSED:
        reopen_case(case, by=request.user, reason=values["reason"])
    else:
        move_case(case, to, by=request.user, reason=values.get("reason", ""))


@require_GET
def timeline(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that happened to a case, in chapters, newest first; `?recent` is the few lines on the case's own page. What is
    filtered is no whole chapter, and stands in one list."""
    case = get_visible(Case.objects.for_header(), request.user, "patients.view", pk=pk)
    form, is_short = TimelineForm(request.GET), "recent" in request.GET
    rows = Event.objects.filter(case=case).for_timeline()
    kinds = form.kinds()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    page = list_visible(
        rows, request.user, "patients.view", order=("-pk",), params=request.GET,
        size=RECENT_READ if is_short else 50,
    )  # fmt: skip
    context: dict[str, Any] = {"case": case, "page": page, "form": form, "nav": "patients"}
    if is_short:
        return render_page(
            request, "careplans/cases/_recent.html", case.board, context | {"entries": entries(page)[:RECENT]}
        )
    told = entries(page, people_in(page))
    with timezone.override(case.board.zone):
        context["lines"] = fold_small(told) if kinds else []
        context["pictured"] = plan_of(page) if not kinds and not page.previous_url else None
        context["parts"] = [] if kinds else in_chapters(told, opener_before(page), is_last=not page.next_url)
    return render_page(request, "careplans/cases/timeline.html", case.board, context)


def plan_of(page: Page) -> Plan | None:
    """Whose picture stands above these events: the plan in force among those they are about, or the latest."""
    plans = [event.plan for event in page if event.plan]
    return max(plans, key=lambda plan: (plan.is_in_force, plan.number), default=None)


def opener_before(page: Page) -> Event | None:
    """With what the chapter began that goes on after the page. No query on the last one, or the only one."""
    if not page.next_url:
        return None
    last = page.rows[-1]
    older = Event.objects.filter(case=last.case_id, kind__in=OPENERS, pk__lt=last.pk).select_related("plan")
    return next((event for event in older.order_by("-pk")[:MOST_OPENERS] if opens(event)), None)

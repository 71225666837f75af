"""That a patient has died or gone to another centre: asked, confirmed once, read, and taken back."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import boards_where, can
from careplans.forms.care_ends import BackForm, DeathForm, EndForm, TakeBackForm, TransferForm, people_of
from careplans.forms.people import PersonField
from careplans.guards import able_on, why_nothing_begins
from careplans.models import CareEnd, CareEnded, Patient, Plan
from careplans.readers.care_ends import done_after, what_ends
from careplans.services.care_back import bring_back_case, bring_back_follow_up, bring_back_plan
from careplans.services.care_ends import ACTIONS, correct_death, record_death, record_transfer, take_back_transfer
from careplans.services.patients import may_act
from careplans.views.patients import get_patient
from common.local_time import range_of
from common.shown import NAME, OTHERWISE, mark


@dataclass(frozen=True)
class Asked:
    kind: CareEnd.Kind
    form: type[EndForm]
    record: Callable[..., CareEnd]
    take_back: Callable[..., CareEnd]
    template: str


DEATH = Asked(CareEnd.Kind.DIED, DeathForm, record_death, correct_death, "careplans/care_ends/death.html")
TRANSFER = Asked(
    CareEnd.Kind.TRANSFERRED, TransferForm, record_transfer, take_back_transfer, "careplans/care_ends/transfer.html"
)


def death(request: SignedInRequest, pk: int) -> HttpResponse:
    return _record(request, pk, DEATH)


def transfer(request: SignedInRequest, pk: int) -> HttpResponse:
    return _record(request, pk, TRANSFER)


def _record(request: SignedInRequest, pk: int, asked: Asked) -> HttpResponse:
    """First the form, then what it would end, then it is done: one confirmation."""
    patient = get_patient(request, Patient.objects.all(), ACTIONS[asked.kind], pk)
    if request.method == "GET" and (patient.is_dead or asked is TRANSFER) and (words := why_nothing_begins(patient)):
        messages.info(request, words)
        return redirect("careplans:patient", patient.pk)
    form = asked.form(request.POST or None, initial={"version": patient.version})
    ending, seen = None, ""
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        # Why the date holds is asked together with the confirmation.
        said = mark({name: value for name, value in values.items() if name != "why"})
        typed, _, seen = request.POST.get(NAME, "").partition(".")
        if "confirmed_all" in request.POST and typed == said and seen:
            with attempt(request, form) as outcome:
                end = asked.record(
                    patient, by=request.user, expected_version=form.cleaned_data["version"], seen=seen, **values
                )
            if outcome.ok:
                messages.success(request, f"Recorded: {patient}. All care has ended, and nothing is sent any more.")
                return redirect("careplans:care_end", patient.pk, end.pk)
        elif "confirmed_all" in request.POST:
            form.add_error(None, OTHERWISE)
        ending = what_ends(patient)
        seen = f"{said}.{ending.mark}"
        _remark(form, patient, request, values)
    context = {"form": form, "patient": patient, "ending": ending, "seen": seen, "nav": "patients"}
    return render_page(request, asked.template, patient.board, context, status=400 if form.is_bound else 200)


def _remark(form: EndForm, patient: Patient, request: SignedInRequest, values: dict[str, Any]) -> None:
    """What the person's own boards have recorded as done after that day is asked about together with the confirmation."""
    day = values.get("on")
    try:
        last = range_of(values["year"], values["month"], values["day"])[1] if values.get("year") else day
    except ValueError:
        return
    late = [] if last is None else done_after(patient, last, request.user)
    if late and not values.get("why") and "why" not in form.errors:
        form.add_error("why", [*late, "Check the date. If it is right, say why; it is kept with the record."])


def care_end(request: SignedInRequest, pk: int, end: int) -> HttpResponse:
    """The record; for a second person the way to take it back; and then what it had ended, offered back."""
    patient = get_patient(request, Patient.objects.all(), "patients.view", pk)
    asked, found = _find(patient, end)
    form = TakeBackForm(request.POST) if request.method == "POST" else TakeBackForm.of(patient)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        with attempt(request, form) as outcome:
            asked.take_back(patient, by=request.user, expected_version=typed["version"], reason=typed["reason"])
        if outcome.ok:
            messages.success(
                request, "Taken back. What it had ended is offered back below; nothing comes back by itself."
            )
            return redirect("careplans:care_end", pk, end)
    return _page(request, patient, found, form)


def _find(patient: Patient, pk: int) -> tuple[Asked, CareEnd]:
    """Of the patient, or of a record that was merged into theirs."""
    of = Q(patient=patient) | Q(patient__merged_into=patient)
    found = CareEnd.objects.filter(of, pk=pk).select_related("recorded_by", "withdrawn_by").first()
    if found is None:
        raise Http404
    return (DEATH if found.kind == CareEnd.Kind.DIED else TRANSFER), found


@dataclass(frozen=True)
class Offered:
    """One thing that had ended. `form` asks what has to be asked again; none where it comes back as it was."""

    item: CareEnded
    form: forms.Form | None
    may: bool
    why_not: str = ""
    in_the_way: Plan | None = None
    """Of a plan: another one of its case that is open, since there is one at a time."""
    dates: list[CareEnded] = field(default_factory=list)
    """Of a plan: the follow-ups of its schedules, which come with it."""


def _page(
    request: SignedInRequest,
    patient: Patient,
    end: CareEnd,
    form: forms.Form,
    refused: tuple[int, forms.Form] | None = None,
) -> HttpResponse:
    rows = CareEnded.objects.for_page().filter(end=end, board__in=boards_where(request.user, "patients.view"))
    items = list(rows.select_related("board", "case__patient"))
    boards = {one.board for one in items}
    able = {board: able_on(board, {one.assignee_id for one in items if one.assignee_id}) for board in boards}
    people = {board: people_of(board) for board in boards}
    offered = partial(_offered, request, refused=refused, able=able, people=people)
    scheduled = [item for item in items if _comes_with_plan(item, items)]
    # The plan in force before its amendment: one of them comes back, and the other is not offered any more.
    plans = sorted(
        (one for one in items if one.plan_id and not one.step_id), key=lambda one: one.was not in Plan.IN_FORCE
    )
    open_now = {plan.case_id: plan for plan in Plan.objects.open().filter(case__in=[one.case_id for one in plans])}
    context = {
        "patient": patient, "end": end, "form": form, "nav": "patients",
        "may_take_back": may_act(patient, request.user, ACTIONS[CareEnd.Kind(end.kind)]),
        "is_own": end.recorded_by_id == request.user.pk,
        "late": done_after(patient, end.last_day, request.user) if end.last_day and not end.withdrawn_at else [],
        "cases": [offered(item) for item in items if not (item.plan_id or item.follow_up_id)],
        "plans": [
            replace(
                offered(one), in_the_way=open_now.get(one.case_id),
                dates=[row for row in scheduled if row.follow_up and row.follow_up.plan_id == one.plan_id],
            )
            for one in plans
        ],
        "steps": [item for item in items if item.step_id],
        "follow_ups": [offered(item) for item in items if item.follow_up_id and item not in scheduled],
    }  # fmt: skip
    status = 400 if form.is_bound or refused else 200
    return render_page(request, "careplans/care_ends/care_end.html", patient.board, context, status=status)


def _comes_with_plan(item: CareEnded, items: list[CareEnded]) -> bool:
    """A follow-up of a schedule comes back with the plan that the schedule is on."""
    row = item.follow_up
    return row is not None and bool(row.schedule_id) and any(one.plan_id == row.plan_id for one in items if one.plan_id)


def _offered(
    request: SignedInRequest,
    item: CareEnded,
    *,
    refused: tuple[int, forms.Form] | None,
    able: Mapping[Board, Collection[int]],
    people: Mapping[Board, PersonField],
) -> Offered:
    """`able` and `people`: who can act, on each board, and who is offered there."""
    action = "followups.edit" if item.follow_up_id else "plans.draft" if item.plan_id else "cases.manage"
    form: forms.Form | None = None
    if refused is not None and refused[0] == item.pk:
        form = refused[1]
    elif item.follow_up_id and item.end.withdrawn_at and not item.brought_back_at:
        form = BackForm(None, people=people[item.board], item=item, may_still=item.assignee_id in able[item.board])
    return Offered(item, form, can(request.user, action, item.board), _why_not(item))


def _why_not(item: CareEnded) -> str:
    """The case comes back first, and with it what belongs to it."""
    if item.follow_up_id or item.plan_id:
        return "" if item.case.is_open else "Reopen the case first; then it can be brought back."
    return "The case is open again." if item.case.is_open else why_nothing_begins(item.case.patient)


@require_POST
def care_back(request: SignedInRequest, pk: int, end: int, item: int) -> HttpResponse:
    """Bring back one thing that the record had ended."""
    patient = get_patient(request, Patient.objects.all(), "patients.view", pk)
    _, found = _find(patient, end)
    rows = CareEnded.objects.for_page().filter(end=found, pk=item).visible_to(request.user)
    row = rows.select_related("board", "case__patient").first()
    if row is None:
        raise Http404
    form = BackForm(request.POST, people=people_of(row.board), item=row, may_still=False) if row.follow_up_id else None
    if form is None or form.is_valid():
        with attempt(request, form) as outcome:
            back = _bring(row, request, form)
        if outcome.ok:
            messages.success(request, back)
            return redirect("careplans:care_end", pk, end)
        if form is None:
            return redirect("careplans:care_end", pk, end)
    return _page(request, patient, found, TakeBackForm.of(patient), (row.pk, form))


def _bring(row: CareEnded, request: SignedInRequest, form: forms.Form | None) -> str:
    if form is not None:
        return f"Planned again: {bring_back_follow_up(row, by=request.user, **form.cleaned_data)}."
    if row.plan_id:
        plan = bring_back_plan(row, by=request.user)
        return f"Plan {plan.number} is a draft with the steps that lay ahead. Give them dates and send it to sign-off."
    bring_back_case(row, by=request.user)
    return "The case is open again."

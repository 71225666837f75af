"""Specimens: added, corrected, taken off the list; and which one decides."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.forms.specimens import DecideForm, NewSpecimenForm, SpecimenForm, WithdrawForm
from careplans.forms.stale import meet_current
from careplans.models import Specimen
from careplans.services.specimens import add_specimen, change_specimen, let_specimen_decide, withdraw_specimen
from careplans.views.cases import closed, get_case


def specimen_new(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_case(request, pk, "cases.edit")
    if answer := closed(request, case):
        return answer
    form = NewSpecimenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            add_specimen(case, by=request.user, **form.values())
        if outcome.ok:
            messages.success(request, "The specimen is on the list.")
            return redirect(_list(case.pk))
    context = {"form": form, "case": case, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/specimens/new.html", case.board, context, status=status)


def specimen_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    specimen = get_specimen(request, pk)
    if answer := closed(request, specimen.case):
        return answer
    form = SpecimenForm(request.POST) if request.method == "POST" else SpecimenForm.of(specimen)
    standing = []
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"]
        with attempt(request, form) as outcome:
            change_specimen(specimen, by=request.user, expected_version=version, **form.values())
        if outcome.ok:
            messages.success(request, "The specimen is saved.")
            return redirect(_list(specimen.case_id))
        standing = meet_current(form, specimen) if version != specimen.version else []
    decides = specimen.case.proforma.deciding_specimen_id == specimen.pk
    context = {
        "form": form, "specimen": specimen, "case": specimen.case, "standing": standing, "decides": decides, "nav": "patients",
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/specimens/edit.html", specimen.board, context, status=status)


@require_POST
def specimen_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    specimen, form = get_specimen(request, pk), DecideForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    with attempt(request) as outcome:
        let_specimen_decide(specimen, by=request.user, expected_version=version)
    if outcome.ok:
        messages.success(request, f"{specimen} decides: grade, Ki-67 and differentiation of the case are as it says.")
    return redirect(_list(specimen.case_id))


@require_POST
def specimen_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    specimen, form = get_specimen(request, pk), WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it does not belong here.")
        return redirect(_list(specimen.case_id))
    with attempt(request) as outcome:
        told = form.cleaned_data
        withdraw_specimen(specimen, by=request.user, expected_version=told["version"], reason=told["reason"])
    if outcome.ok:
        messages.success(request, "The specimen is off the list; it stays on record.")
    return redirect(_list(specimen.case_id))


def get_specimen(request: SignedInRequest, pk: int) -> Specimen:
    specimen: Specimen = get_visible(Specimen.objects.standing().for_page(), request.user, "cases.edit", pk=pk)
    return specimen


def _list(case: int) -> str:
    return reverse("careplans:proforma", args=[case]) + "#part-specimens"

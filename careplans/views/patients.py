from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.access import get_board, get_visible, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from careplans.forms.patients import PatientEditForm, PatientFilterForm, PatientForm
from careplans.forms.stale import Standing, meet_current
from careplans.models import Case, Patient, Plan, Step
from careplans.models.patients import PatientQuerySet
from careplans.services.patients import add_patient, change_patient, possible_duplicates


@require_GET
def patients(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.view")
    form = PatientFilterForm(request.GET)
    rows = filtered(Patient.objects.for_list().prefetch_related("cases__plans"), form)
    page = list_visible(
        rows, request.user, "patients.view", order=("family_key", "pk"), params=request.GET, board=board
    )
    context = {"page": page, "form": form, "is_filtered": any(form.cleaned().values()), "nav": "patients"}
    return render_page(request, "careplans/patients/list.html", board, context)


def filtered(rows: PatientQuerySet, form: PatientFilterForm) -> PatientQuerySet:
    wanted = form.cleaned()
    rows = rows.search(wanted["q"])
    if wanted["status"]:
        rows = rows.filter(Exists(Case.objects.filter(patient=OuterRef("pk"), status=wanted["status"])))
    if wanted["plan"]:
        in_force = Exists(Plan.objects.in_force().filter(case__patient=OuterRef("pk")))
        rows = rows.filter(in_force if wanted["plan"] == "yes" else ~in_force)
    if wanted["kind"]:
        rows = rows.filter(is_synthetic=wanted["kind"] == "synthetic")
    return rows


def patient_new(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.edit")
    form = PatientForm(request.POST or None, initial=looked_for(request.GET))
    twins: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        twins = [] if "confirmed" in request.POST else duplicates(board, form.cleaned_data)
        if not twins:
            with attempt(request, form) as outcome:
                patient = add_patient(board, by=request.user, is_synthetic=settings.DEMO, **form.cleaned_data)
            if outcome.ok:
                messages.success(request, f"{patient} is added. Open the first case.")
                return redirect("careplans:patient", patient.pk)
    context = {"form": form, "twins": twins, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/patients/new.html", board, context, status=status)


def looked_for(params: QueryDict) -> dict[str, str]:
    """What was searched for in vain need not be typed again."""
    text = params.get("q", "").strip()
    if not text:
        return {}
    if any(character.isdigit() for character in text):
        return {"record_number": text}
    family, _, given = text.partition(" ")
    return {"family_name": family.strip(","), "given_name": given}


def duplicates(board: Board, values: dict[str, Any]) -> list[Patient]:
    names = ("family_name", "given_name", "birth_date", "record_number")
    return possible_duplicates(board, **{name: values[name] for name in names})


@require_GET
def patient(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Patient.objects.for_detail().prefetch_related("cases__responsible")
    patient = get_visible(rows, request.user, "patients.view", pk=pk)
    failed = Step.objects.for_work_list().gate_failed().filter(case__patient=patient).order_by("due_on", "pk")
    context = {"patient": patient, "failed_gates": failed, "nav": "patients"}
    return render_page(request, "careplans/patients/patient.html", patient.board, context)


def patient_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    patient = get_visible(Patient.objects.all(), request.user, "patients.edit", pk=pk)
    form = PatientEditForm(request.POST) if request.method == "POST" else PatientEditForm.of(patient)
    standing: list[Standing] = []
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        with attempt(request, form) as outcome:
            change_patient(patient, by=request.user, expected_version=values.pop("version"), **values)
        if outcome.ok:
            messages.success(request, "The patient's details are saved.")
            return redirect("careplans:patient", patient.pk)
        standing = meet_current(form, patient) if values_are_stale(form, patient) else []
    context = {"form": form, "patient": patient, "standing": standing, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/patients/edit.html", patient.board, context, status=status)


def values_are_stale(form: PatientEditForm, patient: Patient) -> bool:
    return bool(form.cleaned_data["version"] != patient.version)

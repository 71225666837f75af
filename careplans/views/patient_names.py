from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.forms.patient_names import PatientNameForm, TakeOffForm
from careplans.models import Patient
from careplans.services.patient_names import add_name, remove_name
from careplans.views.patients import get_patient


def patient_names(request: SignedInRequest, pk: int) -> HttpResponse:
    """The former names and aliases of a patient, and one more."""
    patient = get_patient(request, Patient.objects.with_names(), "patients.edit", pk)
    form = PatientNameForm(request.POST or None, initial={"version": patient.version})
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        with attempt(request, form) as outcome:
            add_name(patient, by=request.user, expected_version=values.pop("version"), **values)
        if outcome.ok:
            messages.success(request, "The name is kept: the patient is found by it, too.")
            return redirect("careplans:patient_names", pk)
        patient = get_patient(request, Patient.objects.with_names(), "patients.edit", pk)
    context = {"form": form, "patient": patient, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/patients/names.html", patient.board, context, status=status)


@require_POST
def patient_name_off(request: SignedInRequest, pk: int) -> HttpResponse:
    patient = get_patient(request, Patient.objects.all(), "patients.edit", pk)
    form = TakeOffForm(request.POST)
    if form.is_valid():
        values = {"expected_version": form.cleaned_data["version"], "name": form.cleaned_data["name"]}
        with attempt(request) as outcome:
            remove_name(patient, by=request.user, **values)
        if outcome.ok:
            messages.success(request, "The name is taken off: the patient is found by it no more.")
    else:
        messages.error(request, "Nothing is taken off: open the page again, and choose the name there.")
    return redirect("careplans:patient_names", pk)

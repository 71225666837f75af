from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.forms.letting_go import LetGoForm
from careplans.models import Patient
from careplans.services.letting_go import let_go_of_patient, why_not_let_go
from careplans.views.patients import get_patient


def let_go(request: SignedInRequest, pk: int) -> HttpResponse:
    """The way back from taking a patient on by mistake."""
    patient = get_patient(request, Patient.objects.all(), "patients.edit", pk)
    board = patient.board
    form = LetGoForm(request.POST or None, initial={"version": patient.version})
    if form.is_bound and form.is_valid():
        values = {"expected_version": form.cleaned_data["version"], "reason": form.cleaned_data["reason"]}
        with attempt(request, form) as outcome:
            let_go_of_patient(patient, by=request.user, board=board.pk, **values)
        if outcome.ok:
            messages.success(request, f"{board.name} does not see the patient any more.")
            return redirect("careplans:patients", board.pk)
    why_not = why_not_let_go(patient, board.pk, board.name)
    context = {"form": form, "patient": patient, "why_not": why_not, "nav": "patients"}
    return render_page(request, "careplans/patients/let_go.html", board, context, status=400 if form.is_bound else 200)

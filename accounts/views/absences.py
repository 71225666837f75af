from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import get_own
from accounts.forms.absences import AbsenceForm
from accounts.http import SignedInRequest
from accounts.models import Absence
from accounts.pages import attempt
from accounts.permissions import memberships_of, require
from accounts.services.absences import end_absence, plan_absence, today_on


def absences(request: SignedInRequest) -> HttpResponse:
    """One's own absences, and a form for a further one."""
    form = AbsenceForm(request.POST or None, person=request.user)
    if form.is_valid():
        with attempt(request, form) as outcome:
            planned = plan_absence(request.user, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"Saved: {planned}. {planned.deputy.name} stands in.")
            return redirect("accounts:absences")
    rows = Absence.objects.filter(person=request.user).for_settings(
        today_on(m.board for m in memberships_of(request.user))
    )
    context = {"nav": "settings", "form": form, "rows": rows}
    return render(request, "accounts/absences/list.html", context, status=400 if request.method == "POST" else 200)


@require_POST
def absence_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own; anybody else's does not exist here."""
    end_absence(get_own(Absence.objects.filter(person=request.user), request.user, pk), by=request.user)
    messages.success(request, "You are not away any more; your reminders come to you alone.")
    return redirect("accounts:absences")


@require_POST
def person_absence_end(request: SignedInRequest, pk: int, absence: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(Absence.objects.select_related("person"), pk=absence, person=pk)
    end_absence(row, by=request.user)
    messages.success(request, f"{row.person.name} is not away any more.")
    return redirect("accounts:person", pk)

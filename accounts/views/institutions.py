from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.forms.institutions import InstitutionForm, SystemForm
from accounts.forms.projects import InstitutionAnalystForm
from accounts.http import SignedInRequest
from accounts.models import IdentifierSystem, Institution, InstitutionAnalyst
from accounts.pages import attempt
from accounts.permissions import require
from accounts.services.institution_analysts import end_analyst_of, make_analyst_of
from accounts.services.institutions import make_institution, rename_institution, save_system
from common.paging import key_page


def institutions(request: SignedInRequest) -> HttpResponse:
    """All of them, and a new one."""
    require(request.user, "people.manage")
    form = InstitutionForm(request.POST or None)
    if form.is_valid():
        with attempt(request, form) as outcome:
            made = make_institution(form.cleaned_data["name"], by=request.user)
        if outcome.ok:
            messages.success(request, f"{made.name} was added. Its boards share its patients.")
            return redirect("accounts:institution", made.pk)
    page = key_page(Institution.objects.for_list(), order=("name", "pk"), params=request.GET)
    context = {"nav": "people", "form": form, "page": page}
    return render(request, "accounts/institutions/list.html", context, status=400 if form.errors else 200)


def institution(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its name, its boards, and the systems by which it names patients."""
    require(request.user, "people.manage")
    shown = get_object_or_404(Institution, pk=pk)
    form = InstitutionForm(request.POST or None, instance=copy(shown), initial={"version": shown.version})
    if form.is_valid():
        with attempt(request, form) as outcome:
            version = form.cleaned_data["version"] or 0
            rename_institution(shown, by=request.user, expected_version=version, name=form.cleaned_data["name"])
        if outcome.ok:
            messages.success(request, "The name was saved.")
            return redirect("accounts:institution", pk)
    return _page(request, shown, form, InstitutionAnalystForm(prefix="new"))


@require_POST
def analyst_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """An analyst of all its boards."""
    require(request.user, "people.manage")
    shown = get_object_or_404(Institution, pk=pk)
    added = InstitutionAnalystForm(request.POST, prefix="new")
    if added.is_valid():
        with attempt(request, added) as outcome:
            row = make_analyst_of(shown, by=request.user, **added.cleaned_data)
        if outcome.ok:
            messages.success(request, f"{row.user.name} is an analyst of all boards of {shown.name}.")
            return redirect("accounts:institution", pk)
    return _page(request, shown, InstitutionForm(instance=copy(shown), initial={"version": shown.version}), added)


@require_POST
def analyst_end(request: SignedInRequest, pk: int, analyst: int) -> HttpResponse:
    require(request.user, "people.manage")
    rows = InstitutionAnalyst.objects.select_related("user", "institution")
    row = get_object_or_404(rows, pk=analyst, institution=pk)
    with attempt(request) as outcome:
        end_analyst_of(row, by=request.user)
    if outcome.ok:
        messages.success(request, f"{row.user.name} is no analyst of {row.institution.name} any more.")
    return redirect("accounts:institution", pk)


def _page(
    request: SignedInRequest, shown: Institution, form: InstitutionForm, added: InstitutionAnalystForm
) -> HttpResponse:
    context = {
        "nav": "people", "form": form, "added": added, "shown": shown, "systems": shown.systems.all(),
        "of": shown.boards.all(), "analysts": shown.analysts.filter(ended_at=None).select_related("user"),
    }  # fmt: skip
    wrong = form.errors or added.errors
    return render(request, "accounts/institutions/institution.html", context, status=400 if wrong else 200)


def system_new(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    return _edit_system(request, get_object_or_404(Institution, pk=pk), None)


def system(request: SignedInRequest, pk: int, system: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(IdentifierSystem.objects.select_related("institution"), pk=system, institution=pk)
    return _edit_system(request, row.institution, row)


def _edit_system(request: SignedInRequest, shown: Institution, row: IdentifierSystem | None) -> HttpResponse:
    form = SystemForm(request.POST or None, instance=copy(row) if row else None)
    if form.is_valid():
        with attempt(request, form) as outcome:
            save_system(shown, row, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"“{form.cleaned_data['name']}” was saved.")
            return redirect("accounts:institution", shown.pk)
    context = {"nav": "people", "form": form, "shown": shown, "row": row}
    return render(request, "accounts/institutions/system.html", context, status=400 if form.errors else 200)

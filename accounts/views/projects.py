"""Reporting projects of a board, for its coordinators and chairs; and of an institution, for administrators."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import get_board
from accounts.forms.projects import AnalystsForm, ProjectForm
from accounts.http import SignedInRequest
from accounts.models import Board, Institution, ReportingProject
from accounts.pages import attempt
from accounts.permissions import require
from accounts.services import projects as services
from common.figures import read_key
from common.paging import key_page

Owner = Board | Institution


def projects(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """Those that are open, and those that are over."""
    of = _owner(request, pk, kind)
    rows = ReportingProject.objects.filter(**{kind: of})
    over = ReportingProject.objects.none()
    if isinstance(of, Board) and of.institution_id:
        over = ReportingProject.objects.filter(institution=of.institution_id, closed_at=None).for_list()
    page = key_page(rows.for_list().order_by(), order=("name", "pk"), params=request.GET)
    return render(request, "accounts/projects/list.html", _frame(of, kind) | {"page": page, "over": over})


def project_new(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    of = _owner(request, pk, kind)
    form = ProjectForm(request.POST or None, instance=ReportingProject())
    if form.is_valid():
        with attempt(request, form) as outcome:
            made = services.open_project(of, by=request.user, fields=form.values)
        if outcome.ok:
            messages.success(request, f"“{made.name}” was opened. Say next who reads in it.")
            return redirect(_name(kind, "project"), pk, made.pk)
    context = _frame(of, kind) | {"form": form}
    return render(request, "accounts/projects/new.html", context, status=400 if form.errors else 200)


def project(request: SignedInRequest, pk: int, project: int, kind: str) -> HttpResponse:
    """Its settings, and who reads in it."""
    of = _owner(request, pk, kind)
    shown = _project(of, kind, project)
    form = ProjectForm(request.POST or None, instance=copy(shown), initial={"version": shown.version})
    if form.is_valid():
        with attempt(request, form) as outcome:
            version = form.cleaned_data["version"] or 0
            services.change_project(shown, by=request.user, expected_version=version, fields=form.values)
        if outcome.ok:
            messages.success(request, f"“{shown.name}” was saved.")
            return redirect(_name(kind, "project"), pk, project)
    return _page(request, of, kind, shown, form=form)


@require_POST
def project_analysts(request: SignedInRequest, pk: int, project: int, kind: str) -> HttpResponse:
    of = _owner(request, pk, kind)
    shown = _project(of, kind, project)
    form = AnalystsForm(request.POST, of=services.candidates(shown))
    if form.is_valid():
        with attempt(request, form) as outcome:
            services.set_analysts(
                shown, form.cleaned_data["analysts"], by=request.user, expected_version=form.cleaned_data["version"]
            )
        if outcome.ok:
            messages.success(request, f"Who reads in “{shown.name}” was saved.")
            return redirect(_name(kind, "project"), pk, project)
    return _page(request, of, kind, shown, analysts=form)


@require_POST
def project_close(request: SignedInRequest, pk: int, project: int, kind: str) -> HttpResponse:
    of = _owner(request, pk, kind)
    shown = _project(of, kind, project)
    with attempt(request) as outcome:
        services.close_project(shown, by=request.user, expected_version=_version(request))
    if outcome.ok:
        messages.success(request, f"“{shown.name}” is closed: nobody reads in it any more.")
    return redirect(_name(kind, "project"), pk, project)


@require_POST
def project_renew(request: SignedInRequest, pk: int, project: int, kind: str) -> HttpResponse:
    of = _owner(request, pk, kind)
    shown = _project(of, kind, project)
    with attempt(request) as outcome:
        services.renew_pseudonyms(shown, by=request.user, expected_version=_version(request))
    if outcome.ok:
        messages.success(request, f"“{shown.name}” has new pseudonyms from now on.")
    return redirect(_name(kind, "project"), pk, project)


def _page(request: SignedInRequest, of: Owner, kind: str, shown: ReportingProject, **typed: Any) -> HttpResponse:
    reads = [row.user_id for row in shown.analysts.filter(removed_at=None)]
    form = typed.get("form") or ProjectForm(instance=copy(shown), initial={"version": shown.version})
    analysts = typed.get("analysts") or AnalystsForm(
        initial={"version": shown.version, "analysts": reads}, of=services.candidates(shown)
    )
    past = shown.analysts.exclude(removed_at=None).select_related("user")
    now = shown.analysts.filter(removed_at=None).select_related("user")
    context = _frame(of, kind) | {"shown": shown, "form": form, "analysts": analysts, "now": now, "past": past}
    wrong = form.errors or analysts.errors
    return render(request, "accounts/projects/project.html", context, status=400 if wrong else 200)


def _owner(request: SignedInRequest, pk: int, kind: str) -> Owner:
    if kind == "board":
        return get_board(request.user, pk, "projects.manage")
    require(request.user, "people.manage")
    return get_object_or_404(Institution, pk=pk)


def _project(of: Owner, kind: str, pk: int) -> ReportingProject:
    found = ReportingProject.objects.select_related("board", "institution").filter(**{kind: of}, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _version(request: SignedInRequest) -> int:
    return read_key(request.POST.get("version", "")) or 0


def _name(kind: str, page: str) -> str:
    return f"accounts:{page}" if kind == "board" else f"accounts:institution_{page}"


def _frame(of: Owner, kind: str) -> dict[str, Any]:
    """What the pages of both have in common; the addresses by their names."""
    pages = ("projects", "project_new", "project", "project_analysts", "project_close", "project_renew")
    return {
        "nav": "board" if kind == "board" else "people",
        "of": of,
        "kind": kind,
        "at": {p: _name(kind, p) for p in pages},
    }

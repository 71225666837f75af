from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.forms.systems import SecretForm, SystemBoardForm, SystemForm
from accounts.http import SignedInRequest
from accounts.models import Membership, System, SystemSecret
from accounts.pages import attempt
from accounts.permissions import require
from accounts.services import systems as services
from accounts.services.system_secrets import end_secret, make_secret
from accounts.services.systems import WORDS
from common.paging import key_page


def api_systems(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    page = key_page(System.objects.for_list(), order=("name", "pk"), params=request.GET)
    return render(request, "accounts/systems/list.html", {"nav": "people", "page": page})


def api_system_new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    form = SystemForm(request.POST or None)
    if form.is_valid():
        with attempt(request, form) as outcome:
            made = services.register_system(by=request.user, **_told(form))
        if outcome.ok:
            messages.success(request, f"{made.name} is registered. Give it boards, then a secret.")
            return redirect("accounts:api_system", made.pk)
    context = {"nav": "people", "form": form}
    return render(request, "accounts/systems/new.html", context, status=400 if form.errors else 200)


def api_system(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    system = _system(pk)
    form = SystemForm.of(system, request.POST or None)
    if form.is_valid():
        with attempt(request, form) as outcome:
            version = form.cleaned_data["version"] or 0
            services.change_system(system, by=request.user, expected_version=version, **_told(form))
        if outcome.ok:
            messages.success(request, f"Saved: {system.name}.")
            return redirect("accounts:api_system", pk)
    return _page(request, system, form=form)


@require_POST
def api_system_board(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    system = _system(pk)
    form = SystemBoardForm(request.POST, prefix="on")
    if form.is_valid():
        with attempt(request, form) as outcome:
            board = form.cleaned_data["board"]
            services.add_board(system, board, role=form.cleaned_data["role"], by=request.user)
        if outcome.ok:
            messages.success(request, f"{system.name} reads {board.name}.")
            return redirect("accounts:api_system", pk)
    return _page(request, system, join=form)


@require_POST
def api_system_board_end(request: SignedInRequest, pk: int, membership: int) -> HttpResponse:
    require(request.user, "people.manage")
    system = _system(pk)
    row = get_object_or_404(Membership.objects.select_related("board", "user"), pk=membership, user=system.user)
    with attempt(request) as outcome:
        services.end_board(system, row, by=request.user)
    if outcome.ok:
        messages.success(request, f"{system.name} reads {row.board.name} no more.")
    return redirect("accounts:api_system", pk)


@require_POST
def api_system_secret(request: SignedInRequest, pk: int) -> HttpResponse:
    """The new secret is on the page that answers, this once."""
    require(request.user, "people.manage")
    system = _system(pk)
    form = SecretForm(request.POST, prefix="secret")
    if form.is_valid():
        with attempt(request, form) as outcome:
            made, text = make_secret(system, by=request.user, **form.cleaned_data)
        if outcome.ok:
            context = {"nav": "people", "system": system, "made": made, "secret": text}
            return render(request, "accounts/systems/made.html", context)
    return _page(request, system, secret=form)


@require_POST
def api_system_secret_end(request: SignedInRequest, pk: int, secret: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(SystemSecret.objects.select_related("system"), pk=secret, system=pk)
    end_secret(row, by=request.user)
    messages.success(request, "The secret is good no more, nor is any token that was fetched until now.")
    return redirect("accounts:api_system", pk)


@require_POST
def api_system_suspend(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    system = _system(pk)
    services.suspend_system(system, by=request.user)
    messages.success(request, f"{system.name} reads nothing until you let it in again.")
    return redirect("accounts:api_system", pk)


@require_POST
def api_system_resume(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    system = _system(pk)
    services.resume_system(system, by=request.user)
    messages.success(request, f"{system.name} may fetch tokens again.")
    return redirect("accounts:api_system", pk)


def _system(pk: int) -> System:
    system: System = get_object_or_404(System.objects.for_list(), pk=pk)
    return system


def _told(form: SystemForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in (*WORDS, "scopes")}


def _page(
    request: SignedInRequest, system: System, *, form: SystemForm | None = None, join: SystemBoardForm | None = None,
    secret: SecretForm | None = None,
) -> HttpResponse:  # fmt: skip
    refused = next((bound for bound in (form, join, secret) if bound is not None and bound.errors), None)
    context = {
        "nav": "people", "system": system, "form": form or SystemForm.of(system),
        "join": join or SystemBoardForm(prefix="on"), "secret": secret or SecretForm(prefix="secret"), "refused": refused,
    }  # fmt: skip
    return render(request, "accounts/systems/system.html", context, status=400 if refused else 200)

"""Ending a membership, changing a role and deactivating an account: with who takes over what was theirs.

The addresses are those of the administration of people; the accounts link to them without knowing what is asked here.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.forms.memberships import ChangeMembershipForm
from accounts.http import SignedInRequest
from accounts.models import Board, Membership, Role, User
from accounts.pages import attempt
from accounts.permissions import can, require
from accounts.services.api_tokens import count_keys
from accounts.views.people import person_page
from careplans.forms.leaving import SuccessorsForm
from careplans.readers.holdings import BoardWork, work_of
from careplans.services import leaving


def membership_end(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(Membership.objects.select_related("user", "board"), pk=pk)
    work, form = ask(request, row.user, [row.board] if row.ended_at is None else [])
    if is_decided(request, form):
        with attempt(request, form if form.fields else None) as outcome:
            leaving.end_membership(row, by=request.user, successors=form.successors.get(row.board_id))
        if outcome.ok:
            messages.success(request, f"{row.user.name} is no longer on {row.board.name}.")
        if outcome.ok or not form.fields:
            return redirect("accounts:person", row.user_id)
    told = {"question": f"End the membership on {row.board.name}", "action": "Hand over and end the membership"}
    return leaving_page(request, row.user, work, form, told)


@require_POST
def membership_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new role or discipline; successors are asked for where the new role only reads."""
    require(request.user, "people.manage")
    row = get_object_or_404(Membership.objects.current().select_related("user", "board"), pk=pk)
    change = ChangeMembershipForm.of(row, request.POST)
    if not change.is_valid():
        return person_page(request, row.user, change=change)
    typed = change.cleaned_data
    asked = [row.board] if leaving.takes_work_away(row, role=typed["role"]) else []
    work, form = ask(request, row.user, asked)
    if is_decided(request, form):
        with attempt(request, form if form.fields else change) as outcome:
            leaving.change_membership(
                row, seen=(typed["seen_role"], typed["seen_discipline"]), role=typed["role"],
                discipline=typed["discipline"], by=request.user, successors=form.successors.get(row.board_id),
            )  # fmt: skip
        if outcome.ok:
            messages.success(request, f"{row.user.name} on {row.board.name}: {row.title}.")
            return redirect("accounts:person", row.user_id)
        if not form.fields:
            return person_page(request, row.user, change=change)
    role = Role(typed["role"]).label.lower()
    told = {"question": f"Change the role on {row.board.name} to {role}", "action": "Hand over and change the role"}
    return leaving_page(request, row.user, work, form, told | {"carried": list(change)})


def person_deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    user = get_object_or_404(User, pk=pk)
    work, form = ask(request, user, leaving.boards_of(user) if user.is_active else [])
    if is_decided(request, form):
        with attempt(request, form if form.fields else None) as outcome:
            leaving.deactivate_person(user, by=request.user, successors=form.successors)
        if outcome.ok:
            messages.success(request, f"{user.name} may no longer sign in.")
        if outcome.ok or not form.fields:
            return redirect("accounts:person", pk)
    told = {"question": "Deactivate the account", "action": "Hand over and deactivate", "ends": count_keys(user)}
    return leaving_page(request, user, work, form, told)


def ask(request: SignedInRequest, person: User, boards: list[Board]) -> tuple[list[BoardWork], SuccessorsForm]:
    """What they have, and the question who takes it over; answered where the page with the question was sent."""
    work = work_of(person, boards) if boards else []
    answered = request.method == "POST" and "asked" in request.POST
    return work, SuccessorsForm(request.POST if answered else None, work=work)


def is_decided(request: SignedInRequest, form: SuccessorsForm) -> bool:
    """With nothing to hand over one click does it; else everything has its successor."""
    return request.method == "POST" and (not form.fields or form.is_valid())


def leaving_page(
    request: SignedInRequest, person: User, work: list[BoardWork], form: SuccessorsForm, told: dict[str, Any]
) -> HttpResponse:
    """In numbers: an administrator sees no patient by this. Whoever coordinates the board may look at what it is."""
    readable = [one.board.pk for one in work if can(request.user, "work.hand_over", one.board)]
    context = {"nav": "people", "person": person, "work": work, "form": form, "readable": readable, **told}
    return render(request, "careplans/leaving/leaving.html", context, status=400 if form.is_bound else 200)

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.forms.memberships import ChangeMembershipForm, JoinForm
from accounts.http import SignedInRequest
from accounts.models import Membership, User
from accounts.pages import attempt
from accounts.permissions import require
from accounts.services import memberships as services
from accounts.views.people import person_page


@require_POST
def membership_add(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    user = get_object_or_404(User, pk=pk)
    form = JoinForm(request.POST, prefix="new")
    if form.is_valid():
        with attempt(request, form) as outcome:
            membership = services.add_membership(user, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"{user.name} is now on {membership.board.name}.")
            return redirect("accounts:person", user.pk)
    return person_page(request, user, join=form)


@require_POST
def membership_change(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(Membership.objects.current().select_related("user", "board"), pk=pk)
    form = ChangeMembershipForm.of(row, request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        wanted = {"role": typed["role"], "discipline": typed["discipline"]}
        seen = (typed["seen_role"], typed["seen_discipline"])
        with attempt(request, form) as outcome:
            services.change_membership(row, seen=seen, by=request.user, **wanted)
        if outcome.ok:
            messages.success(request, f"{row.user.name} on {row.board.name}: {row.title}.")
            return redirect("accounts:person", row.user_id)
    return person_page(request, row.user, change=form)


@require_POST
def membership_end(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    row = get_object_or_404(Membership.objects.select_related("user", "board"), pk=pk)
    services.end_membership(row, by=request.user)
    messages.success(request, f"{row.user.name} is no longer on {row.board.name}.")
    return redirect("accounts:person", row.user_id)

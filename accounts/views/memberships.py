from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.forms.memberships import JoinForm
from accounts.http import SignedInRequest
from accounts.models import User
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

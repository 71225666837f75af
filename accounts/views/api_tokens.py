from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import get_own
from accounts.addresses import address_of
from accounts.forms.api_tokens import ApiTokenForm
from accounts.http import SignedInRequest
from accounts.models import ApiToken, Membership, User
from accounts.pages import attempt
from accounts.permissions import memberships_of, require
from accounts.services.api_tokens import end_token, end_tokens, issue_token, tokens_of


@sensitive_post_parameters("present_password")
def api_tokens(request: SignedInRequest) -> HttpResponse:
    """A person's own, and a new one: its secret is on the page that answers the form, this once."""
    form = ApiTokenForm(request.user, request.POST or None, address=address_of(request))
    if form.is_valid():
        with attempt(request, form) as outcome:
            said, text = issue_token(request.user, **form.limits())
        if outcome.ok:
            context = {"nav": "settings", "said": named([said], memberships_of(request.user))[0], "secret": text}
            return render(request, "accounts/api_tokens/made.html", context)
    tokens = named(tokens_of(request.user), memberships_of(request.user))
    context = {"nav": "settings", "form": form, "tokens": tokens, "api_docs": settings.API_DOCS_URL}
    return render(request, "accounts/api_tokens/list.html", context, status=400 if form.errors else 200)


@require_POST
def api_token_end(request: SignedInRequest, pk: int) -> HttpResponse:
    said = get_own(tokens_of(request.user), request.user, pk)
    end_token(said, by=request.user)
    messages.success(request, f"“{said.name}” opens nothing any more.")
    return redirect("accounts:api_tokens")


@require_POST
def api_tokens_end(request: SignedInRequest) -> HttpResponse:
    count = end_tokens(request.user, by=request.user)
    messages.success(request, f"Tokens revoked: {count}. No program works in your name any more.")
    return redirect("accounts:api_tokens")


@require_POST
def person_tokens_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """By an administrator."""
    require(request.user, "people.manage")
    person = get_object_or_404(User, pk=pk, is_system=False)
    count = end_tokens(person, by=request.user)
    messages.success(request, f"Tokens revoked: {count}. No program works in the name of {person.name} any more.")
    return redirect("accounts:person", pk)


@require_POST
def person_token_end(request: SignedInRequest, pk: int, token: int) -> HttpResponse:
    require(request.user, "people.manage")
    said = get_object_or_404(tokens_of(get_object_or_404(User, pk=pk, is_system=False)), pk=token)
    end_token(said, by=request.user)
    messages.success(request, f"“{said.name}” of {said.token.user.name} opens nothing any more.")
    return redirect("accounts:person", pk)


def named(tokens: Iterable[ApiToken], memberships: Iterable[Membership]) -> list[ApiToken]:
    """Each with `on`, the names of its boards; None where it is on all of its person's. `memberships`: those of its person."""
    names = {one.board_id: one.board.name for one in memberships}
    found = list(tokens)
    for said in found:
        on = None if said.boards is None else [names.get(pk, "a board left since") for pk in said.boards]
        said.__dict__["on"] = on
    return found

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.forms.email_addresses import CorrectAddressForm
from accounts.forms.memberships import ChangeMembershipForm, JoinForm
from accounts.forms.people import InviteForm, PeopleSearchForm, PersonForm
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.pages import attempt
from accounts.permissions import require
from accounts.services import people as services
from accounts.services.absences import today_on
from accounts.services.api_tokens import tokens_of
from accounts.services.email_addresses import correct_address
from accounts.services.mails import send_invitation
from accounts.views.api_tokens import named
from common.paging import key_page
from common.searches import asked


def people(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    asking = asked(request, PeopleSearchForm)
    if asking.address:
        return redirect(asking.address)
    form = asking.form
    words = form.cleaned_data["q"] if form.is_valid() else ""
    page = key_page(User.objects.for_list(words), order=("name", "pk"), params=request.GET)
    context = {"nav": "people", "form": form, "page": page, "words": words}
    return render(request, "accounts/people/list.html", context, status=asking.status)


def invite(request: SignedInRequest) -> HttpResponse:
    require(request.user, "people.manage")
    form = InviteForm(request.POST or None)
    if form.is_valid():
        typed = form.cleaned_data
        fields = {name: typed[name] for name in ("email", "name", "board", "role", "discipline")}
        flags = {flag: typed[flag] for flag in services.FLAGS}
        with attempt(request, form) as outcome:
            user = services.invite_person(by=request.user, flags=flags, **fields)
        if outcome.ok:
            _mail(request, user)
            return redirect("accounts:person", user.pk)
    return render(request, "accounts/people/invite.html", {"nav": "people", "form": form})


@require_POST
def invite_again(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    user = get_object_or_404(User, pk=pk, is_system=False)
    with attempt(request) as outcome:
        services.renew_invitation(user, by=request.user)
    if outcome.ok:
        _mail(request, user)
    return redirect("accounts:person", pk)


def person(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    shown = get_object_or_404(User, pk=pk)
    if shown.is_system:
        return redirect("accounts:api_system", shown.system.pk)
    form = PersonForm(request.POST or None, instance=copy(shown))
    if form.is_valid():
        typed = dict(form.cleaned_data)
        with attempt(request, form) as outcome:
            services.change_person(shown, by=request.user, seen=typed.pop("seen"), wanted=typed)
        if outcome.ok:
            messages.success(request, f"Saved: {shown.name}.")
            return redirect("accounts:person", pk)
    return person_page(request, shown, form=form)


@require_POST
def person_email(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    user = get_object_or_404(User, pk=pk, is_system=False)
    form = CorrectAddressForm(request.POST, prefix="address")
    if form.is_valid():
        with attempt(request, form) as outcome:
            correct_address(copy(user), form.cleaned_data["email"], seen=form.cleaned_data["seen"], by=request.user)
        user.refresh_from_db()
        if outcome.ok:
            _mail(request, user)
            return redirect("accounts:person", pk)
    return person_page(request, user, correct=form)


@require_POST
def person_activate(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "people.manage")
    user = get_object_or_404(User, pk=pk, is_system=False)
    services.activate_person(user, by=request.user)
    messages.success(request, f"{user.name} may sign in again.")
    return redirect("accounts:person", pk)


def person_page(
    request: SignedInRequest, user: User, *, form: PersonForm | None = None, join: JoinForm | None = None,
    change: ChangeMembershipForm | None = None, correct: CorrectAddressForm | None = None,
) -> HttpResponse:  # fmt: skip
    """The page of one person with its small forms; a form that was refused is passed in and shown as typed."""
    rows = list(user.memberships.for_person())
    current = [(row, ChangeMembershipForm.of(row)) for row in rows if row.ended_at is None]
    if change is not None:
        current = [(row, change if change.prefix == blank.prefix else blank) for row, blank in current]
    context = {
        "nav": "people",
        "person": user,
        "form": form or PersonForm(instance=copy(user)),
        "current": current,
        "past": [row for row in rows if row.ended_at is not None],
        "absences": user.absences.for_settings(today_on(row.board for row, _ in current)),
        "tokens": named(tokens_of(user), [row for row, _ in current]),
        "join": join or JoinForm(prefix="new"),
        "correct": correct or CorrectAddressForm(prefix="address", initial={"seen": user.email}),
        "refused": next((bound for bound in (form, join, change, correct) if bound is not None and bound.errors), None),
    }
    return render(request, "accounts/people/person.html", context)


def _mail(request: SignedInRequest, user: User) -> None:
    if send_invitation(user, by=request.user):
        messages.success(request, f"The invitation for {user.name} was sent to {user.email}.")
    else:
        cause = "The mail server was not reached, or it refused the address: the log says which."
        messages.error(request, f"The mail to {user.email} was not sent. {cause} Then send it again.")

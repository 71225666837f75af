from copy import copy

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import address_of
from accounts.forms.email_addresses import NewAddressForm
from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.services import email_addresses as services
from accounts.services.limits import TooMany


@sensitive_post_parameters("present_password")
def email_change(request: SignedInRequest) -> HttpResponse:
    form = NewAddressForm(request.user, request.POST or None, address=address_of(request))
    wait = 0
    if form.is_valid():
        try:
            with attempt(request, form) as outcome:
                services.ask_for_address(copy(request.user), form.cleaned_data["email"], by=request.user)
            if outcome.ok:
                return redirect("accounts:email_change")
        except TooMany as full:
            wait = full.seconds
            form.add_error(
                None, f"Links were asked for several times. Look in the mail; or wait {full.minutes} minutes."
            )
    page = {"nav": "settings", "form": form}
    response = render(request, "accounts/email_addresses/change.html", page, status=429 if wait else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@require_POST
def email_withdraw(request: SignedInRequest) -> HttpResponse:
    services.withdraw_address(request.user, by=request.user)
    messages.success(request, "Your e-mail address stays as it is. The link that was mailed works no more.")
    return redirect("accounts:settings")


@require_http_methods(["GET", "POST"])
def email_confirm(request: SignedInRequest, uidb64: str, token: str) -> HttpResponse:
    """The link from the mail: of whoever is signed in, or of somebody else, who has to open it."""
    if uidb64 != urlsafe_base64_encode(force_bytes(request.user.pk)):
        return _confirm_page(request, state="other", status=403)
    if request.method == "GET":
        is_good = services.is_address_link(request.user, token)
        return _confirm_page(request, state="good" if is_good else "dead")
    try:
        services.confirm_address(request.user, token, by=request.user)
    except ValidationError as refusal:
        return _confirm_page(request, state="dead", refusal=refusal.messages[0], status=409)
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    messages.success(request, f"You sign in with {request.user.email} from now on, and your e-mails go there.")
    return redirect("accounts:settings")


def _confirm_page(request: SignedInRequest, *, state: str, refusal: str = "", status: int = 200) -> HttpResponse:
    page = {"nav": "settings", "state": state, "refusal": refusal or services.DEAD}
    return render(request, "accounts/email_addresses/confirm.html", page, status=status)

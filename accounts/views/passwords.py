from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts.addresses import address_of
from accounts.devices import remember_device
from accounts.forms.passwords import ChangePasswordForm, NewPasswordForm, PasswordLinkForm
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.services import passwords
from accounts.services.limits import TooMany
from accounts.services.mail_queue import ask_for_password_link
from accounts.services.signin import record_sign_in
from accounts.tokens import invitation_tokens, reset_tokens


@sensitive_post_parameters()
def password_change(request: SignedInRequest) -> HttpResponse:
    form = ChangePasswordForm(request.user, request.POST or None, address=address_of(request))
    if not form.is_valid():
        return render(request, "accounts/passwords/change.html", {"nav": "settings", "form": form})
    passwords.change_password(request.user, form.cleaned_data["new_password1"], by=request.user)
    update_session_auth_hash(request, request.user)
    return redirect("accounts:password_change_done")


def password_change_done(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/passwords/changed.html", {"nav": "settings"})


@login_not_required
def password_reset(request: HttpRequest) -> HttpResponse:
    form = PasswordLinkForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/passwords/forgotten.html", {"form": form})
    try:
        ask_for_password_link(form.cleaned_data["email"], address=address_of(request))
    except TooMany as full:
        form.add_error(
            None, f"A link was asked for several times. Look in the mail, junk too; or wait {full.minutes} minutes."
        )
        context = {"form": form}
        response = render(request, "accounts/passwords/forgotten.html", context, status=429)
        response["Retry-After"] = str(full.seconds)
        return response
    return redirect("accounts:password_reset_done")


@login_not_required
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/passwords/sent.html")


class PasswordResetConfirm(PasswordResetConfirmView):
    """Django's, which moves the token out of the address before the page is shown."""

    form_class = NewPasswordForm
    template_name = "accounts/passwords/reset.html"
    token_generator = reset_tokens

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:  # type: ignore[override]  # the stub names the base form
        passwords.set_forgotten_password(cast(User, self.user), form.cleaned_data["new_password1"])
        self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        messages.success(self.request, "Your new password is set. Sign in with it.")
        response = redirect("accounts:login")
        remember_device(self.request, response, cast(User, self.user))
        return response


class Welcome(PasswordResetConfirmView):
    """The link of an invitation: sets the first password and signs in."""

    form_class = NewPasswordForm
    template_name = "accounts/passwords/welcome.html"
    token_generator = invitation_tokens

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:  # type: ignore[override]  # the stub names the base form
        user = cast(User, self.user)
        passwords.accept_invitation(user, form.cleaned_data["new_password1"])
        self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        login(self.request, user)
        record_sign_in(user, address=address_of(self.request))
        messages.success(self.request, f"Welcome, {user.name}. Your account is ready.")
        response = redirect(settings.LOGIN_REDIRECT_URL)
        remember_device(self.request, response, user)
        return response

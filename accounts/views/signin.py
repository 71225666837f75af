from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from accounts.forms.passwords import SignInForm
from accounts.models import User
from accounts.services.passwords import record_sign_in, record_sign_out


class SignIn(LoginView):
    """Django's, which is open to everybody and follows `next` only within this site."""

    authentication_form = SignInForm
    template_name = "accounts/signin/signin.html"
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]  # the stub names the base form
        response = super().form_valid(form)
        record_sign_in(form.get_user())
        return response


class SignOut(LogoutView):
    """By POST only, so that no link and no picture can sign anybody out."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if isinstance(request.user, User):
            record_sign_out(request.user)
        return super().post(request, *args, **kwargs)

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from accounts.addresses import address_of
from accounts.devices import remember_device
from accounts.forms.passwords import SignInForm
from accounts.models import User
from accounts.services.signin import record_sign_in, record_sign_out
from accounts.services.typed import newest_typed
from accounts.session_store import BEGAN, SessionStore
from accounts.views.typed import to_typed


class SignIn(LoginView):
    """Django's, which is open to everybody and follows `next` only within this site."""

    authentication_form = SignInForm
    template_name = "accounts/signin/signin.html"
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]  # the stub names the base form
        response = super().form_valid(form)
        user = form.get_user()
        record_sign_in(user, address=address_of(self.request))
        remember_device(self.request, response, user)
        return response

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]  # the stub names the base form
        response = super().form_invalid(form)
        if form.too_many:
            response.status_code = 429
            response["Retry-After"] = str(form.too_many.seconds)
        return response

    def get_success_url(self) -> str:
        """What was sent after the session had ended comes first."""
        user = self.request.user
        waits = isinstance(user, User) and newest_typed(user) is not None
        return to_typed(self.request) if waits else super().get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        minutes = settings.SESSION_IDLE_SECONDS // 60
        return context | {
            "kept": "kept" in self.request.GET,
            "ended": "ended" in self.request.GET,
            "idle_minutes": minutes,
        }


@login_not_required
@require_http_methods(["GET", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """For the script of every page: whose session it is, and the seconds that are left of it. GET is no act; POST says that the
    person is there."""
    if not isinstance(request.user, User):
        return JsonResponse({"message": "You are signed out."}, status=401)
    here = cast(SessionStore, request.session)
    if request.method == "POST":
        here.act(at_once=True)
    answer = {"person": request.user.pk, "began": int(here.get(BEGAN, 0))}
    return JsonResponse(answer | {"idle": here.idle_seconds_left, "left": here.seconds_left})


class SignOut(LogoutView):
    """By POST only, so that no link and no picture can sign anybody out."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if isinstance(request.user, User):
            record_sign_out(request.user)
        return super().post(request, *args, **kwargs)

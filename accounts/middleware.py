import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import urlencode

from accounts.carrying import KEPT_ROW, carried_by, page_of
from accounts.services.typed import keep_typed
from common.arriving import is_api
from common.errors import Conflict
from common.figures import read_key
from common.once import NAME, drawn_for
from common.writing import MEANWHILE, is_contention

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_from_script(request: HttpRequest) -> bool:
    """Asked by a script of a page: it wants an answer and no other page."""
    return "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"


def is_act(request: HttpRequest) -> bool:
    """Whether a person did this, so that it keeps them signed in: they went to a page or sent a form, or a script says that
    they have just typed or clicked (`X-Act`, static/js/session.js). What pages ask by themselves is none, whoever adds it."""
    if request.headers.get("X-Act") == "person":
        return True
    goes = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return goes and not is_from_script(request)


class ActMiddleware:
    """Writes down in the session that its person is there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and is_act(request) and SESSION_KEY in request.session:
            request.session.act()  # type: ignore[attr-defined]  # accounts.session_store
        return self.get_response(request)


def is_kept(request: HttpRequest) -> bool:
    """Keep what was sent for the person for whom its form was drawn. False where nothing was typed, or by nobody knows whom."""
    person = drawn_for(request.POST.get(NAME, "")) if request.method == "POST" else None
    if person is None or not (carried := carried_by(request)).is_worth_keeping:
        return False
    keep_typed(person, carried, instead_of=read_key(request.POST.get(KEPT_ROW, "")))
    return True


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """An address that many forms post to cannot be opened: back to the page on which it was typed."""
    next_page = page_of(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': next_page, 'kept': '1'})}")


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Django's: every page but those marked as public. Whoever comes here was signed in a moment ago, or never was.

    What somebody sends after their session has ended is kept for them.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Any:
        if is_from_script(request):
            message = "You are signed out. Sign in again in another tab, then repeat what you did."
            return JsonResponse({"message": message}, status=401)
        if is_kept(request):
            return to_sign_in(request)
        response = super().handle_no_permission(request, view_func)
        if self._has_ended(request):
            response["Location"] += "&ended=1"
        return response

    def _has_ended(self, request: HttpRequest) -> bool:
        """Came with the key of a session that is over: the store drops a key for which there is no row."""
        return settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.session_key is None


class NoStoreMiddleware:
    """Nothing a signed-in person saw may stay in a shared computer's cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response and not request.path.startswith("/static/"):
            response["Cache-Control"] = "no-store"
        return response


class BoardTimeMiddleware:
    """Shows times as the board lives them: in the zone of the board that the person looked at last. Programs are told them in
    UTC, whatever page the same session has open: the same call is the same bytes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = settings.SESSION_COOKIE_NAME in request.COOKIES and not is_api(request)
        zone = request.session.get("zone") if is_page else None
        with timezone.override(zoneinfo.ZoneInfo(zone) if zone else None):
            return self.get_response(request)


class ConflictMiddleware:
    """Shows a conflict that no view handled as a page of its own, with 409; also what the database broke for another's sake."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError) and is_contention(error):
            error = Conflict(MEANWHILE)
        if isinstance(error, Conflict):
            if request.headers.get("X-Requested-With") == "fetch":
                return JsonResponse({"message": error.message}, status=409)
            return render(request, "errors/conflict.html", {"message": error.message}, status=409)
        return None

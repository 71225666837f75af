import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from common.errors import Conflict
from common.writing import MEANWHILE, is_contention

GetResponse = Callable[[HttpRequest], HttpResponse]


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
    """Shows times as the board lives them: in the zone of the board that the person looked at last."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = request.session.get("zone") if settings.SESSION_COOKIE_NAME in request.COOKIES else None
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

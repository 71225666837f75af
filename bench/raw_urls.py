"""The raw views behind our own door: the same sign-in, middleware and, for HTML, frame of the page; the rows by plain psycopg.

The addresses of a process that pages.py starts with `ROOT_URLCONF` set to this module; the product knows nothing of them.
"""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.utils.safestring import mark_safe

from accounts.access import get_board
from accounts.http import SignedInRequest
from accounts.permissions import allowed_actions
from bench.raw import Raw
from careplans.api.access import Door
from config.urls import handler403, handler404, handler500  # noqa: F401
from config.urls import urlpatterns as own

FRAME = '{% extends "base.html" %}{% block title %}Cases{% endblock %}{% block content %}{{ rows }}{% endblock %}'


@cache
def raw_of(person: int) -> Raw:
    return Raw(person)


class RawViews(Door):
    noun = "plans"

    def plans(self, request: HttpRequest) -> HttpResponse:
        return self._json(raw_of(self.person.pk).api_plans())

    def plan(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._json(raw_of(self.person.pk).api_plan(pk))

    def case(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._json(raw_of(self.person.pk).api_case(pk))

    def _json(self, body: bytes) -> HttpResponse:
        return HttpResponse(body, content_type="application/json")


def cases(request: SignedInRequest, pk: int) -> HttpResponse:
    board = get_board(request.user, pk, "patients.view")
    rows = mark_safe(raw_of(request.user.pk).cases(pk).decode())
    frame = {"board": board, "can": allowed_actions(request.user, board), "rows": rows}
    return HttpResponse(frame_of_page().render(frame, request))


@cache
def frame_of_page():
    return engines["django"].from_string(FRAME)


urlpatterns = [
    path("raw/cases/<int:pk>/", cases, name="raw_cases"),
    path("api/v1/raw/plans/", RawViews.as_view({"get": "plans"}), name="raw_plans"),
    path("api/v1/raw/plans/<int:pk>/", RawViews.as_view({"get": "plan"}), name="raw_plan"),
    path("api/v1/raw/cases/<int:pk>/", RawViews.as_view({"get": "case"}), name="raw_case"),
    *own,
]

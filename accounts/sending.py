"""Pages: a form that is sent twice, by a double click, Back, or a line that broke, is carried out once.

The second is answered as the first was.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.carrying import KEPT_ROW, TOKENS, Carried, carried_by
from accounts.middleware import GetResponse, is_from_script
from accounts.models import User
from accounts.putting_back import DRAWN, put_away
from accounts.services.sent import Answer, Claimed, OtherBody
from common import once
from common.figures import read_key
from common.once import AlreadySent

TWICE = "This arrived twice. It was done once."


class OnceMiddleware:
    """Binds the token of a form to its request; the first transaction of the view uses it up (`common.once`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with once.bound():
            response = self.get_response(request)
            claim: Claimed | None = getattr(request, "claim", None)
            if claim is None:
                return response
            if KEPT_ROW in request.POST and (response.status_code < 400 or response.status_code in DRAWN):
                # It is saved now, or stands in the form that was refused.
                put_away(request, claim.person, read_key(request.POST[KEPT_ROW]) or 0)
            if claim.is_claimed:
                claim.keep(Answer(response.status_code, response.get("Location", "")))
            elif 400 <= response.status_code < 500:
                # Refused perhaps only because the same form was carried out a moment ago.
                return _again(request, claim) or response
            return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: object) -> HttpResponse | None:
        claim = _claim_of(request)
        if claim is None:
            return None
        answer = _again(request, claim)
        if answer is None:
            request.claim = claim  # type: ignore[attr-defined]
            once.current.set(claim)
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, AlreadySent):
            return None
        claim: Claimed = request.claim  # type: ignore[attr-defined]
        # The first one may have been taken back between the two looks: then nothing is done, and the form can be sent again.
        return _again(request, claim) or render(request, "accounts/typed/again.html", _shown(request), status=409)


def _claim_of(request: HttpRequest) -> Claimed | None:
    if request.method != "POST" or is_from_script(request) or not isinstance(request.user, User):
        return None
    token = request.POST.get(once.NAME, "")
    if not token or once.drawn_for(token) != request.user.pk:
        return None
    return Claimed(request.user, token, _what(request))


def _what(request: HttpRequest) -> bytes:
    """What was sent, and where to; the two tokens are no part of it."""
    typed = [(name, values) for name, values in request.POST.lists() if name not in TOKENS]
    files = [(name, one.name, one.size) for name, several in request.FILES.lists() for one in several]
    return json.dumps([request.get_full_path(), typed, files]).encode()


def _again(request: HttpRequest, claim: Claimed) -> HttpResponse | None:
    """The answer to what was sent before; None where it was not."""
    try:
        answer = claim.answered_before()
    except OtherBody as other:
        context = _shown(request) | {"location": other.answer.location}
        return render(request, "accounts/typed/other.html", context, status=409)
    if answer is None:
        return None
    if not answer.location:
        return render(request, "accounts/typed/done.html", {"back": carried_by(request).page}, status=409)
    messages.info(request, TWICE)
    return redirect(answer.location)


def _shown(request: HttpRequest) -> dict[str, Carried]:
    return {"carried": carried_by(request)}

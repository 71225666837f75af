"""The one place that cleans or refuses what arrives, before anything else reads it.

What people type is cleaned: a NUL pasted with a word is dropped, and the word is kept. What only programs write (a path, a
cookie, a header, the address of an API request) is refused when it cannot be meant. A body that is too large is refused
by what its headers say, before it is read.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import AuthToken

GetResponse = Callable[[HttpRequest], HttpResponse]

# Of somebody who is not signed in: room for a form that somebody filled in while their session ended.
ANONYMOUS_BYTES = 256 * 2**10
# Of a program: a proforma is a few kilobytes.
API_BYTES = 1_000_000
LONGEST_HEADER = 8_190
LARGEST_KEY = 2**63 - 1
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

# Nobody types these, no database keeps them all, and XML and calendars cannot hold them: control characters, halves of a
# surrogate pair, and what is no character.
_NEVER = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\x0b\x0c]")
# Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode Standard Annex #9). Joiners are spelling.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_clean(text: str) -> bool:
    return not _NEVER.search(text)


def cleaned(text: str) -> str:
    """Without what can neither be kept nor shown. A break of a word processor is a new line."""
    return _BREAKS.sub("\n", _NEVER.sub("", text))


def in_one_line(name: str) -> str:
    """A name that stands between other words: without breaks, and without what turns the direction of what follows."""
    return " ".join(_TURNS.sub("", cleaned(name)).split())


def all_clean(data: Any) -> bool:
    """Whether every text of a body of JSON is, names included. Bounded like the body, not by its depth."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and not is_clean(one):
            return False
    return True


def read_json(text: str) -> Any:
    """What a hidden field holds as JSON; None for what cannot be read, however deep or long."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class ArrivingMiddleware:
    """Stands before the session and the CSRF check, which read cookies and bodies."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_clean(request.path_info):
            return _nowhere(request)
        for name, value in request.META.items():
            if name.startswith("HTTP_") and name != "HTTP_COOKIE" and not _is_header(value):
                return refusal(request, 400, f"The header {_written(name)} cannot be read.")
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if is_clean(value)}
        try:
            asked = request.GET
        except (SuspiciousOperation, BadRequest):
            return refusal(request, 400, "The address cannot be read.")
        if not _is_query(asked):
            if is_api(request):
                return refusal(request, 400, "This holds what is no character, for example a NUL.", of=_unclean(asked))
            request.GET = _cleaned(asked)  # type: ignore[assignment]  # as the request itself sets it
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if any(isinstance(value, int) and value > LARGEST_KEY for value in kwargs.values()):
            return _nowhere(request)
        length = _length(request)
        if length > _most(request, length):
            return refusal(request, 413, "This is more than can be taken at once. Nothing was saved.")
        if request.method == "POST" and request.content_type in FORMS and not is_api(request):
            return _read_form(request)
        return None


def refusal(request: HttpRequest, status: int, sentence: str, *, of: str | None = None) -> HttpResponse:
    """In the format of the API (careplans/api/http/errors.py), of a script's fetch, or as a page."""
    if _is_fhir(request):
        return _outcome(status, f"{of}: {sentence}" if of else sentence)
    if is_api(request):
        code = {404: "not_found", 413: "too_large"}.get(status, "invalid")
        kind = "validation_error" if of else "client_error"
        told = {"type": kind, "errors": [{"code": code, "detail": sentence, "attr": of}]}
        return JsonResponse(told, status=status, json_dumps_params={"separators": (",", ":")})
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"message": sentence}, status=status)
    return render(request, "errors/refused.html", {"sentence": sentence}, status=status)


def _nowhere(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return refusal(request, 404, "Not found.")
    raise Http404


def _outcome(status: int, sentence: str) -> HttpResponse:
    """As `careplans/api/fhir/outcomes.py` says it."""
    code = {404: "not-found", 413: "too-long"}.get(status, "invalid")
    issue = {"severity": "error", "code": code, "details": {"text": sentence}, "diagnostics": sentence}
    told = {"resourceType": "OperationOutcome", "issue": [issue]}
    return JsonResponse(told, status=status, content_type="application/fhir+json")


def _is_fhir(request: HttpRequest) -> bool:
    return request.path_info.startswith("/fhir/R4/")


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks, and not a page."""
    return request.path_info.startswith("/api/") or _is_fhir(request)


def _is_header(value: Any) -> bool:
    return not isinstance(value, str) or (len(value) <= LONGEST_HEADER and is_clean(value))


def _written(name: str) -> str:
    return name.removeprefix("HTTP_").replace("_", "-").title()


def _is_query(query: QueryDict) -> bool:
    return all(is_clean(name) and all(map(is_clean, values)) for name, values in query.lists())


def _unclean(query: QueryDict) -> str:
    """The parameter to name in a refusal."""
    return next(cleaned(name) for name, values in query.lists() if not all(map(is_clean, [name, *values])))


def _cleaned(query: QueryDict) -> QueryDict:
    fresh = QueryDict(mutable=True)
    for name, values in query.lists():
        fresh.setlist(cleaned(name), [cleaned(value) for value in values])
    fresh._mutable = False
    return fresh


def _length(request: HttpRequest) -> int:
    """As the server reads it: without a length there is no body."""
    text = str(request.META.get("CONTENT_LENGTH") or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _most(request: HttpRequest, length: int) -> int:
    """Who is signed in is asked only of what would be too much for anybody else."""
    if length <= ANONYMOUS_BYTES:
        return ANONYMOUS_BYTES
    if not (is_api(request) and _holds_token(request)) and not get_user(request).is_authenticated:
        return ANONYMOUS_BYTES
    if is_api(request):
        return API_BYTES
    if request.content_type == "multipart/form-data":
        # The form of an attachment says itself that a file is too large, and keeps what was typed beside it.
        return 4 * int(settings.ATTACHMENT_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or API_BYTES)


def _holds_token(request: HttpRequest) -> bool:
    """Whether the token is one that there is, and not made up to have a large body read. The view asks the rest of it."""
    kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "token" or not token.isascii():
        return False
    return bool(AuthToken.objects.filter(digest=hash_token(token.strip()), expiry__gt=timezone.now()).exists())


def _read_form(request: HttpRequest) -> HttpResponse | None:
    """Cleans a form before the CSRF check and the view read it."""
    try:
        posted, files = request.POST, request.FILES
    except RequestDataTooBig:
        return refusal(request, 413, "This is more than can be taken at once. Nothing was saved.")
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError):
        return refusal(request, 400, "What was sent cannot be read. Nothing was saved: go back and send it again.")
    if not _is_query(posted):
        request.POST = _cleaned(posted)  # type: ignore[assignment]  # as the request itself sets it
    for _, several in files.lists():
        for file in several:
            file.name = cleaned(file.name or "")
    return None

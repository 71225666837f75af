"""`If-None-Match`: who has an answer already is told so (304), and the body stays here. It was read all the same, and stands in
the audit trail. Tags are compared weakly (RFC 9110, 13.1.2): what is compressed on its way says the same."""

import hashlib
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

KEPT_HEADERS = ("ETag", "Cache-Control", "Vary", "RateLimit-Policy", "RateLimit")


def tagged(request: Request, answer: Any) -> Any:
    """For an answer of a GET: gives it a tag, where it has none of its own, and takes its body away where the caller has it. What
    is sent as it is read has no tag: nobody knows it before its end."""

    def done(response: HttpResponse) -> HttpResponse | None:
        if "ETag" not in response:
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:16]}"'
        return _not_modified(response) if has_it(request.headers.get("If-None-Match", ""), response["ETag"]) else None

    if isinstance(answer, Response):
        answer.add_post_render_callback(done)
        return answer
    return answer if answer.streaming else done(answer) or answer


def has_it(header: str, tag: str) -> bool:
    tags = parse_etags(header.strip()) if header else []
    return tags == ["*"] or tag.removeprefix("W/") in [one.removeprefix("W/") for one in tags]


def _not_modified(response: HttpResponse) -> HttpResponse:
    empty = HttpResponseNotModified()
    for name in KEPT_HEADERS:
        if name in response:
            empty[name] = response[name]
    return empty

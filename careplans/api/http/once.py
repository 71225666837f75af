"""`Idempotency-Key`: a call that is sent again under the same key is answered as the first time, and not done again."""

import json
from typing import Any

from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.reach import reach_of
from accounts.reading import HEADER as PROJECT
from accounts.services.sent import Answer, Claimed, OtherBody
from careplans.api.http.errors import Collision
from common import once

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
LONGEST = 255
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class KeyUsedOtherwise(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another call. Nothing was done: send a new key with a new call."
    default_code = "key_used_otherwise"


class Again(Exception):
    """This call was carried out before; `response` is how it was answered."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def begin(request: Request) -> Claimed | None:
    """Bind the key of this call, if it has one, so that the first transaction uses it up. Raises Again."""
    key = request.headers.get(HEADER, "")
    if not key or request.method not in WRITES or not isinstance(request.user, User):
        return None
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise exceptions.ValidationError(f"{HEADER} is 1 to {LONGEST} printable ASCII characters, for example a UUID.")
    claim = Claimed(request.user, f"api {key}", _what(request))
    found = answered(claim)
    if found is not None:
        raise Again(found)
    once.current.set(claim)
    return claim


def answered(claim: Claimed) -> Response | None:
    """How the call was answered the first time; None where there was none."""
    try:
        answer = claim.answered_before()
    except OtherBody as error:
        raise KeyUsedOtherwise from error
    if answer is None:
        return None
    if not answer.status or answer.status >= 500:
        raise Collision(
            "This was done under the same key, but how it was answered is not known any more. Read the row."
        )
    headers = {REPLAYED: "true"} | ({"ETag": answer.etag} if answer.etag else {})
    return Response(json.loads(answer.body) if answer.body else None, status=answer.status, headers=headers)


def keep(claim: Claimed, response: Response) -> None:
    body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
    claim.keep(Answer(response.status_code, body=body, etag=response.get("ETag", "")))


def _what(request: Request) -> bytes:
    """The same call by another token, or of another reporting project, is another one: it reads with other eyes."""
    data: Any = request.data
    reach = reach_of(request.user)
    eyes = [one for one in (request.headers.get(PROJECT, ""), reach.text if reach else "") if one]
    return json.dumps([request.method, request.get_full_path(), data, *eyes], sort_keys=True, default=str).encode()

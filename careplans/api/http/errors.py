"""Every refusal in one format: `{"type": …, "errors": [{"code", "detail", "attr"}]}`, with a sentence to act on."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from accounts.reach import OutOfScope
from accounts.services.limits import TooMany
from common.asked import NAME, Asked
from common.errors import Conflict
from common.writing import MEANWHILE, is_contention


class VersionMissing(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Say which version you saw: send its ETag in If-Match. “*” is not enough."
    default_code = "version_missing"


class Stale(exceptions.APIException):
    """The version that was sent is not the one that stands; `extra` shows what does."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "Someone changed this first. Nothing was saved: look at what stands now, then send it again."
    default_code = "stale"

    def __init__(self, *, version: int, etag: str, current: dict[str, Any], differs: list[str]) -> None:
        super().__init__()
        self.extra = {"version": version, "current": current, "differs": differs}
        self.etag = etag


class Collision(exceptions.APIException):
    """Another conflict: for example, a colleague of the same discipline signed a moment ago."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class ScopeMissing(exceptions.PermissionDenied):
    """The token of the call says less than is asked for; `scope` is what it lacks, or empty where no limited token may."""

    default_code = "scope_missing"

    def __init__(self, refusal: OutOfScope) -> None:
        super().__init__(str(refusal))
        named = f', scope="{refusal.scope}"' if refusal.scope else ""
        self.challenge = f'Bearer error="insufficient_scope"{named}'


class Unconfirmed(exceptions.ValidationError):
    """Days that are unlikely, and that nobody has confirmed; `extra` has what to send along where they are right."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(as_serializer_error(asked))
        self.extra = {NAME: [question.key for question in asked.questions]}


class ApiExceptionHandler(ExceptionHandler):
    """Turns what services raise into answers; a service's sentence reaches the caller word for word."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Asked):
            return Unconfirmed(exc)
        if isinstance(exc, ValidationError):
            return exceptions.ValidationError(as_serializer_error(exc))
        if isinstance(exc, OutOfScope):
            return ScopeMissing(exc)
        if isinstance(exc, PermissionDenied):
            return exceptions.PermissionDenied(str(exc) or None)
        if isinstance(exc, TooMany):
            return exceptions.Throttled(exc.seconds, "Too many wrong passwords from here.")
        if isinstance(exc, OperationalError) and is_contention(exc):
            return Collision(MEANWHILE)
        if isinstance(exc, Conflict):
            return Collision(exc.message)
        converted: Exception = super().convert_known_exceptions(exc)
        return converted

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        data: dict[str, Any] = super().format_exception(exc)
        for error in data["errors"]:
            # Where a form's own check gave none.
            error["code"] = error["code"] or "invalid"
        return data | getattr(exc, "extra", {})

    def get_headers(self, exc: exceptions.APIException) -> dict[str, str]:
        headers: dict[str, str] = super().get_headers(exc)
        if isinstance(exc, ScopeMissing):
            headers["WWW-Authenticate"] = exc.challenge
        return headers | ({"ETag": exc.etag} if isinstance(exc, Stale) else {})


def exception_handler(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    response: Response | None = ApiExceptionHandler(exc, context).run()
    return response

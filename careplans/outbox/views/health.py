"""For machines: is the process alive, can it serve, do reminders go out. No session, no row of anybody."""

import hmac
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from careplans.outbox.health import read
from careplans.outbox.metrics import CONTENT_TYPE, exposition
from common.migrated import remembered_fault

logger = logging.getLogger(__name__)


@login_not_required
@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing, so that a database that is away does not get web processes killed."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """The process can serve: the database answers, and has every table."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        fault = remembered_fault()
    except DatabaseError:
        return JsonResponse({"status": "unhealthy", "database": "failed"}, status=503)
    if fault:
        return JsonResponse({"status": "unhealthy", "database": "not migrated", "problems": [fault]}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether reminders go out. 503 wakes somebody; `problems` tells them why."""
    try:
        if fault := remembered_fault():
            return _unwell("not migrated", fault)
        reading = read()
    except (OperationalError, InterfaceError):
        return _unwell("failed", "The database does not answer.")
    except DatabaseError:
        logger.exception("the database refused what /health/ asked of it")
        return _unwell("failed", "The database refuses what is asked of it: the log names the place.")
    answer = {
        "status": "unhealthy" if reading.problems else "ok", "database": "ok",
        "oldest_unsent_seconds": reading.oldest_unsent_seconds, "tick_age_seconds": reading.tick_age_seconds,
        "queue_round_trip_seconds": reading.queue_round_trip_seconds, "sending": "held" if reading.held else "on",
        "problems": reading.problems,
    }  # fmt: skip
    return JsonResponse(answer, status=503 if reading.problems else 200)


def _unwell(database: str, problem: str) -> JsonResponse:
    answer = {"status": "unhealthy", "database": database, "oldest_unsent_seconds": None, "problems": [problem]}
    return JsonResponse(answer, status=503)


@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with the bearer token METRICS_TOKEN; without such a setting the page does not exist."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)

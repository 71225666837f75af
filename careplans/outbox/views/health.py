"""For machines: is the process alive, can it serve, do reminders go out. No session, no row of anybody."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from careplans.outbox.health import read
from careplans.outbox.metrics import CONTENT_TYPE, exposition


@login_not_required
@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing, so that a database that is away does not get web processes killed."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """The process can serve: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unhealthy", "database": "failed"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether reminders go out. 503 wakes somebody; `problems` tells them why."""
    try:
        reading = read()
    except DatabaseError:
        answer: dict[str, object] = {"status": "unhealthy", "database": "failed", "oldest_unsent_seconds": None}
        return JsonResponse(answer | {"problems": ["The database does not answer."]}, status=503)
    answer = {
        "status": "unhealthy" if reading.problems else "ok", "database": "ok",
        "oldest_unsent_seconds": reading.oldest_unsent_seconds, "tick_age_seconds": reading.tick_age_seconds,
        "queue_round_trip_seconds": reading.queue_round_trip_seconds, "sending": "held" if reading.held else "on",
        "problems": reading.problems,
    }  # fmt: skip
    return JsonResponse(answer, status=503 if reading.problems else 200)


@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with the bearer token METRICS_TOKEN; without such a setting the page does not exist."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)

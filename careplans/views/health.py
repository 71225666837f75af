from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from careplans.delivery import oldest_unsent_seconds

UNHEALTHY_SECONDS = 5 * 60


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """For probes: does the database answer, and do reminders go out. Asks for no session and tells no row."""
    try:
        oldest = int(oldest_unsent_seconds())
    except DatabaseError:
        return JsonResponse({"status": "unhealthy", "database": "failed", "oldest_unsent_seconds": None}, status=503)
    healthy = oldest <= UNHEALTHY_SECONDS
    answer = {"status": "ok" if healthy else "unhealthy", "database": "ok", "oldest_unsent_seconds": oldest}
    return JsonResponse(answer, status=200 if healthy else 503)

"""What a refused, missing or failed page says. Never anything about a record."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The sentence of PermissionDenied names roles only, so it may be shown."""
    return render(request, "errors/403.html", {"exception": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request: what failed may be the session or the database that a context processor needs."""
    return HttpResponseServerError(render_to_string("errors/500.html"))


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)

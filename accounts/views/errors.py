"""What a refused, missing or failed page says. Never anything about a record."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static

from accounts.middleware import is_from_script, is_kept, to_sign_in
from accounts.models import User
from accounts.views.typed import to_typed
from common.once import NAME, drawn_for


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The sentence of PermissionDenied names roles only, so it may be shown."""
    return render(request, "errors/403.html", {"exception": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request: what failed may be the session or the database that a context processor needs, or the style sheet."""
    context = {"icon": _static("images/favicon.svg"), "style": _static("css/consilium.css")}
    return HttpResponseServerError(render_to_string("errors/500.html", context))


def _static(name: str) -> str:
    try:
        return static(name)
    except ValueError:  # not collected
        return ""


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page is older than the session: what was typed on it is kept for whoever typed it."""
    kept = not is_from_script(request) and is_kept(request)
    if kept and not request.user.is_authenticated:
        return to_sign_in(request)
    if kept and isinstance(request.user, User) and drawn_for(request.POST[NAME]) == request.user.pk:
        return redirect(to_typed(request))
    return render(request, "errors/csrf.html", {"kept": kept}, status=403)

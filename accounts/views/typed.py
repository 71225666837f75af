from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_GET, require_POST

from accounts.http import SignedInRequest
from accounts.services.typed import drop_typed, newest_typed
from accounts.session_store import TYPED


@require_GET
def typed(request: SignedInRequest) -> HttpResponse:
    """What was sent after the session had ended: nothing of it is saved, and one button sends it again."""
    found = newest_typed(request.user)
    if found is None:
        request.session.pop(TYPED, None)
        return redirect(settings.LOGIN_REDIRECT_URL)
    row, carried = found
    context = {"row": row, "carried": carried, "on_typed_page": True}
    return render(request, "accounts/typed/typed.html", context)


@require_POST
def typed_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    drop_typed(request.user, pk)
    messages.success(request, "It is thrown away.")
    return redirect("accounts:typed")


def to_typed(request: HttpRequest) -> str:
    """Where to go after signing in with something kept."""
    request.session[TYPED] = True
    return resolve_url("accounts:typed")

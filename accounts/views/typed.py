from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_GET, require_POST

from accounts.http import SignedInRequest
from accounts.models import User
from accounts.putting_back import put_away
from accounts.services.typed import kept_typed, newest_typed
from accounts.session_store import ARRIVING, TYPED


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


@require_GET
def typed_form(request: SignedInRequest) -> HttpResponse:
    """To the form in which it stands again (`accounts.putting_back`)."""
    return redirect(to_typed(request))


@require_POST
def typed_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    found = next((one for row, one in kept_typed(request.user) if row.pk == pk), None)
    put_away(request, request.user, pk)
    messages.success(request, "It is thrown away.")
    return redirect((found and found.page) or "accounts:typed")


def to_typed(request: HttpRequest) -> str:
    """Where to go after signing in with something kept: to its form, where that can be had again."""
    found = newest_typed(request.user) if isinstance(request.user, User) else None
    if found is None:
        request.session[TYPED] = True
        return resolve_url("accounts:typed")
    request.session[TYPED] = ARRIVING
    return f"{found[1].path}#typed-back"

"""Browsers in which somebody has signed in before: their wrong passwords are counted by themselves, so that whoever guesses from
the same address does not lock out those who work there. Such a cookie opens nothing."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "consilium_known"
SALT = "accounts.devices"
LASTS = 180 * 24 * 3600
MOST_PEOPLE = 30


def device_of(request: HttpRequest, user: User | None) -> str:
    """The name of this browser if this person has signed in with it, or an empty one."""
    name, people = _read(request)
    return name if user is not None and user.pk in people else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    name, people = _read(request)
    people = [*[pk for pk in people if pk != user.pk], user.pk][-MOST_PEOPLE:]
    value = signing.dumps([name or secrets.token_urlsafe(12), people], salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def _read(request: HttpRequest) -> tuple[str, list[int]]:
    try:
        name, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return "", []
    return name, people

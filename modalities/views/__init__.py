from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What every view here gets: LoginRequiredMiddleware lets nobody else through."""

    user: User

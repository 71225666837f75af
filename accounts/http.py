from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """The request of a page that LoginRequiredMiddleware guards; for the type checker only."""

    user: User

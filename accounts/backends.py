"""The one place where a password opens an account: page, API, and whatever else asks Django to authenticate."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.addresses import UNKNOWN, address_of
from accounts.devices import device_of
from accounts.models import User
from accounts.services.signin import Proof
from common.addresses import as_kept


class LimitedBackend(ModelBackend):
    """Django's, with every try counted before the password is looked at. Raises TooMany."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> User | None:
        email = username or more.get(User.USERNAME_FIELD)
        if not email or password is None:
            return None
        proof = self._proof(request, email)
        user = super().authenticate(request, username=email, password=password)
        if not isinstance(user, User) or not proof.counts:
            proof.failed()
            return None
        proof.succeeded()
        return user

    def _proof(self, request: HttpRequest | None, email: str) -> Proof:
        person = User.objects.filter(email=as_kept(email)).first()
        if request is None:
            return Proof(email, person, address=UNKNOWN, where="")
        where = request.resolver_match.view_name if request.resolver_match else ""
        return Proof(email, person, address=address_of(request), where=where, device=device_of(request, person))

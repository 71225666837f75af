"""The OAuth 2 server for systems: client credentials (RFC 6749, 4.4) and no other grant.

The package parses, checks and answers as the RFC says. Who a system is, and that its secrets are counted like passwords, is asked
before (`accounts.services.system_access`); its tokens are kept as a hash, belong to its own account, and end within the hour.
"""

import base64
import binascii
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2 import BackendApplicationServer
from oauthlib.oauth2.rfc6749 import errors

from accounts.models import System

FORM = "application/x-www-form-urlencoded"


class SystemValidator(OAuth2Validator):
    """For one request, of a system that has proved itself; of None nothing is issued."""

    def __init__(self, system: System | None = None) -> None:
        super().__init__()
        self.system = system

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        if self.system is None:
            return False
        request.client = self.system.application
        request.client_id = request.client.client_id
        return True

    def validate_scopes(self, client_id: str, scopes: list[str], *args: Any, **kwargs: Any) -> bool:
        return self.system is not None and bool(scopes) and set(scopes) <= set(self.system.scopes)

    def get_default_scopes(self, *args: Any, **kwargs: Any) -> list[str]:
        """Whoever asks for none gets what the system may at most."""
        return list(self.system.scopes) if self.system else []

    def _check_and_set_request_resource(self, request: Any) -> None:
        """A token is for this API alone (RFC 8707)."""
        if getattr(request, "resource", None):
            raise errors.CustomOAuth2Error(
                error="invalid_target", description="Tokens of this server are for its own API; leave out `resource`."
            )
        request.resource = []

    def _create_access_token(
        self, expires: datetime, request: Any, token: dict[str, Any], source_refresh_token: Any = None
    ) -> AccessToken:
        """Of the account as which the system acts."""
        request.user = self.system.user if self.system else None
        return super()._create_access_token(expires, request, token, source_refresh_token)


class Malformed(Exception):
    """What was sent is no token request; says why."""


def credentials_of(request: HttpRequest) -> tuple[str, str] | None:
    """Client id and secret: by the header (RFC 6749, 2.3.1) or in the body, and not both. Raises Malformed."""
    if request.content_type != FORM:
        raise Malformed(f"Send the parameters in the body, as {FORM}.")
    if request.GET:
        raise Malformed("Send the parameters in the body: an address is written into logs.")
    if twice := [name for name, values in request.POST.lists() if len(values) > 1]:
        raise Malformed(f"Duplicate {twice[0][:40]} parameter.")
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    posted = request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    if not kind:
        return posted if all(posted) else None
    if posted[1]:
        raise Malformed("Use one way to say who you are, the header or the body.")
    return _basic(value) if kind.lower() == "basic" else None


def _basic(value: str) -> tuple[str, str] | None:
    try:
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    found = unquote_plus(name), unquote_plus(secret)
    # No column takes it, so nobody is called so.
    return found if colon and "\0" not in "".join(found) else None


def answer(request: HttpRequest, system: System | None) -> tuple[dict[str, str], str, int]:
    """Headers, body and status as the RFC has them."""
    seconds = settings.OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"]
    server = BackendApplicationServer(SystemValidator(system), token_expires_in=seconds)
    _, headers, body, status = OAuthLibCore(server=server).create_token_response(request)
    return headers, body, status

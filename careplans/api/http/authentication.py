"""How a program or a browser page proves who it acts for."""

from typing import Any

from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.addresses import address_of
from accounts.services.api_tokens import open_token
from accounts.services.system_access import open_access_token


class TokenAuthentication(KnoxTokenAuthentication):
    """The header of knox, and our own look at the token: bytes which are no text are refused like any other wrong token, a
    request reads the one token that it came with, and its person reaches no further than it says."""

    def authenticate(self, request: Request) -> Any:
        self.address = address_of(request._request)
        return super().authenticate(request)

    def authenticate_credentials(self, token: bytes) -> Any:
        row = open_token(token.decode(), address=self.address) if token.isascii() else None
        if row is None:
            raise AuthenticationFailed("Invalid token.")
        return row.user, row


class BearerAuthentication(BaseAuthentication):
    """The access token of a system (RFC 6750), in the header alone."""

    def authenticate(self, request: Request) -> Any:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        row = open_access_token(text.strip(), address=address_of(request._request))
        if row is None:
            raise AuthenticationFailed("Invalid token, or it has ended. Fetch a new one.")
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

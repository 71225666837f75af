"""How a program or a browser page proves who it acts for."""

from typing import Any

from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from accounts.services.api_tokens import drop_expired


class TokenAuthentication(KnoxTokenAuthentication):
    """Knox, except that bytes which are no text are refused like any other wrong token, and that a request reads the one token
    that it came with: knox would read all of the person's, to delete those that have expired (`issue_token` does)."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Whether it has expired; then it is deleted."""
        return drop_expired(auth_token)

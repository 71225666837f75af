"""Sign-in of programs: an e-mail address and a password become a token, which is stored as a hash alone."""

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.services.api_tokens import end_token, end_tokens, issue_token
from careplans.api.access import Door
from careplans.api.authentication import TokenAuthentication
from careplans.api.serializers.tokens import SignIn, TokenSerializer


class TokenViewSet(Door):
    """Signing in is the one thing that needs no token: it makes one."""

    noun = "tokens"
    leaves_out_text = False
    of_no_patient = True
    queryset = AuthToken.objects.none()
    serializer_class = TokenSerializer

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [] if self._signs_in() else super().get_authenticators()

    def get_permissions(self) -> Any:
        return [] if self._signs_in() else super().get_permissions()

    def get_authenticate_header(self, request: Request) -> str:
        """A refusal is 401 here too, although no token was expected."""
        header: str = TokenAuthentication().authenticate_header(request)
        return header

    def _signs_in(self) -> bool:
        """Asked before the view knows its action: from the method, except while the schema is written."""
        action = getattr(self, "action", None) or self.action_map.get((self.request.method or "").lower())
        return action == "create"

    @extend_schema(request=SignIn, responses={201: TokenSerializer})
    def create(self, request: Request) -> Response:
        """Sign in. The token is shown once. Ten wrong passwords in fifteen minutes for one account from one address, on
        pages and here together, then 429."""
        sent = self.body(SignIn)
        user = authenticate(request._request, username=sent["email"], password=sent["password"])
        if not isinstance(user, User):
            raise AuthenticationFailed("E-mail address or password are not right, or the account may not sign in.")
        row, text = issue_token(user)
        return Response(TokenSerializer({"token": text, "expiry": row.expiry}).data, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy_current(self, request: Request) -> Response:
        """Sign out: the token of this request ends."""
        if not isinstance(request.auth, AuthToken):
            raise ValidationError("You are signed in with a session, not with a token.")
        end_token(request.auth, by=self.person)
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    def destroy_all(self, request: Request) -> Response:
        """Sign out everywhere: every token of yours ends."""
        end_tokens(self.person, by=self.person)
        return Response(status=204)

"""Sign-in of programs: an e-mail address and a password become a token, which is stored as a hash alone. And a person's tokens:
what there are, and their end."""

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_own
from accounts.models import ApiToken, User
from accounts.services.api_tokens import end_token, end_tokens, issue_token, tokens_of
from careplans.api.access import Door
from careplans.api.http.authentication import TokenAuthentication
from careplans.api.serializers.tokens import SignIn, TokenAboutSerializer, TokenSerializer

NOT_WITH_ONE = "This call came with a session, or as a system: not with the token of a person."


class TokenViewSet(Door):
    """Signing in is the one thing that needs no token: it makes one."""

    noun = "tokens"
    leaves_out_text = False
    of_no_patient = True
    queryset = ApiToken.objects.none()
    serializer_class = TokenAboutSerializer
    filter_backends = ()  # type: ignore[assignment]
    pagination_class = None  # type: ignore[assignment]  # a person's own, which are few
    # Of the token that the call comes with, whatever its scopes.
    own_actions = ("create", "retrieve_current", "destroy_current")

    def scopes_needed(self, method: str) -> list[str]:
        return [] if self.action in self.own_actions else super().scopes_needed(method)

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
        """Sign in. The token is shown once, and reaches as far as you ask, never further than you. Ten wrong passwords in fifteen
        minutes for one account from one address, on pages and here together, then 429."""
        sent = self.body(SignIn)
        user = authenticate(request._request, username=sent.pop("email"), password=sent.pop("password"))
        if not isinstance(user, User):
            raise AuthenticationFailed("E-mail address or password are not right, or the account may not sign in.")
        said, text = issue_token(user, **sent)
        return Response(TokenSerializer({"token": text, "expiry": said.token.expiry, "id": said.pk}).data, status=201)

    @extend_schema(responses=TokenAboutSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Your tokens that have not ended, the newest first, without their secrets. Not paged."""
        return Response(TokenAboutSerializer(tokens_of(self.person), many=True).data)

    @extend_schema(responses=TokenAboutSerializer)
    def retrieve_current(self, request: Request) -> Response:
        """The token of this request: how far it reaches, and until when."""
        return Response(TokenAboutSerializer(self._current()).data)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Revoke one of your tokens. A call that is under way ends; no other begins."""
        end_token(get_own(tokens_of(self.person), self.person, pk), by=self.person)
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    def destroy_current(self, request: Request) -> Response:
        """Sign out: the token of this request ends."""
        end_token(self._current(), by=self.person)
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    def destroy_all(self, request: Request) -> Response:
        """Sign out everywhere: every token of yours ends."""
        end_tokens(self.person, by=self.person)
        return Response(status=204)

    def _current(self) -> ApiToken:
        if not isinstance(self.request.auth, AuthToken):
            raise ValidationError(NOT_WITH_ONE)
        said: ApiToken = self.request.auth.said
        return said

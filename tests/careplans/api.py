"""The API as a program of one person uses it."""

from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import ApiToken

ROOT = "/api/v1"
# What no body may change: refused, whatever it is sent with.
FORBIDDEN = {
    "id": 999999, "patient": 999999, "board": 999999, "status": "active", "version": 999, "created_by": 999999,
    "signed_by": 999999,
}  # fmt: skip


def token_for(user, *, scopes=None, boards=None):
    """The text of a new token, in use already, so that no call of a test is the first of its minute."""
    row, text = AuthToken.objects.create(user=user)
    ApiToken.objects.create(token=row, name="Test", scopes=scopes, boards=boards, last_used_at=timezone.now())
    return text


class Api:
    def __init__(self, user, *, scopes=None, boards=None):
        self.user = user
        token = token_for(user, scopes=scopes, boards=boards)
        self.client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")

    def get(self, path, **params):
        return self.client.get(ROOT + path, params)

    def post(self, path, body=None, version=None):
        return self.client.post(ROOT + path, {} if body is None else body, format="json", headers=_if_match(version))

    def patch(self, path, body, version=None):
        return self.client.patch(ROOT + path, body, format="json", headers=_if_match(version))

    def delete(self, path):
        return self.client.delete(ROOT + path)


def _if_match(version):
    return {} if version is None else {"If-Match": f'"{version}"'}


def problem(response):
    """The first sentence of a refusal."""
    return response.json()["errors"][0]["detail"]


def version_in(response):
    """The version in an ETag, which holds a digest of the answer, too."""
    return int(response["ETag"].strip('"').partition("-")[0])


def attrs(response):
    return sorted({error["attr"] for error in response.json()["errors"]})

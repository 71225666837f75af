"""The FHIR server as a program of one person uses it."""

from urllib.parse import urlsplit

from knox.models import AuthToken
from rest_framework.test import APIClient

ROOT = "/fhir/R4"


class Fhir:
    def __init__(self, user):
        self.user = user
        self.client = APIClient(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user=user)[1]}")

    def get(self, path, params=None, **headers):
        return self.client.get(f"{ROOT}/{path}", params or {}, headers=headers)

    def one(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path, pairs):
        form = "application/x-www-form-urlencoded"
        return self.client.post(f"{ROOT}/{path}", pairs, content_type=form)

    def found(self, path, params=None):
        """The matches of every page, and what came along with them."""
        bundle, resources = self.get(path, params).json(), []
        while True:
            assert bundle["resourceType"] == "Bundle", bundle
            resources += [
                entry["resource"] for entry in bundle.get("entry", ()) if entry["search"]["mode"] != "outcome"
            ]
            following = link(bundle, "next")
            if following is None:
                return resources
            bundle = self.follow(following)

    def follow(self, url):
        parts = urlsplit(url)
        return self.client.get(f"{parts.path}?{parts.query}").json()

    def names(self, path, params=None):
        return [name(one) for one in self.found(path, params)]


def name(resource):
    return f"{resource['resourceType']}/{resource['id']}"


def link(bundle, relation):
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)


def said(answer):
    """The texts of an OperationOutcome."""
    told = answer.json()
    assert told["resourceType"] == "OperationOutcome", told
    return [issue["details"]["text"] for issue in told["issue"]]


def extension(resource, short):
    """The value of one of ours."""
    found = [one for one in resource["extension"] if one["url"].endswith(f"/{short}")]
    return next(value for key, value in found[0].items() if key != "url") if found else None

"""The FHIR server as a program of one person uses it."""

from urllib.parse import urlsplit

from knox.models import AuthToken
from rest_framework.test import APIClient

from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.factories import make_cast

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


def make_three_cases():
    """A cast whose board has three cases, each with a plan in force."""
    cast = make_cast()
    for number in range(3):
        case = makers.make_case(cast.board, by=cast.ana, record_number=f"SYN-{number}")
        save_proforma(case, {"grade": "G2", "ki67_percent": "<1", "extent": "metastatic"}, by=cast.ana)
        makers.make_active_plan(case, by=cast.omar, chair=cast.chloe, steps=2)
    return cast

"""How machines ask, and a proxy that nobody told Consilium about."""

import gzip
import json
import re

import pytest
from django.http import HttpResponse

from config.middleware import CompressingMiddleware
from tests.careplans.api import Api
from tests.careplans.makers import make_case, make_modality

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital(settings):
    settings.ALLOWED_HOSTS = ["consilium.hospital.example"]
    settings.SECURE_SSL_REDIRECT, settings.BEHIND_PROXY, settings.SECURE_PROXY_SSL_HEADER = True, False, None
    return settings


@pytest.mark.parametrize("path", ["/health/live/", "/health/ready/"])
def test_a_load_balancer_may_ask_by_address(hospital, client, path):
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize("names", [[".hospital.example"], ["*"]])
def test_also_where_any_name_is_allowed(hospital, client, names):
    hospital.ALLOWED_HOSTS = names
    assert client.get("/health/live/", headers={"host": "10.1.2.3"}).status_code == 200


def test_nobody_else_may(hospital, client):
    hospital.SECURE_SSL_REDIRECT = False
    assert client.get("/", headers={"host": "10.1.2.3"}).status_code == 400


def test_a_proxy_that_was_not_announced_gets_a_sentence_and_no_endless_redirect(hospital, client):
    said = client.get("/", headers={"host": "consilium.hospital.example", "x-forwarded-proto": "https"})
    assert said.status_code == 400
    assert "set BEHIND_PROXY=on" in said.content.decode()


def test_a_proxy_that_was_announced_gets_the_page(hospital, client):
    hospital.BEHIND_PROXY, hospital.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    said = client.get("/", headers={"host": "consilium.hospital.example", "x-forwarded-proto": "https"})
    assert (said.status_code, said["Location"].partition("?")[0]) == (302, "/sign-in/")


def test_plain_http_is_still_sent_to_https(hospital, client):
    said = client.get("/", headers={"host": "consilium.hospital.example"})
    assert (said.status_code, said["Location"]) == (301, "https://consilium.hospital.example/")


GZIPPED = {"accept-encoding": "gzip"}


def test_a_page_is_compressed_and_says_the_same(client):
    plain, compressed = client.get("/sign-in/"), client.get("/sign-in/", headers=GZIPPED)
    assert (compressed["Content-Encoding"], compressed["Vary"].count("Accept-Encoding")) == ("gzip", 1)
    assert len(compressed.content) < len(plain.content) / 2
    assert without_tokens(gzip.decompress(compressed.content)) == without_tokens(plain.content)


def without_tokens(page):
    """The token of a form is another one each time."""
    return re.sub(rb'value="[^"]{40,}"', b"", page)


def test_nobody_can_put_words_beside_what_is_compressed(client):
    """Its length would say how alike they are: docs/security.md."""
    assert "Content-Encoding" not in client.get("/sign-in/?next=/zqxjkvb/", headers=GZIPPED)


def test_a_call_is_compressed_with_what_it_asks_for(board, ana):
    make_modality("PRRT")
    answer = Api(ana).client.get("/api/v1/modalities/?page_size=1", headers=GZIPPED)
    assert answer["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.content))["results"]) == 1


def test_but_not_where_a_link_in_a_browser_would_do(client, ana):
    client.force_login(ana)
    make_modality("PRRT")
    assert "Content-Encoding" not in client.get("/api/v1/modalities/?page_size=1", headers=GZIPPED)


def test_what_is_no_text_is_left_as_it_is(rf):
    def picture(request):
        return HttpResponse(bytes(2000), content_type="image/png")

    request = rf.get("/reference/a.png", headers=GZIPPED)
    assert "Content-Encoding" not in CompressingMiddleware(picture)(request)


def test_a_version_that_was_weakened_on_its_way_is_known_again(board, ana):
    """A compressed answer has a weak tag; its writer sends that back."""
    case = make_case(board, by=ana)
    api = Api(ana)
    tag = api.client.get(f"/api/v1/cases/{case.pk}/", headers=GZIPPED)["ETag"]
    assert tag.startswith("W/")
    changed = api.client.patch(
        f"/api/v1/cases/{case.pk}/", {"title": "Ileal NET"}, format="json", headers={"If-Match": tag}
    )
    assert changed.status_code == 200
    again = api.client.patch(f"/api/v1/cases/{case.pk}/", {"title": "Other"}, format="json", headers={"If-Match": tag})
    assert again.status_code == 412

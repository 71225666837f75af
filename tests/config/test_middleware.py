"""How machines ask, and a proxy that nobody told Consilium about."""

import pytest

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

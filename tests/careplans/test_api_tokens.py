from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import AuditEvent
from tests.careplans.api import Api
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/tokens/"


@pytest.fixture(autouse=True)
def _forget_attempts():
    cache.clear()


def sign_in(email, password=PASSWORD):
    return APIClient().post(TOKENS, {"email": email, "password": password}, format="json")


def test_a_token_opens_the_api_for_thirty_days(ana):
    answer = sign_in("Ana@Northgate.example ")
    assert answer.status_code == 201
    left = AuthToken.objects.get(user=ana).expiry - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    client = APIClient(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert client.get("/api/v1/boards/").status_code == 200
    assert AuditEvent.objects.filter(action="token_issued", actor=ana).exists()


def test_a_token_that_is_in_use_ends_all_the_same(ana):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = APIClient(HTTP_AUTHORIZATION=f"Token {sign_in(ana.email).json()['token']}")
        for days in (10, 10, 9):
            clock.shift(timedelta(days=days))
            assert client.get("/api/v1/boards/").status_code == 200
        clock.shift(timedelta(days=1, seconds=1))
        assert client.get("/api/v1/boards/").status_code == 401


def test_a_token_is_stored_as_a_hash(ana):
    token = sign_in(ana.email).json()["token"]
    assert token not in str(list(AuthToken.objects.values()))


def test_a_wrong_password_is_refused(ana):
    answer = sign_in(ana.email, "another-long-password")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authentication_failed"
    assert not AuthToken.objects.exists()


def test_an_inactive_person_gets_no_token_and_loses_theirs(ana):
    api = Api(ana)
    ana.is_active = False
    ana.save()
    assert sign_in(ana.email).status_code == 401
    assert api.get("/boards/").status_code == 401


def test_an_expired_token_is_refused(ana):
    api = Api(ana)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert api.get("/boards/").status_code == 401


@pytest.mark.parametrize(
    "header", ["Token", "Token x y", "Token nonsense", "Token \xff\xfe", "Bearer x", "Token " + "a" * 64]
)
def test_a_header_that_is_no_token_is_refused(ana, header):
    Api(ana)
    assert APIClient(HTTP_AUTHORIZATION=header).get("/api/v1/boards/").status_code == 401


@pytest.mark.parametrize(
    "body",
    [None, [], "x", 1, {}, {"email": None, "password": None}, {"email": "a\x00b", "password": "x"}, {"email": ["a"]}],
)
def test_a_body_that_is_no_sign_in_is_refused(ana, body):
    assert APIClient().post(TOKENS, body, format="json").status_code == 400


def test_only_json_is_read(ana):
    answer = APIClient().post(TOKENS, {"email": ana.email, "password": PASSWORD}, format="multipart")
    assert answer.status_code == 415


def test_guessing_is_slowed_down(ana):
    assert [sign_in(ana.email, "a-wrong-password").status_code for _ in range(11)][-1] == 429
    assert sign_in("someone@else.example", "a-wrong-password").status_code == 401


def test_signing_out_ends_this_token_alone(ana):
    one, other = Api(ana), Api(ana)
    assert one.delete("/tokens/current/").status_code == 204
    assert one.get("/boards/").status_code == 401
    assert other.get("/boards/").status_code == 200


def test_signing_out_everywhere_ends_my_tokens_alone(ana, omar):
    one, other, omars = Api(ana), Api(ana), Api(omar)
    assert one.delete("/tokens/").status_code == 204
    assert other.get("/boards/").status_code == 401
    assert omars.get("/boards/").status_code == 200
    assert AuditEvent.objects.get(action="tokens_ended").data == {"count": 2}


def test_a_session_works_too_and_needs_its_csrf_token_to_write(ana):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.get("/api/v1/boards/").status_code == 200
    assert client.delete(TOKENS).status_code == 403


def test_a_session_has_no_token_to_end(ana):
    client = APIClient()
    client.force_login(ana)
    assert client.delete("/api/v1/tokens/current/").status_code == 400


def test_without_a_token_nothing_opens(db):
    answer = APIClient().get("/api/v1/boards/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_a_request_reads_the_one_token_that_it_came_with(ana):
    api = Api(ana)
    alone = read_by(api)
    AuthToken.objects.bulk_create(
        AuthToken(digest=f"{number:0128}", token_key=f"{number:015}", user=ana, expiry=timezone.now())
        for number in range(1000)
    )
    assert read_by(api) == alone
    assert [rows for sql, rows in alone if "knox_authtoken" in sql] == [1]


def read_by(api):
    """What one request asks, and how many rows each brings."""
    with CaptureQueriesContext(connection) as captured:
        assert api.get("/boards/").status_code == 200
    said = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    return [(sql, count_rows(sql)) for sql in said]


def count_rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return len(cursor.fetchall())


def test_an_expired_token_goes_when_it_is_used_and_when_another_is_issued(ana, omar):
    used, _ = Api(ana), Api(ana)
    Api(omar)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert used.get("/boards/").status_code == 401
    assert AuthToken.objects.filter(user=ana).count() == 1
    sign_in(ana.email)
    assert [token.expiry > timezone.now() for token in AuthToken.objects.filter(user=ana)] == [True]
    assert AuthToken.objects.filter(user=omar).count() == 1

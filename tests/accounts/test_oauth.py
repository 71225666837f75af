"""The token endpoint for systems, as RFC 6749 has it, and no other way in."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.checks import run_checks
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Membership, System
from accounts.services.memberships import end_membership
from accounts.services.system_secrets import end_secret, make_secret
from accounts.services.systems import change_system, resume_system, suspend_system
from tests.accounts.systems import WORDS, ask_token, basic, make_system, with_secret
from tests.careplans import makers

pytestmark = pytest.mark.django_db

URL = "/oauth/token/"
FORM = "application/x-www-form-urlencoded"


def post(body, **headers):
    return Client().post(URL, body, content_type=FORM, headers=headers)


def api(answer):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")


def test_a_system_fetches_a_token_and_reads_its_board(admin, board, ana):
    case = makers.make_case(board, by=ana)
    system, secret = with_secret(admin, board)
    answer = ask_token(Client(), system, secret)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == (
        "Bearer",
        3600,
        "boards:read cases:read plans:read",
    )
    assert "refresh_token" not in told
    assert answer["Cache-Control"] == "no-store"
    rows = api(answer).get("/api/v1/cases/").json()["results"]
    assert [row["id"] for row in rows] == [case.pk]
    assert "title" not in rows[0], "an analyst reads no free text"
    read = AuditEvent.objects.filter(action="list", subject_type="case").get()
    assert str(read.actor) == "System: Registry"
    assert AuditEvent.objects.get(action="system_signed_in").data["scopes"] == system.scopes


def test_the_secret_in_the_body_is_taken_too(admin, board):
    system, secret = with_secret(admin, board)
    body = f"grant_type=client_credentials&client_id={system.client_id}&client_secret={secret}"
    assert post(body).status_code == 200


def test_secret_and_token_are_kept_as_hashes_alone(admin, board):
    system, secret = with_secret(admin, board)
    token = ask_token(Client(), system, secret).json()["access_token"]
    rows = str([*System.objects.values(), *system.secrets.values(), *AccessToken.objects.values()])
    rows += str(list(type(system.application).objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in rows
    assert token not in rows


def test_fewer_scopes_may_be_asked_for_and_no_other(admin, board):
    system, secret = with_secret(admin, board)
    answer = ask_token(Client(), system, secret, scope="cases:read")
    assert answer.json()["scope"] == "cases:read"
    assert api(answer).get("/api/v1/cases/").status_code == 200
    assert api(answer).get("/api/v1/plans/").json()["errors"][0]["code"] == "scope_missing"
    for scope in ("patients:read", "cases:write", "cases:read patients:read", "all", "%00"):
        wrong = ask_token(Client(), system, secret, scope=scope)
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_scope"), scope


@pytest.mark.parametrize(
    "grant",
    [
        "password",
        "authorization_code",
        "refresh_token",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "x",
    ],
)
def test_no_other_grant_is_known(admin, board, grant):
    system, secret = with_secret(admin, board)
    more = {"username": "ana@northgate.example", "password": "a-long-test-password", "code": "x", "refresh_token": "x"}
    answer = ask_token(Client(), system, secret, grant_type=grant, **more)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.exists()


@pytest.mark.parametrize(
    "name", ["authorize", "introspect", "revoke-token", "register", "list", "device-authorization"]
)
def test_the_other_pages_of_the_package_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"oauth2_provider:{name}")
    assert Client().get(f"/oauth/{name}/").status_code in (302, 404)


def test_the_package_finds_none_of_its_insecure_defaults():
    found = [one.id for one in run_checks(include_deployment_checks=True) if str(one.id).startswith("oauth2_provider")]
    assert found == []
    assert settings.OAUTH2_PROVIDER["OAUTH2_SERVER_CLASS"] == "oauthlib.oauth2.BackendApplicationServer"


def refused(answer, error, status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer["Cache-Control"] == "no-store"
    assert not AccessToken.objects.exists()
    return True


def test_who_cannot_prove_it_is_refused_alike(admin, board):
    system, secret = with_secret(admin, board)
    client = "grant_type=client_credentials"
    assert refused(post(client), "invalid_client", 401)
    for header in (
        basic(system.client_id, "wrong"), basic("nobody", secret), basic(system.client_id, ""), "Basic !!", "Basic",
        "Basic " + "/w==", f"Bearer {secret}", basic(system.client_id, secret)[:-6], basic("x" * 5000, "y\x00"),
        basic("a\x00b", "y"), basic("a%00b", "y"), basic("nobody", "%00"),
    ):  # fmt: skip
        answer = post(client, Authorization=header)
        assert refused(answer, "invalid_client", 401), header
        assert answer["WWW-Authenticate"].startswith("Basic")


def test_what_is_no_request_is_said(admin, board):
    system, secret = with_secret(admin, board)
    header = {"Authorization": basic(system.client_id, secret)}
    assert refused(post("scope=cases:read", **header), "invalid_request")
    assert refused(post("grant_type=client_credentials&grant_type=client_credentials", **header), "invalid_request")
    assert refused(post(f"grant_type=client_credentials&client_secret={secret}", **header), "invalid_request")
    assert refused(
        Client().post(f"{URL}?client_secret=x", "grant_type=client_credentials", content_type=FORM), "invalid_request"
    )
    assert refused(Client().post(URL, {"grant_type": "client_credentials"}), "invalid_request")
    assert refused(Client().post(URL, "{}", content_type="application/json"), "invalid_request")
    assert refused(post("grant_type=client_credentials&resource=https://elsewhere.example", **header), "invalid_target")
    answer = Client().get(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_ten_wrong_secrets_and_the_right_one_is_not_looked_at(admin, board):
    system, secret = with_secret(admin, board)
    for _ in range(10):
        assert ask_token(Client(), system, "wrong").status_code == 401
    answer = ask_token(Client(), system, secret)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1
    assert AuditEvent.objects.filter(action="system_sign_in_failed").count() == 11
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert ask_token(Client(), system, secret).status_code == 200


def test_a_system_that_fetches_a_token_for_each_call_is_told_to_keep_one(admin, board, monkeypatch):
    monkeypatch.setattr("accounts.services.system_access.MOST_TOKENS", 3)
    system, secret = with_secret(admin, board)
    assert [ask_token(Client(), system, secret).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_token_ends_within_the_hour_and_is_cleared_away(admin, board):
    system, secret = with_secret(admin, board)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        old = api(ask_token(Client(), system, secret))
        clock.shift(timedelta(minutes=59, seconds=59))
        assert old.get("/api/v1/boards/").status_code == 200
        clock.shift(timedelta(seconds=1))
        assert old.get("/api/v1/boards/").status_code == 401
        clock.shift(timedelta(seconds=1))
        ask_token(Client(), system, secret)
        assert AccessToken.objects.count() == 1


def test_what_is_taken_from_a_system_its_token_opens_no_more(admin, board, ana):
    """Each from the next call on, though the token says more: a scope, the board, the system itself."""
    system, secret = with_secret(admin, board)
    client = api(ask_token(Client(), system, secret))
    assert client.get("/api/v1/cases/").status_code == 200
    change_system(system, by=admin, expected_version=1, name="Registry", scopes=["boards:read"], **WORDS)
    assert client.get("/api/v1/cases/").json()["errors"][0]["code"] == "scope_missing"
    assert client.get("/api/v1/boards/").status_code == 200
    end_membership(Membership.objects.get(user=system.user), by=admin)
    assert client.get("/api/v1/boards/").status_code == 403


def test_a_suspended_system_is_out_at_once_and_comes_back_with_its_secret(admin, board):
    system, secret = with_secret(admin, board)
    client = api(ask_token(Client(), system, secret))
    suspend_system(system, by=admin)
    suspend_system(system, by=admin)
    assert client.get("/api/v1/boards/").status_code == 401
    assert ask_token(Client(), system, secret).status_code == 401
    resume_system(system, by=admin)
    assert client.get("/api/v1/boards/").status_code == 401
    assert ask_token(Client(), system, secret).status_code == 200
    assert AuditEvent.objects.filter(action="system_suspended").count() == 1


def test_two_secrets_overlap_and_a_third_waits(admin, board):
    system, first = with_secret(admin, board)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        _, second = make_secret(system, by=admin, overlap_days=7)
        assert [ask_token(Client(), system, one).status_code for one in (first, second)] == [200, 200]
        with pytest.raises(Exception, match="Two secrets are good"):
            make_secret(system, by=admin)
        clock.shift(timedelta(days=7, seconds=1))
        assert [ask_token(Client(), system, one).status_code for one in (first, second)] == [401, 200]
        clock.shift(timedelta(days=358))
        assert ask_token(Client(), system, second).status_code == 401


def test_a_leaked_secret_takes_its_tokens_with_it(admin, board):
    system, first = with_secret(admin, board)
    _, second = make_secret(system, by=admin)
    client = api(ask_token(Client(), system, first))
    end_secret(system.secrets.order_by("pk")[0], by=admin)
    assert client.get("/api/v1/boards/").status_code == 401
    assert [ask_token(Client(), system, one).status_code for one in (first, second)] == [401, 200]


def test_a_secret_opens_its_own_system_alone(admin, board):
    one, secret = with_secret(admin, board)
    other = make_system(admin, board, name="Other")
    assert ask_token(Client(), other, secret).status_code == 401
    assert ask_token(Client(), one, secret).status_code == 200


def test_a_system_reads_and_never_writes(admin, board, ana):
    case = makers.make_case(board, by=ana)
    system, secret = with_secret(admin, board, role="observer")
    client = api(ask_token(Client(), system, secret))
    answer = client.patch(f"/api/v1/cases/{case.pk}/", {"title": "x"}, format="json", headers={"If-Match": '"1"'})
    assert answer.status_code == 403
    assert client.post("/api/v1/tokens/", {}, format="json").status_code == 400
    assert client.get("/api/v1/tokens/").status_code == 403
    assert client.get("/api/v1/tokens/current/").status_code == 400


def test_a_token_of_a_system_opens_no_page(admin, board):
    system, secret = with_secret(admin, board)
    token = ask_token(Client(), system, secret).json()["access_token"]
    answer = Client().get("/settings/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 302
    assert Client().get(f"/api/v1/boards/?access_token={token}").status_code == 401


def test_last_use_is_written_once_a_minute(admin, board):
    system, secret = with_secret(admin, board)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = api(ask_token(Client(), system, secret))
        start = timezone.now()
        clock.shift(timedelta(seconds=59))
        client.get("/api/v1/boards/")
        system.refresh_from_db()
        assert system.last_used_at == start
        clock.shift(timedelta(seconds=1))
        client.get("/api/v1/boards/")
        system.refresh_from_db()
        assert system.last_used_at == start + timedelta(seconds=60)


def test_programs_find_the_endpoint(settings):
    settings.BASE_URL = "https://consilium.example"
    told = Client().get("/.well-known/oauth-authorization-server").json()
    assert (told["issuer"], told["token_endpoint"]) == (
        "https://consilium.example",
        "https://consilium.example/oauth/token/",
    )
    assert told["grant_types_supported"] == ["client_credentials"]
    assert not [one for one in told["scopes_supported"] if one.endswith(":write")]
    smart = Client().get("/fhir/R4/.well-known/smart-configuration").json()
    assert smart["token_endpoint"] == told["token_endpoint"]

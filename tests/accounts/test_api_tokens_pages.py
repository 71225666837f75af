import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import ApiToken
from accounts.services.api_tokens import issue_token
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = reverse("accounts:api_tokens")


@pytest.fixture(autouse=True)
def _forget_attempts():
    cache.clear()


@pytest.fixture
def browser(ana):
    client = Client()
    client.force_login(ana)
    return client


def asked(**other):
    return {
        "name": "Monthly figures", "reach": "read", "on_boards": "all", "days": "30", "present_password": PASSWORD,
    } | other  # fmt: skip


def secret_on(page):
    return re.search(r'id="secret"[^>]*>([^<]+)<', page.content.decode()).group(1)


def test_a_token_is_made_shown_once_and_works(browser, ana, board):
    page = browser.post(PAGE, asked())
    secret = secret_on(page)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    said = ApiToken.objects.get()
    assert (said.name, said.boards) == ("Monthly figures", None)
    assert "cases:read" in said.scopes
    assert not [one for one in said.scopes if one.endswith(":write")]
    assert APIClient(HTTP_AUTHORIZATION=f"Token {secret}").get("/api/v1/cases/").status_code == 200
    again = browser.get(PAGE).content.decode()
    assert "Monthly figures" in again
    assert secret not in again


def test_the_same_form_sent_twice_makes_one_token(browser, ana, board):
    form = re.search(r'name="once" value="([^"]+)"', browser.get(PAGE).content.decode()).group(1)
    browser.post(PAGE, asked(once=form))
    second = browser.post(PAGE, asked(once=form))
    assert ApiToken.objects.count() == 1
    assert 'id="secret"' not in second.content.decode()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": ""}, "name"),
        ({"reach": ""}, "reach"),
        ({"reach": "chosen"}, "scopes"),
        ({"reach": "chosen", "scopes": ["plans:eat"]}, "scopes"),
        ({"reach": "all", "scopes": ["plans:read"]}, "reach"),
        ({"on_boards": "chosen"}, "boards"),
        ({"on_boards": "chosen", "boards": ["987"]}, "boards"),
        ({"on_boards": "chosen", "boards": ["x\x00"]}, "boards"),
        ({"days": "0"}, "days"),
        ({"days": "366"}, "days"),
        ({"days": "1.000"}, "days"),
        ({"days": "9" * 400}, "days"),
        ({"present_password": "wrong"}, "present_password"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser, board, other, field):
    page = browser.post(PAGE, asked(**other))
    assert (page.status_code, AuthToken.objects.count()) == (400, 0)
    assert list(page.context["form"].errors) == [field]


def test_a_token_for_one_board_and_some_things(browser, board):
    browser.post(PAGE, asked(reach="chosen", scopes=["plans:write"], on_boards="chosen", boards=[str(board.pk)]))
    said = ApiToken.objects.get()
    assert (said.scopes, said.boards) == (["plans:read", "plans:write"], [board.pk])


def test_one_is_revoked_and_then_all(browser, ana, board):
    first, text = issue_token(ana, name="One")
    issue_token(ana, name="Two")
    browser.post(reverse("accounts:api_token_end", args=[first.pk]))
    assert [said.name for said in ApiToken.objects.all()] == ["Two"]
    assert APIClient(HTTP_AUTHORIZATION=f"Token {text}").get("/api/v1/boards/").status_code == 401
    browser.post(reverse("accounts:api_tokens_end"))
    assert not AuthToken.objects.exists()


def test_anothers_token_does_not_exist(browser, omar):
    said, _ = issue_token(omar, name="His")
    assert browser.post(reverse("accounts:api_token_end", args=[said.pk])).status_code == 404
    assert ApiToken.objects.exists()


def test_an_administrator_sees_and_ends_a_persons_tokens_and_no_secret(admin, ana):
    said, text = issue_token(ana, name="Registry")
    client = Client()
    client.force_login(admin)
    page = client.get(reverse("accounts:person", args=[ana.pk])).content.decode()
    assert "Registry" in page
    assert text not in page
    client.post(reverse("accounts:person_token_end", args=[ana.pk, said.pk]))
    assert not ApiToken.objects.exists()


def test_the_list_takes_as_many_queries_for_two_as_for_twelve(browser, ana, board, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as queries:
            browser.get(PAGE)
        return len(queries)

    for _ in range(2):
        issue_token(ana, name="A", boards=[board.pk])
    browser.get(PAGE)
    two = count()
    for _ in range(10):
        issue_token(ana, name="B", boards=[board.pk])
    assert count() == two


NOTHING = "opens nothing in your roles of today"


def scopes_on(page):
    return {name: NOTHING in words for name, words in page.context["form"].fields["scopes"].choices}


def test_a_scope_that_opens_nothing_for_this_person_says_so(browser, board, anselm):
    """An analyst sees no patients and changes nothing; a coordinator does both."""
    assert True not in scopes_on(browser.get(PAGE)).values()
    client = Client()
    client.force_login(anselm)
    page = client.get(PAGE)
    told = scopes_on(page)
    assert {name for name, nothing in told.items() if nothing} == {
        "patients:read", "patients:write", "cases:write", "plans:write", "followups:write",
    }  # fmt: skip
    assert NOTHING in page.content.decode()


def test_each_scope_that_opens_nothing_is_refused_and_each_other_is_not(board, anselm):
    """As the page says: with a token of one scope alone, the first list of each noun that needs it."""
    for scope, path in (("patients:read", "/patients/"), ("cases:read", "/cases/"), ("reports:read", "/reports/")):
        _, secret = issue_token(anselm, name=scope, scopes=[scope], boards=None, days=1)
        answer = APIClient(HTTP_AUTHORIZATION=f"Token {secret}").get(f"/api/v1{path}")
        assert (answer.status_code == 403) == (scope == "patients:read"), (scope, answer.status_code)

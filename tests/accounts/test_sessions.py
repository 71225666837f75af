"""A session ends fifteen minutes after the last act of its person, and twelve hours after it began."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD

BY_ITSELF = {"HTTP_X_REQUESTED_WITH": "fetch"}
NEW = "a quite different phrase"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def here(client, clock, ana):
    client.post("/sign-in/", {"username": ana.email, "password": PASSWORD})
    return client


def is_in(client, **headers):
    return client.get("/settings/", **headers).status_code == 200


def test_it_ends_after_fifteen_minutes_without_an_act(here, clock):
    clock.shift(timedelta(minutes=14, seconds=59))
    assert is_in(here)
    clock.shift(timedelta(minutes=15, seconds=1))
    assert not is_in(here)


def test_how_long_is_a_setting(client, ana, clock, settings):
    settings.SESSION_IDLE_SECONDS = 120
    client.post("/sign-in/", {"username": ana.email, "password": PASSWORD})
    clock.shift(timedelta(seconds=119))
    assert is_in(client)
    clock.shift(timedelta(seconds=121))
    assert not is_in(client)


def test_an_act_keeps_it_open(here, clock):
    for _ in range(5):
        clock.shift(timedelta(minutes=10))
        assert is_in(here)


@pytest.mark.parametrize(
    "headers",
    [
        BY_ITSELF,
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_SEC_FETCH_MODE": "cors"},
        {"HTTP_SEC_FETCH_MODE": "no-cors"},
    ],
)
def test_what_a_page_asks_by_itself_is_no_act(here, clock, headers):
    for _ in range(2):
        clock.shift(timedelta(minutes=7))
        assert is_in(here, **headers)
    clock.shift(timedelta(minutes=2))
    assert not is_in(here, **headers)


def test_what_is_written_into_the_session_meanwhile_is_no_act(here, clock, board):
    """The page of a board is remembered in the session, which writes it anew."""
    clock.shift(timedelta(minutes=10))
    assert here.get(f"/boards/{board.pk}/", **BY_ITSELF).status_code == 200
    clock.shift(timedelta(minutes=6))
    assert not is_in(here)


def test_a_script_that_says_somebody_types_is_an_act(here, clock):
    for _ in range(3):
        clock.shift(timedelta(minutes=10))
        assert is_in(here, HTTP_X_ACT="person", **BY_ITSELF)


def test_nothing_extends_twelve_hours(here, clock):
    for _ in range(71):
        clock.shift(timedelta(minutes=10))
        assert is_in(here)
    clock.shift(timedelta(minutes=9))
    assert here.post("/session/", **BY_ITSELF).json()["left"] == 60
    clock.shift(timedelta(minutes=1, seconds=1))
    assert not is_in(here)


def test_a_new_password_does_not_extend_them(here, clock):
    for _ in range(71):
        clock.shift(timedelta(minutes=10))
        is_in(here)
    here.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert is_in(here)
    clock.shift(timedelta(minutes=10, seconds=1))
    assert not is_in(here)


def test_the_row_and_the_cookie_end_with_it(here, clock, ana):
    assert Session.objects.get().expire_date == timezone.now() + timedelta(minutes=15)
    assert here.cookies["consilium_session"]["max-age"] == 15 * 60


def test_signing_in_begins_twelve_hours_anew(client, clock, ana):
    client.get("/password/new/x/y/")
    client.post("/password/forgotten/", {"email": ana.email})
    clock.shift(timedelta(minutes=14))
    client.post("/sign-in/", {"username": ana.email, "password": PASSWORD})
    assert client.get("/session/").json()["left"] == 12 * 3600


def test_another_person_begins_anew_in_the_same_browser(here, clock, omar):
    clock.shift(timedelta(minutes=10))
    here.force_login(omar)
    assert here.get("/session/").json() | {"began": 0} == {
        "person": omar.pk, "began": 0, "idle": 15 * 60, "left": 12 * 3600,
    }  # fmt: skip


def test_to_ask_how_long_is_no_act(here, clock):
    clock.shift(timedelta(minutes=14))
    assert here.get("/session/", **BY_ITSELF).json()["idle"] == 60
    clock.shift(timedelta(seconds=61))
    assert here.get("/session/", **BY_ITSELF).status_code == 401


def test_whoever_answers_stays(here, clock):
    clock.shift(timedelta(minutes=14))
    assert here.post("/session/", **BY_ITSELF).json()["idle"] == 15 * 60


def test_answering_needs_the_token_of_the_page(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post("/session/").status_code == 403


def test_the_sign_in_page_says_why_one_is_there_and_leads_back(here, clock):
    clock.shift(timedelta(minutes=16))
    response = here.get("/settings/?x=1", follow=True)
    assert "You were signed out: nothing had happened for 15 minutes" in response.content.decode()
    assert response.context["next"] == "/settings/?x=1"


def test_it_does_not_say_so_to_whoever_was_never_in(client, db):
    assert "You were signed out" not in client.get("/settings/", follow=True).content.decode()


def test_a_script_hears_that_it_is_signed_out_and_gets_no_page(here, clock):
    clock.shift(timedelta(minutes=16))
    assert here.get("/settings/", HTTP_HX_REQUEST="true").status_code == 401
    assert "another tab" in here.post("/settings/", **BY_ITSELF).json()["message"]


def test_a_page_knows_its_session(here):
    page = here.get("/settings/").content.decode()
    assert f'data-began="{int(here.session["began_at"])}"' in page
    assert 'data-idle="900"' in page


def test_nobody_signed_in_gets_no_session_by_looking(client, db):
    client.get("/sign-in/")
    assert not Session.objects.exists()

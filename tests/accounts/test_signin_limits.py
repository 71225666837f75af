"""Guessing: ten wrong passwords in fifteen minutes, on pages and over the API together, and nobody else is locked out."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.addresses import address_of
from accounts.models import AuditEvent, Limit, User
from accounts.services.limits import TooMany, forget_old_limits
from accounts.services.signin import MOST_FROM_ADDRESS
from tests.factories import PASSWORD, make_user

ROOT = Path(__file__).resolve().parents[2]
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def on_page(email, password=PASSWORD, *, address=HERE, client=None):
    client = client or Client()
    return client.post("/sign-in/", {"username": email, "password": password}, REMOTE_ADDR=address).status_code


def over_api(email, password=PASSWORD, *, address=HERE):
    body = {"email": email, "password": password}
    return APIClient().post("/api/v1/tokens/", body, format="json", REMOTE_ADDR=address).status_code


def guess(email, times=10, door=on_page, **more):
    return [door(email, f"a wrong password {number}", **more) for number in range(times)]


def test_the_right_password_is_not_looked_at_after_ten_wrong_ones(ana):
    assert guess(ana.email) == [200] * 10
    assert on_page(ana.email) == 429


def test_nine_wrong_ones_lock_nothing(ana):
    guess(ana.email, 9)
    assert on_page(ana.email) == 302


@pytest.mark.parametrize(("first", "then"), [(on_page, over_api), (over_api, on_page)])
def test_page_and_api_count_together(ana, first, then):
    guess(ana.email, door=first)
    assert then(ana.email) == 429


def test_the_answer_says_when_to_come_back(ana):
    guess(ana.email)
    answer = Client().post("/sign-in/", {"username": ana.email, "password": PASSWORD}, REMOTE_ADDR=HERE)
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1
    assert "Too many wrong passwords. Wait 15 minutes" in answer.content.decode()


def test_the_api_says_when_to_come_back(ana):
    guess(ana.email, door=over_api)
    answer = APIClient().post(
        "/api/v1/tokens/", {"email": ana.email, "password": PASSWORD}, format="json", REMOTE_ADDR=HERE
    )
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1


def test_whoever_owns_the_account_signs_in_from_elsewhere(ana):
    guess(ana.email)
    assert on_page(ana.email, address=ELSEWHERE) == 302
    assert over_api(ana.email, address=ELSEWHERE) == 201


def test_another_account_at_the_same_address_is_not_locked_out(ana, omar):
    guess(ana.email)
    assert on_page(omar.email) == 302


def test_it_opens_again_after_fifteen_minutes(ana):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess(ana.email)
        clock.shift(timedelta(minutes=14, seconds=59))
        assert on_page(ana.email) == 429
        clock.shift(timedelta(seconds=2))
        assert on_page(ana.email) == 302


def test_no_fifteen_minutes_hold_more_than_ten(ana):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess(ana.email, 5)
        clock.shift(timedelta(minutes=10))
        guess(ana.email, 5)
        clock.shift(timedelta(minutes=6))
        assert guess(ana.email, 7) == [200] * 5 + [429] * 2


def test_the_right_password_begins_anew(ana):
    guess(ana.email, 9)
    on_page(ana.email)
    assert guess(ana.email) == [200] * 10


def test_an_account_that_there_is_not_is_limited_just_so(ana):
    assert guess("nobody@northgate.example") == [200] * 10
    assert on_page("Nobody@Northgate.example ") == 429


def test_how_the_address_is_typed_does_not_count_apart(ana):
    guess(ana.email)
    assert on_page(f" {ana.email.upper()} ") == 429


def test_one_address_does_not_go_through_all_accounts(db):
    answers = [on_page(f"p{number}@northgate.example", "Spring2026!Spring") for number in range(MOST_FROM_ADDRESS + 1)]
    assert answers == [200] * MOST_FROM_ADDRESS + [429]


def test_signing_in_to_an_account_of_ones_own_does_not_win_more_tries(ana):
    for number in range(MOST_FROM_ADDRESS):
        on_page(f"p{number}@northgate.example", "wrong")
        if number % 5 == 0:
            on_page(ana.email)
    assert on_page("another@northgate.example", "wrong") == 429


def test_a_browser_in_which_one_has_signed_in_is_not_locked_out_by_its_neighbours(ana):
    known = Client()
    on_page(ana.email, client=known)
    known.cookies.pop("consilium_session")
    guess(ana.email)
    for number in range(MOST_FROM_ADDRESS):
        on_page(f"p{number}@northgate.example", "wrong")
    assert on_page(ana.email) == 429
    assert on_page(ana.email, client=known) == 302


def test_such_a_browser_may_not_guess_either(ana):
    known = Client()
    on_page(ana.email, client=known)
    known.cookies.pop("consilium_session")
    assert guess(ana.email, 11, client=known)[-1] == 429


def test_it_is_known_for_nobody_else(ana, omar):
    known = Client()
    on_page(ana.email, client=known)
    known.cookies.pop("consilium_session")
    guess(omar.email)
    assert on_page(omar.email, client=known) == 429


@pytest.mark.parametrize("cookie", ["", "x", "W10:1:2", "\x00", "ß" * 5000])
def test_a_made_up_cookie_is_nothing(ana, cookie):
    client = Client()
    client.cookies["consilium_known"] = cookie
    assert on_page(ana.email, client=client) == 302


def test_the_present_password_cannot_be_guessed_in_an_open_session(ana):
    client = Client()
    client.force_login(ana)
    typed = {"new_password1": "a quite different phrase", "new_password2": "a quite different phrase"}
    for number in range(10):
        client.post("/password/", {"old_password": f"wrong {number}", **typed}, REMOTE_ADDR=HERE)
    response = client.post("/password/", {"old_password": PASSWORD, **typed}, REMOTE_ADDR=HERE)
    assert "Too many wrong passwords" in response.context["form"].errors["old_password"][0]
    assert on_page(ana.email) == 429


def test_every_failure_is_in_the_audit_trail(ana):
    guess(ana.email, 2)
    over_api(ana.email, "wrong")
    events = AuditEvent.objects.filter(action="sign_in_failed").order_by("pk")
    assert [(event.subject_id, event.data["where"]) for event in events] == [
        (str(ana.pk), "accounts:login"), (str(ana.pk), "accounts:login"), (str(ana.pk), "api:tokens"),
    ]  # fmt: skip
    assert {event.data["address"] for event in events} == {HERE}


def test_what_was_typed_as_an_address_is_kept_nowhere(db):
    on_page("my-secret-password@x.example", "wrong")
    event = AuditEvent.objects.get(action="sign_in_failed")
    assert event.subject_id == "unknown"
    assert "my-secret" not in str(list(AuditEvent.objects.values())) + str(list(Limit.objects.values()))


def test_a_door_that_is_closed_says_so_once_in_the_trail(ana):
    guess(ana.email, 30)
    events = AuditEvent.objects.filter(action="sign_in_failed")
    assert [event.data["why"] for event in events.order_by("pk")] == ["wrong"] * 10 + ["too many"]


def test_what_limits_nothing_any_more_is_forgotten(ana):
    guess(ana.email, 2)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert forget_old_limits() == 2
    assert not Limit.objects.exists()


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("nonsense", 1, "unknown"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("", 1, HERE),
    ],
)
def test_behind_a_proxy_its_word_counts(settings, header, proxies, address):
    settings.BEHIND_PROXY, settings.PROXIES = True, proxies
    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=header)
    assert address_of(request) == address


def test_without_a_proxy_nobody_chooses_their_address(settings):
    settings.BEHIND_PROXY = False
    assert address_of(RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR="1.1.1.1")) == HERE


@pytest.mark.django_db(transaction=True)
def test_guessing_in_parallel_wins_no_more_tries(monkeypatch):
    """All at once: whoever counts after looking at the password lets every one of them through."""
    make_user("ana@northgate.example", "Ana")
    together, looked_at = Barrier(16), []
    monkeypatch.setattr(User, "check_password", lambda self, raw: looked_at.append(raw) or False)

    def one(number):
        request = RequestFactory().post("/sign-in/", REMOTE_ADDR=HERE)
        request.resolver_match = None
        together.wait(30)
        try:
            authenticate(request, username="ana@northgate.example", password=f"guess {number}")
        except TooMany:
            return "refused"
        finally:
            connection.close()
        return "looked at"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(16)))
    assert (answers.count("looked at"), len(looked_at)) == (10, 10)


def used_up(door=over_api):
    for number in range(MOST_FROM_ADDRESS):
        door(f"p{number}@northgate.example", "wrong")


@pytest.mark.parametrize("door", [on_page, over_api])
def test_whoever_has_signed_in_from_there_is_not_locked_out_by_neighbours_who_guess(ana, door):
    """Also a program, which carries no cookie."""
    over_api(ana.email)
    used_up()
    assert door(ana.email) in (201, 302)


def test_nor_does_that_win_them_more_than_ten_tries(ana, monkeypatch):
    over_api(ana.email)
    used_up()
    looked_at = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: looked_at.append(raw) or False)
    guess(ana.email, 15, door=over_api)
    assert len(looked_at) == 10


def test_a_wrong_password_then_tells_nobody_who_has_an_account(ana, omar):
    """The answer is the one that everybody gets from there, and as much is done for it."""
    over_api(ana.email)
    used_up()
    known, unknown, made_up = (over_api(email, "wrong") for email in (ana.email, omar.email, "x@northgate.example"))
    assert (known, unknown, made_up) == (429, 429, 429)


def test_an_account_that_never_signed_in_from_there_waits_with_the_right_password_too(omar):
    used_up()
    assert over_api(omar.email) == 429


def test_people_who_sign_in_well_use_up_nothing(db):
    people = [make_user(f"well{number}@northgate.example", f"Well {number}") for number in range(MOST_FROM_ADDRESS + 1)]
    assert {over_api(person.email) for person in people} == {201}


@pytest.mark.parametrize("door", [on_page, over_api])
def test_an_address_is_read_at_the_door_as_it_is_kept(db, door):
    """NFKC would make an o2 of it, which is another person's."""
    make_user("o²@lab.example", "O Squared")
    assert door("O²@lab.example ") in (201, 302)


def test_an_address_is_brought_into_one_form_in_one_place_only():
    sources = [path for room in ("accounts", "careplans", "common") for path in (ROOT / room).rglob("*.py")]
    rule = re.compile(r"(email|username|address)\b[^\n]*\.strip\(\)\.lower\(\)")
    found = [path.name for path in sources if rule.search(path.read_text())]
    assert found == ["addresses.py"]

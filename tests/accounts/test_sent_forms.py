"""Whatever is sent twice is done once: a form by its hidden token."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Sent
from accounts.services.sent import forget_old_sent
from careplans.models import FollowUp, Patient, Proforma
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="once" value="([^"]+)"')


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def add(case):
    return url("followup_new", case.pk)


def token_of(page):
    return TOKEN.findall(page.content.decode())[-1]


def typed(ana, token, **more):
    return {
        "kind": "cross_sectional",
        "due_on": "2030-05-17",
        "window_days": "7",
        "assignee": ana.pk,
        "once": token,
    } | more


def test_a_form_sent_twice_makes_one_row_and_is_answered_alike(ana, add):
    client = browser(ana)
    body = typed(ana, token_of(client.get(add)))
    first, second = client.post(add, body), client.post(add, body)
    assert FollowUp.objects.count() == 1
    assert (second.status_code, second.url) == (302, first.url)


def test_it_says_that_it_came_twice(ana, add):
    client = browser(ana)
    body = typed(ana, token_of(client.get(add)))
    client.post(add, body)
    page = client.post(add, body, follow=True).content.decode()
    assert "This arrived twice. It was done once." in page


def test_a_form_opened_anew_makes_another_row(ana, add):
    client = browser(ana)
    for _ in range(2):
        client.post(add, typed(ana, token_of(client.get(add))))
    assert FollowUp.objects.count() == 2


def test_a_form_that_was_refused_is_sent_again_with_its_token(ana, add):
    client = browser(ana)
    token = token_of(client.get(add))
    assert client.post(add, typed(ana, token, due_on="")).status_code == 400
    assert client.post(add, typed(ana, token)).status_code == 302
    assert FollowUp.objects.count() == 1


def test_a_patient_who_was_only_looked_up_is_added_by_the_same_form(ana, board):
    """The look at what the institution knows comes before the patient, and is not what the form was sent for."""
    client, add = browser(ana), reverse("careplans:patient_new", args=[board.pk])
    body = {"record_number": "T-9", "family_name": "Test", "given_name": "Zoe", "sex": "female"}
    body["once"] = token_of(client.get(add))
    refused = client.post(add, body | {"birth_date": "2100-05-17"})
    assert (refused.status_code, Sent.objects.count()) == (400, 0)
    assert client.post(add, body | {"birth_date": "1960-05-17"}).status_code == 302
    assert Patient.objects.get(record_number="T-9").birth_date.year == 1960


def test_a_form_that_was_saved_in_part_is_sent_again_with_its_token(ana, case):
    client, page = browser(ana), url("proforma", case.pk)
    body = {"once": token_of(client.get(page)), "mri": "", "echo_on": "31/4/2019"}
    assert client.post(url("proforma_save", case.pk), body).status_code == 400
    assert client.post(url("proforma_save", case.pk), body | {"echo_on": "30/4/2019"}).status_code == 302
    assert str(Proforma.objects.get(case=case).echo_on) == "30 Apr 2019"


def test_a_wrong_present_password_uses_no_token_up(ana):
    client, change = browser(ana), reverse("accounts:password_change")
    body = {"new_password1": "quiet-harbour-nineteen", "new_password2": "quiet-harbour-nineteen"}
    body["once"] = token_of(client.get(change))
    assert client.post(change, body | {"old_password": "wrong"}).status_code == 200
    assert Sent.objects.count() == 0
    assert client.post(change, body | {"old_password": PASSWORD}).status_code == 302


def test_other_content_under_the_same_token_is_asked_about_and_nothing_is_lost(ana, add):
    client = browser(ana)
    token = token_of(client.get(add))
    saved = client.post(add, typed(ana, token))
    page = client.post(add, typed(ana, token, due_on="2030-06-18", title="after the scan"))
    assert page.status_code == 409 and FollowUp.objects.count() == 1
    text = page.content.decode()
    assert saved.url in text and "after the scan" in text and "not saved" in text
    again = typed(ana, token_of(page), due_on="2030-06-18", title="after the scan")
    assert client.post(add, again).status_code == 302
    assert FollowUp.objects.count() == 2


def test_a_token_is_good_for_its_own_person_only(ana, omar, add):
    token = token_of(browser(ana).get(add))
    browser(ana).post(add, typed(ana, token))
    browser(omar).post(add, typed(omar, token))
    assert FollowUp.objects.count() == 2
    assert set(Sent.objects.values_list("person", flat=True)) == {ana.pk}


def test_what_was_sent_stands_in_no_table(ana, add):
    client = browser(ana)
    token = token_of(client.get(add))
    client.post(add, typed(ana, token, title="after the scan"))
    row = Sent.objects.get()
    assert row.status == 302
    for text in (token, "scan", "follow-up"):
        assert text not in f"{row.key} {row.body} {row.answer}"


def test_after_a_day_a_token_is_forgotten(ana, add):
    client = browser(ana)
    client.post(add, typed(ana, token_of(client.get(add))))
    assert forget_old_sent() == 0
    Sent.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert forget_old_sent() == 1


def test_what_is_answered_with_a_page_that_is_shown_once_is_not_done_again(ana):
    client = browser(ana)
    token = token_of(client.get(reverse("accounts:settings")))
    make = reverse("accounts:calendar_make")
    assert client.post(make, {"once": token}).status_code in (200, 302)
    rows = Sent.objects.count()
    assert rows == 1
    assert client.post(make, {"once": token}).status_code in (302, 409)
    assert Sent.objects.count() == rows


def test_every_form_that_posts_carries_a_token_of_its_own(ana, add):
    page = browser(ana).get(add).content.decode()
    tokens = TOKEN.findall(page)
    assert len(tokens) == len(set(tokens)) == page.count('method="post"')


def test_nobody_signed_in_needs_none(db):
    assert TOKEN.search(Client().get(reverse("accounts:login")).content.decode()) is None

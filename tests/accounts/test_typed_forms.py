"""A session that ends while somebody types loses nothing of what they send then, and shows it to nobody else."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Typed
from accounts.services.typed import MOST, forget_old_typed
from careplans.models import FollowUp
from tests.accounts.test_sent_forms import token_of, typed
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def add(case):
    return url("followup_new", case.pk)


@pytest.fixture
def body(ana, add):
    return typed(ana, token_of(browser(ana).get(add)), title="after the scan")


def sign_in(client, person):
    return client.post(
        reverse("accounts:login"), {"username": person.email, "password": PASSWORD, "next": "/"}, follow=True
    )


def send(client, add, body, **headers):
    return client.post(add, body, headers={"referer": f"http://testserver{add}"} | headers)


def form_values(page):
    form = page.content.decode().split("<main")[1].split("Throw")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def test_what_was_sent_is_there_after_signing_in_and_is_saved_by_one_button(ana, add, body):
    client = Client()
    answer = send(client, add, body)
    assert answer.status_code == 302 and answer.url.startswith(reverse("accounts:login"))
    assert FollowUp.objects.count() == 0
    page = sign_in(client, ana)
    assert page.request["PATH_INFO"] == reverse("accounts:typed") and "after the scan" in page.content.decode()
    values = form_values(page)
    assert client.post(add, values).status_code == 302
    assert FollowUp.objects.get().title == "after the scan"
    assert not Typed.objects.exists()


def test_it_says_before_signing_in_that_nothing_is_lost(add, body):
    page = Client().post(add, body, follow=True).content.decode()
    assert "not saved yet" in page and "after the scan" not in page


def test_after_it_one_comes_back_to_the_page_on_which_it_was_typed(add, body):
    assert f"next={add.replace('/', '%2F')}" in send(Client(), add, body).url.replace("/", "%2F").replace(
        "%252F", "%2F"
    )


def test_another_person_who_signs_in_sees_nothing_of_it(ana, omar, add, body):
    client = Client()
    send(client, add, body)
    page = sign_in(client, omar)
    assert page.request["PATH_INFO"] == "/" and "after the scan" not in page.content.decode()
    assert client.get(reverse("accounts:typed"), follow=True).request["PATH_INFO"] == "/"
    row = Typed.objects.get()
    client.post(reverse("accounts:typed_drop", args=[row.pk]))
    assert Typed.objects.filter(pk=row.pk, person=ana).exists()


def test_no_address_and_no_table_shows_what_was_typed(add, body):
    answer = send(Client(), add, body)
    assert "scan" not in answer.url
    assert "scan" not in Typed.objects.get().content and "follow-ups" not in Typed.objects.get().content


def test_a_form_that_this_server_did_not_draw_is_not_kept(add, body):
    send(Client(), add, body | {"once": "made-up"})
    assert not Typed.objects.exists()


def test_every_page_says_that_something_waits(ana, add, body):
    client = Client()
    send(client, add, body)
    sign_in(client, ana)
    assert "is not saved yet" in client.get(add).content.decode()


def test_thrown_away_it_is_gone(ana, add, body):
    client = Client()
    send(client, add, body)
    sign_in(client, ana)
    client.post(reverse("accounts:typed_drop", args=[Typed.objects.get().pk]), follow=True)
    assert not Typed.objects.exists()
    assert "is not saved yet" not in client.get(add).content.decode()


def test_what_is_refused_when_it_is_sent_again_stands_in_the_form(ana, add, body):
    client = Client()
    send(client, add, body | {"due_on": "32 May"})
    page = client.post(add, form_values(sign_in(client, ana)))
    assert page.status_code == 400 and "after the scan" in page.content.decode() and "32 May" in page.content.decode()
    assert not Typed.objects.exists()


def test_a_page_from_before_signing_in_anew_loses_nothing(ana, add):
    """Signing in again renews the CSRF token: the page in the other tab still has the old one."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    body = typed(ana, token_of(client.get(add)), title="after the scan")
    page = client.post(add, body | {"csrfmiddlewaretoken": "x" * 64}, follow=True)
    assert "after the scan" in page.content.decode() and FollowUp.objects.count() == 0


def test_a_page_of_another_person_is_kept_for_them(ana, omar, add, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(omar)
    page = client.post(add, body)
    assert page.status_code == 403 and "another person" in page.content.decode()
    assert "scan" not in page.content.decode()
    assert Typed.objects.get().person == ana


def test_passwords_are_never_kept(ana):
    change = reverse("accounts:password_change")
    token = token_of(browser(ana).get(change))
    client = Client()
    send(client, change, {"old_password": "geheim-geheim-1", "new_password1": "neu-neu-neu-1", "once": token})
    page = sign_in(client, ana).content.decode()
    assert "geheim" not in page and "neu-neu" not in page and "Passwords are never kept" in page


def test_a_file_is_said_to_be_lost(ana, add, body):
    client = Client()
    send(client, add, body | {"file": SimpleUploadedFile("scan.pdf", b"%PDF-")})
    page = sign_in(client, ana).content.decode()
    assert "Files are lost" in page and "scan.pdf" in page


def test_it_is_kept_for_a_day_and_no_more_than_a_few(add, body):
    for number in range(MOST + 2):
        send(Client(), add, body | {"title": str(number)})
    assert Typed.objects.count() == MOST
    assert forget_old_typed() == 0
    Typed.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert forget_old_typed() == MOST


def test_a_script_is_told_and_nothing_is_kept(add, body):
    answer = send(Client(), add, body, **{"X-Requested-With": "fetch"})
    assert answer.status_code == 401 and not Typed.objects.exists()

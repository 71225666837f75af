"""A session that ends while somebody types loses nothing of what they send then, and shows it to nobody else."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Typed
from accounts.services.typed import MOST, forget_old_typed
from careplans.models import FollowUp
from careplans.services.cases import add_prior_treatment
from common.drawn_forms import BUTTONS, drawn_forms
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


def form_of(page):
    """The form that holds what was kept."""
    [form] = [one for one in drawn_forms(page.content.decode()) if "kept-row" in one.standing()]
    return form


def form_values(page):
    """What pressing its button sends."""
    return {one.name: one.values for one in form_of(page).controls if one.kind not in BUTTONS and one.values}


def test_what_was_sent_stands_in_its_form_after_signing_in_and_is_saved_by_its_button(ana, add, body):
    client = Client()
    answer = send(client, add, body)
    assert answer.status_code == 302 and answer.url.startswith(reverse("accounts:login"))
    assert FollowUp.objects.count() == 0
    page = sign_in(client, ana)
    assert (page.status_code, page.request["PATH_INFO"]) == (200, add)
    assert "From before you were signed out" in page.content.decode()
    values = form_values(page)
    assert values["title"] == ["after the scan"] and values["once"] != [body["once"]]
    assert FollowUp.objects.count() == 0
    assert client.post(add, values).status_code == 302
    assert FollowUp.objects.get().title == "after the scan"
    assert not Typed.objects.exists()
    assert "is not saved yet" not in client.get(add).content.decode()


def test_it_stands_there_whenever_one_comes_back_until_it_is_saved(ana, add, body):
    client = Client()
    send(client, add, body)
    sign_in(client, ana)
    assert "is not saved yet" in client.get("/").content.decode()
    for _ in range(2):
        assert form_values(client.get(add))["title"] == ["after the scan"]


def test_a_page_of_its_own_shows_all_of_it_too(ana, add, body):
    client = Client()
    send(client, add, body)
    sign_in(client, ana)
    page = client.get(reverse("accounts:typed")).content.decode()
    assert "after the scan" in page and "Save it now" in page


def test_lines_that_were_added_to_a_form_are_there_again(ana, board):
    """Of a form of many rows; a tick that was taken off stays off."""
    add = url("schedule_new", board.pk)
    [form] = [one for one in drawn_forms(browser(ana).get(add).content.decode()) if one.address(add) == add]
    body = {name: values for name, values in form.standing().items() if any(values)}
    total = next(name for name in body if name.endswith("TOTAL_FORMS"))
    prefix, rows = total.removesuffix("-TOTAL_FORMS"), int(body[total][0])
    body |= {total: [str(rows + 2)], "name": ["After ablation"]}
    body |= {f"{prefix}-{row}-title": [f"scan {row}"] for row in range(rows + 2)}
    client = Client()
    send(client, add, body)
    values = form_values(sign_in(client, ana))
    assert values["name"] == ["After ablation"] and values[total] == [str(rows + 2)]
    assert [values[f"{prefix}-{row}-title"] for row in range(rows + 2)] == [[f"scan {row}"] for row in range(rows + 2)]


def test_what_was_changed_meanwhile_is_said_and_asked_about(ana, omar, case):
    edit = url("patient_edit", case.patient_id)
    [form] = [one for one in drawn_forms(browser(ana).get(edit).content.decode()) if one.address(edit) == edit]
    drawn = {one.name: one.values for one in form.controls if one.values and one.kind not in BUTTONS}
    client = Client()
    send(client, edit, drawn | {"given_name": ["Beatrix"], "old_name": ["mistyped"]})
    theirs = drawn | {"family_name": ["Elsewhere"], "old_name": ["mistyped"], "once": [""]}
    assert browser(omar).post(edit, theirs).status_code == 302
    page = sign_in(client, ana)
    assert "This was changed since" in page.content.decode()
    assert form_values(page)["given_name"] == ["Beatrix"]
    refused = client.post(edit, form_values(page))
    assert refused.status_code == 400 and "changed this patient" in refused.content.decode()
    assert "Go on where you were" not in refused.content.decode()
    again = next(one for one in drawn_forms(refused.content.decode()) if one.address(edit) == edit)
    assert again.standing()["given_name"] == ["Beatrix"]
    assert case.patient.changes.count() == 1


def test_a_form_whose_address_only_takes_is_filled_in_on_its_page(ana, case):
    therapy = add_prior_treatment(case, by=ana, modality_code="OSA", response="stable")
    page, path = url("proforma", case.pk), url("prior_treatment_withdraw", case.pk, therapy.pk)
    html = browser(ana).get(page).content.decode()
    [form] = [one for one in drawn_forms(html) if one.address(page) == path]
    client = Client()
    body = {"once": form.standing()["once"], "reason": "Of another “patient” <b>"}
    client.post(path, body, headers={"referer": f"http://testserver{page}"})
    back = sign_in(client, ana)
    assert (back.status_code, back.request["PATH_INFO"]) == (200, page)
    assert form_values(back)["reason"] == ["Of another “patient” <b>"]
    assert client.post(path, form_values(back)).status_code == 302
    therapy.refresh_from_db()
    assert therapy.removed_at and not Typed.objects.exists()


def test_a_form_that_is_no_longer_to_be_had_is_shown_on_a_page_of_its_own(ana, add, body):
    client = Client()
    send(client, add, body)
    ana.memberships.update(role="observer")
    page = sign_in(client, ana)
    assert page.request["PATH_INFO"] == reverse("accounts:typed") and "after the scan" in page.content.decode()


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
    assert "Choose again: scan.pdf" in page and "after the scan" in page


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


def test_who_signs_out_in_a_second_tab_signs_in_again_as_always(ana, add):
    client = browser(ana)
    token = token_of(client.get(add))
    client.post(reverse("accounts:logout"), {"once": token})
    again = client.post(reverse("accounts:logout"), {"once": token}, headers={"referer": "http://testserver/"})
    assert (again.status_code, Typed.objects.count()) == (302, 0)
    sign_in(client, ana)
    assert client.get("/", follow=True).wsgi_request.user == ana


def test_a_button_alone_is_nothing_that_was_typed(ana, add):
    token = token_of(browser(ana).get(add))
    Client().post(reverse("accounts:notices_read"), {"once": token, "next": "/"})
    assert not Typed.objects.exists()

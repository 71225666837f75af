"""The pages of an import: a file or its text, what it would do, carried out, and read later."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careplans.models import Import, Patient
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, bundle, condition, patient, pid

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(board, ana):
    client = Client()
    client.force_login(ana)
    return lambda data=None, **more: (
        client.post(reverse("careplans:import_new", args=[board.pk]), data | more)
        if data is not None
        else client.get(reverse("careplans:import_new", args=[board.pk]))
    )


def carried(response, content, **more):
    text = response.content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', text).group(1)
    keys = re.findall(r'name="confirmed" value="([^"]+)"', text)
    return {"content": content, "digest": digest, "confirmed": keys} | more


def test_a_pasted_bundle_is_shown_then_imported(page, board, ana):
    content = bundle(patient(), condition())
    shown = page({"content": content})
    text = shown.content.decode()
    assert shown.status_code == 200 and "New patient" in text and "New case" in text and "Import it" in text
    assert not Patient.objects.exists()
    done = page(carried(shown, content))
    row = Import.objects.get()
    assert done.headers["Location"] == reverse("careplans:import", args=[row.pk])
    client = Client()
    client.force_login(ana)
    result = client.get(done.headers["Location"]).content.decode()
    assert "Ashdown, Ida Maria" in result and "Ileal NET with liver metastases" in result


def test_a_file_in_latin_1_is_sent_on_as_text(page):
    written = adt(pid(name="Müller^Zoë"), head="||||||8859/1")
    shown = page({"file": SimpleUploadedFile("a08.hl7", written.encode("iso-8859-1"))})
    assert "Müller, Zoë" in shown.content.decode()
    # A browser sends line ends of a hidden field as CRLF.
    assert page(carried(shown, written.replace("\r", "\r\n"))).status_code == 302
    assert Patient.objects.get().family_name == "Müller"


def test_what_is_refused_is_told_with_its_place_and_cannot_be_imported(page):
    shown = page({"content": bundle(patient(birthDate="1960-02-31"))})
    text = shown.content.decode()
    assert "entry[0].resource.birthDate" in text and "Import it" not in text


def test_the_result_takes_as_many_queries_for_many_parts_as_for_two(board, ana):
    client = Client()
    client.force_login(ana)
    counts = []
    for number, count in enumerate((2, 12)):
        people = [patient(f"p{n}", f"N-{number}-{n}", birthDate=f"19{40 + number}-{n + 1:02}-01") for n in range(count)]
        for n, one in enumerate(people):
            one["name"] = [{"family": f"Fir{number}x{n}", "given": [f"Given{number}y{n}"]}]
        row = bring(board, ana, bundle(*people, number=f"B-{count}")).done
        address = reverse("careplans:import", args=[row.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_or_both_is_asked_for_again(page):
    for data in ({}, {"content": adt(pid()), "file": SimpleUploadedFile("a", b"MSH")}):
        answer = page(data)
        assert answer.status_code == 400 and "one of the two" in answer.content.decode()


def test_a_question_that_is_not_answered_is_asked_again(page, board, ana):
    makers.make_patient(board, by=ana, record_number="N-1", family_name="Ashdown", given_name="Ida Maria")
    content = adt(pid())
    shown = page({"content": content})
    again = page(carried(shown, content, confirmed=[]))
    assert again.status_code == 400 and "Not confirmed" in again.content.decode()
    assert Patient.objects.count() == 1
    assert page(carried(again, content)).status_code == 302


def test_what_changed_meanwhile_is_shown_anew(page, board, ana):
    row = makers.make_patient(board, by=ana, record_number="N-4711", given_name="Ida Maria")
    content = adt(pid(name="Beech^Ida"))
    shown = page({"content": content})
    Patient.objects.filter(pk=row.pk).update(sex="male")
    again = page(carried(shown, content))
    assert again.status_code == 400 and "has changed since you looked at it" in again.content.decode()
    assert page(carried(again, content)).status_code == 302


def test_the_same_again_leads_to_what_became_of_it(page):
    content = adt(pid())
    shown = page({"content": content})
    first = page(carried(shown, content))
    again = page({"content": content}).content.decode()
    assert "Sent again it changes nothing" in again and first.headers["Location"] in again

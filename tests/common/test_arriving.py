"""What arrives is cleaned or refused in one place, before the session, the CSRF check and the views read it."""

import pytest
from django.test import Client
from django.urls import reverse

from common.arriving import ANONYMOUS_BYTES, API_BYTES, all_clean, cleaned, is_clean, read_json
from tests.careplans.api import Api
from tests.careplans.doors import FETCH, browser, url

TOKENS = "/api/v1/tokens/"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\x1f", "\x7f", "\uffff"])
def test_what_no_database_keeps_is_not_clean(text):
    assert not is_clean(text)


@pytest.mark.parametrize("text", ["", "two\r\n\tlines", "Müller \u202e\U0001f9ec", "x" * 10_000])
def test_whatever_people_write_is_clean_and_stays_as_it_is(text):
    assert is_clean(text) and cleaned(text) == text


def test_a_nul_is_dropped_and_its_word_is_kept():
    assert cleaned("octre\x00otide\x0btwice a day") == "octreotide\ntwice a day"


def test_a_body_of_json_is_looked_through_to_its_names():
    assert all_clean([{"a": ["b", 1, None]}])
    assert not all_clean([{"a": ["b\x00"]}]) and not all_clean({"a\x00": 1})


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, "{", ""])
def test_json_that_cannot_be_read_is_nothing(text):
    assert read_json(text) is None


@pytest.mark.django_db
def test_a_path_with_a_nul_leads_nowhere(ana):
    assert browser(ana).get("/calendar/%00.ics").status_code == 404
    answer = Api(ana).get("/modalities/a%00b/")
    assert answer.status_code == 404 and answer.json()["errors"][0]["code"] == "not_found"


@pytest.mark.django_db
def test_a_reason_with_a_nul_is_kept_without_it(board, ana):
    typed = {
        "record_number": "SYN-9",
        "family_name": "Ash\x00down",
        "given_name": "S",
        "birth_date": "1960-05-17",
        "sex": "male",
    }
    client = browser(ana)
    assert client.post(url("patient_new", board.pk), typed).status_code == 302
    assert "Ashdown" in client.get(url("patients", board.pk)).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ['"\\000"', '"a\\000b"'])
def test_a_cookie_that_cannot_be_read_is_none(cookie):
    """Django reads `\\000` in a quoted cookie as a NUL."""
    client = Client(HTTP_COOKIE=f"consilium_session={cookie}; csrftoken={cookie}; messages={cookie}")
    assert client.get(reverse("accounts:login")).status_code == 200


@pytest.mark.django_db
def test_a_header_that_cannot_be_read_is_refused_by_name():
    answer = Client().get(TOKENS, HTTP_IF_MATCH="\x00")
    assert answer.status_code == 400 and "If-Match" in answer.json()["errors"][0]["detail"]


@pytest.mark.django_db
def test_an_id_beyond_what_a_database_holds_is_not_found(ana):
    client = browser(ana)
    assert [client.get(f"/patients/{pk}/").status_code for pk in (2**63, 10**30)] == [404, 404]


@pytest.mark.django_db
def test_a_field_of_the_address_of_the_api_is_refused_by_name(ana):
    answer = Api(ana).get("/plans/", case="\x00")
    assert answer.status_code == 400 and answer.json()["errors"][0]["attr"] == "case"


class Unread:
    """A body that must not be read."""

    def read(self, *size):
        raise AssertionError("the body was read")

    readline = read


def arrives(client, path, length, **more):
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    return client.generic("POST", path, **form | {"wsgi.input": Unread(), "CONTENT_LENGTH": length} | more)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"]
)
@pytest.mark.parametrize("path", ["/sign-in/", "/", TOKENS, "/api/v1/advise/"])
def test_a_large_body_of_nobody_is_refused_before_it_is_read(path, kind):
    assert arrives(Client(), path, ANONYMOUS_BYTES + 1, CONTENT_TYPE=kind).status_code == 413


@pytest.mark.django_db
def test_a_made_up_session_opens_no_larger_body():
    client = Client(HTTP_COOKIE="consilium_session=" + "a" * 32)
    assert arrives(client, "/sign-in/", ANONYMOUS_BYTES + 1).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("path", [TOKENS, "/api/v1/advise/"])
@pytest.mark.parametrize("header", ["Token x", "Token \xff", "Token", "Basic eDp4"])
def test_a_made_up_token_opens_no_larger_body(path, header):
    answer = arrives(Client(HTTP_AUTHORIZATION=header), path, ANONYMOUS_BYTES + 1, CONTENT_TYPE="application/json")
    assert answer.status_code == 413 and answer.json()["errors"][0]["code"] == "too_large"


@pytest.mark.django_db
def test_a_program_with_a_token_may_send_a_long_text(ana):
    client = Api(ana).client
    assert client.post("/api/v1/advise/", {"x": "x" * ANONYMOUS_BYTES}, format="json").status_code == 400


@pytest.mark.django_db
def test_a_program_is_refused_more_than_a_megabyte_before_it_is_read(ana):
    client = Api(ana).client
    answer = arrives(client, "/api/v1/advise/", API_BYTES + 1, CONTENT_TYPE="application/json")
    assert answer.status_code == 413 and answer.json()["errors"][0]["code"] == "too_large"


@pytest.mark.django_db
def test_who_is_signed_in_may_send_a_long_text_and_is_told_where_it_ends(board, ana):
    client, path = browser(ana), url("patient_new", board.pk)
    assert client.post(path, {"family_name": "x" * (ANONYMOUS_BYTES + 1)}).status_code == 400
    answer = arrives(client, path, 3_000_000)
    assert answer.status_code == 413 and "Nothing was saved" in answer.content.decode()
    assert arrives(client, path, 3_000_000, **FETCH).json()["message"]


@pytest.mark.django_db
def test_a_form_of_too_many_fields_is_refused_and_no_fault(ana):
    assert browser(ana).post("/settings/", {f"f{n}": "1" for n in range(1_100)}).status_code == 400


@pytest.mark.django_db
def test_a_file_far_too_large_is_refused_before_it_is_read(edda, settings):
    settings.ATTACHMENT_MAX_BYTES = 100_000
    kind = "multipart/form-data; boundary=x"
    assert arrives(browser(edda), url("my_work"), 400_001, CONTENT_TYPE=kind).status_code == 413

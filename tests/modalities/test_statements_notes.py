"""Beside each statement: what somebody found and when, or that nobody has looked."""

import re

import pytest
from django.urls import reverse

from modalities.models import Statement
from modalities.services import load_pages
from modalities.services.statements import note_statement
from tests.careplans.api import Api
from tests.careplans.doors import queries_of


@pytest.fixture
def pages(db):
    return load_pages()


def card(client, number):
    html = client.get(reverse("modalities:statements")).content.decode()
    found = re.search(rf'<article [^>]*id="{number}".*?</article>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def note(number, by, **fields):
    values = {"about": "statement", "state": "current", "note": "Agrees with ENETS 2025.", "source": "ENETS 2025"}
    return note_statement(Statement.objects.get(number=number), by=by, **(values | fields))


def test_what_came_with_the_application_was_checked_by_nobody(pages, client, edda):
    client.force_login(edda)
    assert "Came with the application, 26 Nov 2026; checked by nobody since" in card(client, "S28")


def test_what_a_person_found_names_them_and_the_day(pages, client, edda):
    found = note("S28", edda)
    client.force_login(edda)
    text = card(client, "S28")
    assert f"Checked by {edda.name}, {found.noted_on:%-d %b %Y}" in text
    assert text.index("Checked by") < text.index("Earlier notes (1)") < text.index("Came with the application")


def test_a_person_who_asks_for_a_look_has_not_checked(pages, client, edda):
    note("S28", edda, state="check", note="Somebody should read the new guideline.")
    client.force_login(edda)
    assert f"Noted by {edda.name}" in card(client, "S28")
    assert "Checked by" not in card(client, "S28")


def test_a_statement_without_a_note_says_that_nobody_looked(pages, client, edda):
    client.force_login(edda)
    assert "Not checked Nobody has noted whether this still holds." in card(client, "S13")


def test_furniture_cannot_become_wrong(pages, client, edda):
    client.force_login(edda)
    assert "Not checked" not in card(client, "S02")


def test_not_checked_is_nothing_that_a_person_can_find(pages, client, edda):
    client.force_login(edda)
    url = reverse("modalities:statement_note", args=["S28"])
    answer = client.post(url, {"about": "statement", "state": "not_checked", "note": "-", "source": "-"})
    assert answer.status_code in (200, 400)
    assert len(Statement.objects.with_flags().get(number="S28").notes) == 1


# In the running text


def marks(client, name, slug, number):
    """What stands at the markers of a statement, each once."""
    html = client.get(reverse(f"modalities:{name}", args=[slug])).content.decode()
    found = re.findall(rf'<a href="#{number}">.*?</a>', html)
    return {re.sub(r"<[^>]+>", "", one).removeprefix("Statement ").removeprefix(number).strip() for one in found}


PAGES = {
    "sequence-of-management": {
        "S01": "", "S05": "Not checked", "S06": "Not checked", "S07": "Current, checked by nobody",
        "S08": "Current, checked by nobody", "S09": "Check", "S10": "Not checked",
    },
    "surgery": {"S11": "Check", "S12": "Not checked", "S13": "Not checked"},
    "radiofrequency-ablation": {"S17": "Check", "S18": "Not checked", "S19": "Check", "S20": "Check"},
    "tae": {"S28": "Check", "S29": "Check", "S30": "Check"},
    "tace": {"S28": "Check", "S29": "Check", "S30": "Check"},
    "sirt": {"S31": "Outdated", "S32": "Not checked", "S33": "Not checked", "S34": "Not checked"},
    "clinical-trials": {"S35": "Current, checked by nobody", "S36": "Unsupported"},
}  # fmt: skip


@pytest.mark.parametrize("name", ["page", "page_print"])
@pytest.mark.parametrize("slug", PAGES)
def test_a_statement_that_nobody_checked_says_so_where_it_is_read(pages, client, edda, slug, name):
    client.force_login(edda)
    assert {number: marks(client, name, slug, number) for number in PAGES[slug]} == {
        number: {mark} for number, mark in PAGES[slug].items()
    }


@pytest.mark.parametrize("name", ["page", "page_print"])
def test_one_that_somebody_checked_names_them_and_the_day(pages, client, edda, name):
    found = note("S12", edda)
    client.force_login(edda)
    assert marks(client, name, "surgery", "S12") == {f"Current, checked {found.noted_on:%-d %b %Y} by {edda.name}"}


def test_one_that_somebody_wants_to_be_looked_at_is_not_called_checked(pages, client, edda):
    note("S12", edda, state="check", note="Read the new guideline.")
    client.force_login(edda)
    assert marks(client, "page", "surgery", "S12") == {"Check"}


def over_api(user, number):
    revision = Api(user).get("/modalities/", code="SURG").json()["results"][0]["current_revision"]
    return next(one for one in revision["statements"] if one["number"] == number)


def test_over_the_api_a_checked_statement_reads_differently_too(pages, edda, nina):
    before = over_api(nina, "S12")
    assert (before["state"], before["is_checked"]) == ("not_checked", False)
    assert before["who"].endswith("checked by nobody since") and "Nobody has looked" in before["note"]
    unnoted = over_api(nina, "S13")
    assert (unnoted["state"], unnoted["noted_on"], unnoted["is_checked"]) == ("not_checked", None, False)
    note("S12", edda)
    after = over_api(nina, "S12")
    assert (after["state"], after["is_checked"]) == ("current", True)
    assert after["who"].startswith(f"Checked by {edda.name}")


def test_the_api_asks_for_statements_once(pages, nina):
    api = Api(nina)
    one, all_pages = (queries_of(api.client, f"/api/v1/modalities/{more}") for more in ("?code=SURG", ""))
    assert one == all_pages

"""Beside each statement: what somebody found and when, or that nobody has looked."""

import re

import pytest
from django.urls import reverse

from modalities.models import Statement
from modalities.services import load_pages
from modalities.services.statements import note_statement


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

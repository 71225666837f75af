"""What was not saved is said, all of it at once, by the page itself and in its own words."""

import re

import pytest

from common.drawn_forms import drawn_forms
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.test_sent_once import forms

# One word, and what was typed beside it is not lost: the browser asks for it.
ASKED_BY_THE_BROWSER = {"confirm.html", "_find.html"}


def test_no_form_leaves_it_to_the_browser_to_say_what_is_wrong():
    """A browser names one field, in its own language, and says nothing of the rest."""
    left = [
        f"{path.parent.name}/{path.name}"
        for path, form in forms()
        if "as_field_group" in form and path.name not in ASKED_BY_THE_BROWSER
        if not re.search("novalidate|data-autosave", form.partition(">")[0])
    ]
    assert left == []


@pytest.mark.django_db
def test_it_leads_to_each_field_and_says_that_nothing_is_saved(board, ana):
    add = url("followup_new", makers.make_case(board, by=ana).pk)
    page = browser(ana).post(add, {"title": "after the scan"}).content.decode()
    [form] = [one for one in drawn_forms(page) if one.address(add) == add]
    assert "Nothing of this form is saved yet." in page
    named = re.findall(r'<a href="#([^"]+)">([^:<]+): ', page)
    assert {"What", "Due on"} <= {label for _, label in named}
    assert {name for name, _ in named} <= {one.attrs.get("id") for one in form.controls}

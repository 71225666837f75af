"""A day as far as it is known, typed on a phone: saved once its field is left, and shown again in words."""

import pytest

from careplans.models import FactChange
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_day_is_saved_once_it_is_left(desk, board, ana, shoot):
    page = desk(ana, width=390)
    page.goto(f"/cases/{makers.make_case(board, by=ana).pk}/proforma/")
    field = page.locator("#id_diagnosed_on")
    field.press_sequentially("2019", delay=30)
    # Longer than the pause of the autosave: the month may still come.
    page.wait_for_timeout(2500)
    assert not FactChange.objects.exists()
    field.press_sequentially("-05")
    with page.expect_response("**/save/"):
        field.press("Tab")
    page.get_by_text("Saved").first.wait_for()
    assert list(FactChange.objects.values_list("new", flat=True)) == ["2019-05"]
    page.reload()
    assert page.locator("#id_diagnosed_on").input_value() == "May 2019"
    shoot(page, "partial-date")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []


def test_what_is_no_day_is_said_at_its_field(desk, board, ana):
    page = desk(ana, width=390)
    page.goto(f"/cases/{makers.make_case(board, by=ana).pk}/proforma/")
    page.locator("#id_diagnosed_on").fill("5/19")
    with page.expect_response("**/save/"):
        page.locator("#id_diagnosed_on").press("Tab")
    page.get_by_text("Write the year with four digits: 2019, not 19.").first.wait_for()
    assert page.locator("#id_diagnosed_on").input_value() == "5/19"

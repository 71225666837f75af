"""On a phone, the field that a question is about is marked as it is typed, and leads to the question and back."""

import pytest

from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_figure_in_another_unit_is_marked_at_its_field_and_leads_to_the_question(desk, board, ana, shoot):
    page = desk(ana, width=390)
    page.goto(f"/cases/{makers.make_case(board, by=ana).pk}/proforma/")
    with page.expect_response("**/save/"):
        page.locator("#id_egfr_ml_min").fill("1.2")
        page.locator("#id_egfr_ml_min").press("Tab")
    mark = page.get_by_role("link", name="Please check the unit")
    mark.wait_for()
    assert "asked-egfr_ml_min" in page.locator("#id_egfr_ml_min").get_attribute("aria-describedby")
    shoot(page, "proforma-mark")
    mark.click()
    question = page.locator("li:has-text('eGFR is 1.2')").first
    assert question.bounding_box()["y"] < 900
    question.get_by_role("link", name="eGFR", exact=True).click()
    assert page.url.endswith("#id_egfr_ml_min")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []

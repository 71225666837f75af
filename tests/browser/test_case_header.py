"""The header of a case stays in sight on a desk, and never over what has the focus (WCAG 2.4.11); on a phone it folds."""

import pytest
from playwright.sync_api import expect

from careplans.services.proforma import save_proforma
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOP = "() => document.querySelector('.c-case-header').getBoundingClientRect().bottom"
FOCUSED = "() => { const at = document.activeElement.getBoundingClientRect(); return [at.top, at.bottom]; }"


@pytest.fixture
def plan(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    facts = {"functional_status": "functional", "syndrome": "vipoma", "hormone_symptoms_controlled": "no", "ecog": 3}
    save_proforma(case, facts | {"heart_disease": "mild", "primary_site": "ileum", "ki67_percent": "6"}, by=ana)
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=5)


def test_it_stays_in_sight_on_a_desk_and_covers_nothing_that_has_the_focus(desk, plan, ana):
    page = desk(ana)
    page.goto(f"/plans/{plan.pk}/")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("() => document.querySelector('.c-case-header').getBoundingClientRect().top") == pytest.approx(
        0, abs=1
    )
    page.locator("main a, main button, main summary").last.focus()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        top, bottom = page.evaluate(FOCUSED)
        inside = page.evaluate("() => !!document.activeElement.closest('.c-case-header')")
        if inside:
            break
        assert bottom > page.evaluate(TOP) or top < 0, page.evaluate("() => document.activeElement.outerHTML")
        assert top >= page.evaluate(TOP) - 1 or bottom - top > 300, page.evaluate(
            "() => document.activeElement.outerHTML"
        )


def test_a_phone_keeps_what_decides_and_which_tumour_it_is_and_folds_the_rest(desk, plan, ana):
    page = desk(ana, width=390)
    page.goto(f"/plans/{plan.pk}/")
    head = page.get_by_label("Patient and case")
    expect(head.get_by_text("Symptoms not controlled")).to_be_visible()
    expect(head.get_by_text("ECOG 3", exact=False).first).to_be_visible()
    expect(head.get_by_text("Heart disease: mild")).to_be_visible()
    expect(head.get_by_text("Not known: grade, extent")).to_be_visible()
    expect(head.get_by_text("Ileum").first).to_be_visible()
    expect(head.get_by_text("Ki-67 6 %").first).to_be_hidden()
    summary = head.get_by_text("All facts that decide")
    assert summary.bounding_box()["height"] >= 44
    summary.click()
    expect(head.locator("dd", has_text="6 %")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paper_shows_all_facts_though_they_are_folded(desk, plan, ana):
    page = desk(ana)
    page.goto(f"/plans/{plan.pk}/print/")
    page.emulate_media(media="print")
    expect(page.get_by_label("Patient and case").locator("dd", has_text="Ileum")).to_be_visible()

"""The search that `/` opens, by keyboard alone; and without script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_pages import OPTIONS
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan(cast):
    return makers.make_plan(makers.make_case(cast["board"], by=cast["ana"]), by=cast["ana"])


def field(page):
    return page.locator("dialog input[data-search]")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_plan_is_opened_by_keys_alone(desk, cast, plan, width):
    page = desk(cast["ana"], width=width)
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    page.keyboard.type("ashd")
    expect(page.locator("dialog [role=status]")).to_have_text("3 found")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    assert found == [] and page.evaluate("document.documentElement.scrollWidth") <= width
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("dialog [data-hit]:focus")).to_contain_text("Plan 1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/plans/{plan.pk}/")
    assert page.problems == []


def test_going_up_from_the_first_and_typing_come_back_to_the_field(desk, cast, plan):
    page = desk(cast["ana"])
    page.keyboard.press("/")
    field(page).fill("ash")
    expect(page.locator("dialog [data-hit]")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(field(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("d")
    expect(field(page)).to_have_value("ashd")


def test_escape_gives_the_page_back_with_nothing_left_of_what_was_found(desk, cast, plan):
    page = desk(cast["ana"])
    button = page.locator("[data-find]")
    button.click()
    field(page).fill("ash")
    expect(page.locator("dialog [data-hit]")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_empty()
    expect(button).to_be_focused()


def test_the_key_does_nothing_while_somebody_types_or_has_switched_it_off(desk, cast, plan):
    page = desk(cast["ana"])
    page.goto(f"/boards/{cast['board'].pk}/patients/")
    page.locator("#id_q").fill("a")
    page.keyboard.press("/")
    assert page.locator("dialog").count() == 0
    expect(page.locator("#id_q")).to_have_value("a/")
    cast["ana"].single_keys = False
    cast["ana"].save()
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_timeout(300)
    assert page.locator("dialog").count() == 0


def test_without_script_the_same_is_a_page(chromium, live_server, desk, cast, plan):
    cookies = desk(cast["ana"]).context.cookies()
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/")
    page.click("[data-find]")
    page.locator("main input[data-search]").fill("Ashdown")
    page.keyboard.press("Enter")
    expect(page.locator("main [data-hit]")).to_have_count(3)
    assert "shdown" not in page.url
    context.close()

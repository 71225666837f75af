"""What somebody sees of the end of their session: a question before it, and nothing typed is lost by it."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = "You will be signed out in a minute"


def end_the_session(page):
    """As time does; then the tab is looked at again."""
    Session.objects.all().delete()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def sign_in(page, user):
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_asks_a_minute_before_and_whoever_answers_stays(desk, ana, settings, shoot, width):
    settings.SESSION_IDLE_SECONDS = 58
    page = desk(ana, width=width)
    page.goto("/settings/")
    asked = page.get_by_role("alert").filter(has_text=ASKED)
    asked.wait_for()
    shoot(page, f"session-{width}")
    settings.SESSION_IDLE_SECONDS = 900
    page.get_by_role("button", name="Stay signed in").click()
    expect(asked).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_what_was_typed_is_hidden_and_there_again(desk, ana, shoot):
    page = desk(ana)
    page.goto("/settings/")
    page.locator("#id_name").fill("Ana von Northgate")
    end_the_session(page)
    page.get_by_text("You are signed out.").wait_for()
    expect(page.locator("#id_name")).to_be_hidden()
    shoot(page, "session-over")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in(opened.value, ana)
    opened.value.wait_for_url("/")
    page.get_by_role("button", name="Go on here").click()
    expect(page.locator("#id_name")).to_have_value("Ana von Northgate")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_text("saved").first.wait_for()
    ana.refresh_from_db()
    assert ana.name == "Ana von Northgate"


def test_somebody_else_does_not_get_to_see_it(desk, ana, omar):
    page = desk(ana)
    page.goto("/settings/")
    page.locator("#id_name").fill("Ana von Northgate")
    end_the_session(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in(opened.value, omar)
    opened.value.wait_for_url("/")
    page.get_by_role("button", name="Go on here").click()
    page.get_by_text("You are not signed in as Ana Coordinator").wait_for()
    expect(page.locator("#id_name")).to_be_hidden()


def test_a_page_on_which_nothing_was_typed_is_left(desk, ana):
    page = desk(ana)
    page.goto("/settings/")
    end_the_session(page)
    page.get_by_text("You were signed out").wait_for()
    sign_in(page, ana)
    page.wait_for_url("/settings/")

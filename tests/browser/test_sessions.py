"""What somebody sees of the end of their session: a question before it, and nothing typed is lost by it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from careplans.models import FollowUp
from tests.careplans import makers
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


def test_it_asks_by_itself_when_the_last_minute_begins_and_both_tabs_agree(desk, ana, settings):
    settings.SESSION_IDLE_SECONDS = 72
    page = desk(ana)
    page.goto("/settings/")
    other = page.context.new_page()
    other.goto("/notices/")
    asked = [one.get_by_role("alert").filter(has_text=ASKED) for one in (page, other)]
    expect(asked[0]).to_have_count(0)
    for one in asked:
        one.wait_for(timeout=60_000)
    settings.SESSION_IDLE_SECONDS = 900
    page.get_by_role("button", name="Stay signed in").click()
    for one in asked:
        expect(one).to_have_count(0, timeout=5_000)


def test_twelve_hours_are_said_to_be_over_and_no_button_extends_them(desk, ana, settings):
    settings.SESSION_LONGEST_SECONDS = 58
    page = desk(ana)
    page.goto("/settings/")
    page.get_by_role("alert").filter(has_text="it is twelve hours since you signed in").wait_for()
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)
    before = Session.objects.get().expire_date
    page.locator("#id_name").press("a")
    page.wait_for_timeout(1500)
    assert Session.objects.get().expire_date <= before + timedelta(seconds=1)
    expect(page.get_by_role("alert").filter(has_text="it is twelve hours")).to_have_count(1)


def test_what_was_sent_too_late_stands_in_its_form_after_signing_in(desk, ana, board, shoot):
    case = makers.make_case(board, by=ana)
    page = desk(ana, width=390)
    page.goto(f"/cases/{case.pk}/follow-ups/new/")
    page.locator("#id_kind").select_option("cross_sectional")
    page.locator("#id_due_on").fill("2030-05-17")
    page.locator("#id_title").fill("after the scan")
    Session.objects.all().delete()
    page.get_by_role("button", name="Add follow-up").click()
    page.get_by_text("not saved yet").wait_for()
    sign_in(page, ana)
    mark = page.get_by_text("From before you were signed out")
    expect(mark).to_be_in_viewport()
    expect(page.locator("#id_title")).to_have_value("after the scan")
    expect(page.locator("#id_kind")).to_have_value("cross_sectional")
    shoot(page, "typed-back")
    page.get_by_role("button", name="Add follow-up").click()
    page.get_by_text("Follow-up added").wait_for()
    assert FollowUp.objects.get().title == "after the scan"
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

"""A double click, Back and Save again, a session that ends, a refused field: as somebody at a desk meets them."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from careplans.models import FollowUp
from tests.careplans import makers
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def fill(page, case, day="2030-05-17"):
    page.goto(f"/cases/{case.pk}/follow-ups/new/")
    page.locator("#id_kind").select_option("cross_sectional")
    page.locator("#id_due_on").fill(day)


def save(page):
    return page.get_by_role("main").get_by_role("button", name=re.compile("^(Add|Save)")).first


def test_a_double_click_and_back_and_save_again_make_one_row(desk, case, ana):
    page = desk(ana)
    fill(page, case)
    save(page).dblclick(no_wait_after=True)
    page.wait_for_url(re.compile("#follow-up-"))
    assert FollowUp.objects.count() == 1
    page.go_back()
    page.locator("#id_kind").select_option("cross_sectional")
    page.locator("#id_due_on").fill("2030-05-17")
    save(page).click()
    page.wait_for_url(re.compile("#follow-up-"))
    assert FollowUp.objects.count() == 1


@pytest.mark.parametrize("width", [1440, 390])
def test_a_confirmation_is_seen_where_the_page_opens(desk, case, ana, shoot, width):
    page = desk(ana, width=width)
    fill(page, case)
    save(page).click()
    page.wait_for_url(re.compile("#follow-up-"))
    expect(page.get_by_text("Follow-up added")).to_be_in_viewport()
    shoot(page, f"confirmed-{width}")
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_text("Follow-up added")).to_have_count(0)
    assert page.problems == []


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_sent_after_the_session_is_there_after_signing_in(desk, case, ana, shoot, width):
    page = desk(ana, width=width)
    fill(page, case)
    Session.objects.all().delete()
    save(page).click()
    page.get_by_text("not saved yet").wait_for()
    shoot(page, f"kept-sign-in-{width}")
    page.get_by_label("E-mail").fill(ana.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_text("From before you were signed out").first.wait_for()
    shoot(page, f"kept-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    save(page).click()
    page.get_by_text("Follow-up added").wait_for()
    assert FollowUp.objects.count() == 1


@pytest.mark.parametrize("width", [1440, 390])
def test_a_refused_field_keeps_no_other_from_being_saved(desk, case, ana, shoot, width):
    plan = makers.make_plan(case, by=ana)
    step = plan.steps.first()
    page = desk(ana, width=width)
    page.goto(f"/steps/{step.pk}/")
    page.locator("#id_target_mm").fill("2.5 cm")
    page.locator("#id_rationale").fill("Grows slowly")
    page.locator("#id_rationale").blur()
    status = page.locator("[data-autosave-text]").first
    expect(status).to_contain_text("Not saved")
    expect(status).to_contain_text("Saved")
    step.refresh_from_db()
    assert step.rationale == "Grows slowly"
    shoot(page, f"not-saved-{width}")
    status.get_by_role("link").first.click()
    expect(page.locator("#id_target_mm")).to_be_focused()

"""Recording where a step or follow-up stands, as a person does it: by keyboard, on a phone, without script, and undone."""

from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import RequiredDiscipline
from careplans.models import FollowUp, Occurrence
from tests.browser.test_pages import OPTIONS
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(cast):
    RequiredDiscipline.objects.all().delete()
    return SimpleNamespace(**cast)


@pytest.fixture
def course(cast):
    return makers.make_course(cast.board, by=cast.ana, chair=cast.chloe, owner=cast.omar)


@pytest.fixture
def follow_ups(cast, course):
    due = cast.board.today
    return [makers.make_follow_up(course.case, by=cast.ana, due_on=due, assignee=cast.omar) for _ in range(3)]


def faults(page):
    return [
        f"{v['id']} {[node['target'] for node in v['nodes']][:3]}"
        for v in Axe().run(page, options=OPTIONS).response["violations"]
    ]


def focused(page):
    return page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_cycle_is_recorded_on_the_plan_and_undone(desk, cast, course, width):
    page = desk(cast.omar, width=width)
    page.goto(f"/plans/{course.plan_id}/")
    page.get_by_role("link", name="Record cycle 1 of 4").click()
    button = page.get_by_role("button", name="Record cycle 1 of 4 as given today")
    expect(button).to_be_focused()
    assert faults(page) == [] and page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Enter")
    said = page.locator("[data-said]")
    expect(said).to_be_focused()
    expect(said).to_contain_text("Recorded: cycle 1 of 4 given as planned")
    expect(page.locator(f"#step-{course.pk}")).to_contain_text("In progress")
    assert said.get_attribute("role") == "status" and faults(page) == []
    expect(page.get_by_role("button", name="Undo")).to_contain_text("s)")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-said]")).to_contain_text("Undone: cycle 1 of 4")
    expect(page.locator("[data-said]")).to_be_focused()
    assert Occurrence.objects.get(step=course, number=1).is_open and page.problems == []


def test_the_rest_is_one_choice_away_and_escape_loses_nothing(desk, cast, course):
    page = desk(cast.omar)
    page.goto(f"/plans/{course.plan_id}/")
    page.get_by_role("link", name="Record cycle 1 of 4").click()
    expect(page.get_by_label("In words")).to_have_count(0)
    page.get_by_role("radio", name="Put it on hold").check()
    words = page.locator("[data-record-form=hold]").get_by_label("In words")
    words.fill("fever")
    page.locator("input[type=radio][value=skip]").check()
    expect(words).to_be_hidden()
    page.get_by_role("radio", name="Put it on hold").check()
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()
    assert "Record cycle 1 of 4" in focused(page)
    page.keyboard.press("Enter")
    expect(words).to_be_visible()
    assert words.input_value() == "fever"
    # Refused, it says why where it stands, takes the focus and keeps what was typed.
    page.get_by_role("button", name="Put on hold").click()
    expect(page.locator("[data-record-form=hold] [data-error-summary]")).to_be_focused()
    assert words.input_value() == "fever" and faults(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_follow_up_is_recorded_in_its_row_and_undone(desk, cast, follow_ups, width):
    page = desk(cast.omar, width=width)
    page.goto(f"/boards/{cast.board.pk}/follow-ups/")
    row = page.locator(f"[data-item=followup-{follow_ups[0].pk}]")
    row.locator("[data-record-opener]").click()
    assert faults(page) == [] and page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Record as done today").click()
    expect(row).to_contain_text("was done on")
    expect(row.locator("[data-said]")).to_be_focused()
    assert faults(page) == []
    row.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Undone")
    assert FollowUp.objects.get(pk=follow_ups[0].pk).is_open and page.problems == []


def test_several_are_chosen_counted_and_moved(desk, cast, follow_ups):
    page = desk(cast.omar)
    page.goto(f"/boards/{cast.board.pk}/follow-ups/")
    page.get_by_label("All on this page").check()
    expect(page.locator("[data-pick-count]")).to_have_text("3 of 3 on this page chosen")
    page.get_by_label("Choose ").first.uncheck()
    expect(page.locator("[data-pick-count]")).to_have_text("2 of 3 on this page chosen")
    assert faults(page) == []
    page.get_by_role("button", name="Change the chosen").click()
    page.get_by_text("Move each by some days").click()
    page.locator("#id_shift_days").fill("7")
    page.locator("#id_shift_reason").fill("The scanner is down")
    assert faults(page) == []
    page.get_by_role("button", name="Move them (2)").click()
    expect(page.locator(".c-messages").first).to_contain_text("2 moved.")
    assert FollowUp.objects.filter(due_on__gt=cast.board.today).count() == 2 and page.problems == []


def test_without_script_the_pages_of_old_record_and_offer_to_undo(chromium, live_server, desk, cast, course):
    page = desk(cast.omar)
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"/plans/{course.plan_id}/")
    plain.get_by_role("link", name="Record cycle 1 of 4").click()
    plain.get_by_text("It was given as planned").click()
    plain.locator("#id_give_on").fill(course.board.today.isoformat())
    plain.get_by_role("button", name="Record as given").click()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.locator(".c-messages").first).to_contain_text("Undone: cycle 1 of 4")
    assert Occurrence.objects.get(step=course, number=1).is_open
    context.close()

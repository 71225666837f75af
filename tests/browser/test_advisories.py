"""A board's answers to the rules, in a real browser: typed beside the plan, answered in one go, kept by a colleague."""

import pytest

from careplans.models import Advisory
from careplans.services.proforma import save_proforma
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=ana)
    return makers.make_plan(case, by=ana)


def test_an_advisory_appears_as_a_goal_is_ticked_in_one_request(desk, plan, omar, shoot):
    page = desk(omar)
    page.goto(f"/steps/{plan.steps.get().pk}/")
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_label("Cure", exact=True).check()
    page.get_by_text("a step other than resection carries a curative goal").first.wait_for()
    assert len(posts) == 1
    assert page.problems == []
    shoot(page, "advisory-while-typing")


def test_answers_are_given_together_and_stand_beside_the_plan(desk, plan, omar, shoot):
    page = desk(omar, width=390)
    page.goto(f"/plans/{plan.pk}/advisories/")
    page.locator("#SUR-01-plan").get_by_label("Answer", exact=True).select_option("clinical_judgement")
    page.get_by_role("button", name="Save the answers").click()
    page.get_by_text("Say in words what the board's judgement rests on.").first.wait_for()
    page.locator("#SUR-01-plan").get_by_label("In words").fill("She would not survive an operation.")
    shoot(page, "advisory-answer")
    page.get_by_role("button", name="Save the answers").click()
    page.get_by_text("1 answer saved.").wait_for()
    page.goto(f"/plans/{plan.pk}/")
    assert page.get_by_text("She would not survive an operation.").is_visible()
    assert page.problems == []
    assert Advisory.objects.get(rule="SUR-01").answered_by == omar


def goals(page):
    boxes = page.locator("input[name=goals]:checked")
    return [boxes.nth(n).get_attribute("value") for n in range(boxes.count())]


def test_the_goals_follow_the_phase_until_somebody_chooses_them(desk, plan, omar):
    page = desk(omar)
    page.goto(f"/steps/{plan.steps.get().pk}/")
    assert goals(page) == ["symptom_control"]
    with page.expect_response("**/save/"):
        page.get_by_label("Phase", exact=True).select_option("surveillance")
    assert goals(page) == ["monitoring"]
    page.get_by_label("Palliation", exact=True).check()
    with page.expect_response("**/save/"):
        page.get_by_label("Phase", exact=True).select_option("debulking")
    assert goals(page) == ["palliation", "monitoring"]
    page.reload()
    assert goals(page) == ["palliation", "monitoring"]
    assert page.problems == []


def test_no_goal_is_proposed_where_it_would_bring_an_advisory_on(desk, plan, omar):
    makers.make_modality("TACE")
    page = desk(omar)
    page.goto(f"/steps/{plan.steps.get().pk}/")
    with page.expect_response("**/save/"):
        page.get_by_label("Modality", exact=True).select_option("TACE")
    assert goals(page) == []
    assert page.get_by_text("This step is judged once it has a goal.").is_visible()
    with page.expect_response("**/save/"):
        page.get_by_label("Modality", exact=True).select_option("OSA")
    assert goals(page) == ["symptom_control"]
    assert page.problems == []

"""The sign-off of an amendment opens with what changed since the plan in force, and with what becomes of each earlier step."""

import re
from datetime import timedelta

import pytest

from careplans.models import Plan, Step
from careplans.services.plans import amend_plan, edit_plan
from careplans.services.step_progress import hold_step, skip_step, start_step
from careplans.services.steps import add_step, edit_step, remove_step
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(board, ana, chloe, omar):
    case = makers.make_case(board, by=ana)
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=4, owner=omar)


@pytest.fixture
def amendment(active, ana):
    return amend_plan(active, by=ana, reason="The scan shows more.")


def copy_of(amendment, position):
    return amendment.steps.get(position=position)


def of(active, position):
    return active.steps.get(position=position)


def words(client, page):
    text = re.sub(r"<[^>]*>", " ", client.get(page).content.decode())
    return " ".join(text.split()).replace(" .", ".")


def test_it_stands_above_the_plan_word_by_word(amendment, ana, omar):
    edit_plan(amendment, {"aim": "Less flushing, then less tumour."}, by=ana)
    edit_step(copy_of(amendment, 2), {"rationale": "Growth seen in March."}, by=ana)
    makers.submit(amendment, by=ana)
    shown = words(browser(omar), url("signoff", amendment.pk))
    assert "What changed since plan 1 (active)" in shown
    assert "Less flushing, then less tumour." in shown and "added: Growth seen in March." in shown
    assert shown.index("What changed since plan 1") < shown.index("Steps, in order")


def test_it_says_what_has_become_of_each_step_and_what_the_release_makes_of_it(active, amendment, ana, omar):
    one, two, three = of(active, 1), of(active, 2), of(active, 3)
    start_step(one, by=omar, expected_version=one.version, on=makers.TODAY(), due_on=makers.TODAY() + timedelta(days=9))
    skip_step(two, by=omar, expected_version=two.version, reason="patient_choice")
    remove_step(copy_of(amendment, 3), by=ana, reason_code="patient_choice", reason="Not wanted by the patient.")
    add_step(amendment, by=ana, phase="surveillance", modality_code="OTHER", description="Watch")
    shown = words(browser(omar), url("signoff", amendment.pk))
    day = f"{makers.TODAY():%-d %b %Y}"
    assert f"Now in progress since {day}, next date" in shown
    assert "with Omar Oncologist; it goes on as step 1 of plan 2." in shown
    assert "Now not done (patient's choice); it stays so in plan 2." in shown.replace("&#x27;", "'")
    assert "it becomes “not done: left out by an amendment”, because it is not part of plan 2." in shown
    assert "Left out because: Not wanted by the patient." in shown
    assert three.heading in shown and "Left out" in shown and "Added" in shown


def test_a_step_in_progress_that_is_left_out_stands_in_the_way_and_says_so(active, amendment, ana, omar):
    one = of(active, 1)
    start_step(one, by=omar, expected_version=one.version, on=makers.TODAY(), due_on=makers.TODAY() + timedelta(days=9))
    remove_step(copy_of(amendment, 1), by=ana, reason_code="patient_choice", reason="No longer needed.")
    assert "record what became of it before plan 2 is released, or add it there" in words(
        browser(omar), url("signoff", amendment.pk)
    )


def test_another_owner_is_named(amendment, ana, ravi, omar):
    edit_step(copy_of(amendment, 1), {"owner": ravi}, by=ana)
    assert "it goes on as step 1 of plan 2, then with Ravi Radiologist." in words(
        browser(omar), url("signoff", amendment.pk)
    )


def test_what_happened_after_the_draft_is_shown_as_it_is_now(active, amendment, omar):
    one = of(active, 1)
    hold_step(
        one,
        by=omar,
        expected_version=one.version,
        on=makers.TODAY(),
        due_on=makers.TODAY() + timedelta(days=40),
        reason="medical_reason",
    )
    held = f"Now on hold, held from {makers.TODAY():%-d %b %Y}, without an end date yet, next date"
    assert held in words(browser(omar), url("signoff", amendment.pk))


def test_it_says_the_same_as_compare(amendment, ana, omar):
    edit_step(copy_of(amendment, 2), {"rationale": "Growth seen in March."}, by=ana)
    client = browser(omar)
    sections = [
        words(client, url(name, amendment.pk)).partition("removed.")[2].partition("Step 4")[0]
        for name in ("signoff", "plan_compare")
    ]
    assert "Growth seen in March" in sections[0] and sections[0] == sections[1]


def test_once_it_is_in_force_nothing_is_ahead_any_more(amendment, ana, chloe, omar):
    makers.release(makers.submit(amendment, by=ana), by=chloe)
    shown = words(browser(omar), url("plan_compare", amendment.pk))
    assert "it goes on as" not in shown and "planned" in shown


def test_a_first_plan_has_nothing_to_compare(board, ana, omar):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    assert "What changed since" not in words(browser(omar), url("signoff", plan.pk))


def test_it_asks_as_often_for_four_steps_as_for_nine(amendment, ana, omar):
    client, page = browser(omar), url("signoff", amendment.pk)
    few = queries_of(client, page)
    for _ in range(5):
        add_step(
            Plan.objects.get(pk=amendment.pk), by=ana, phase="surveillance", modality_code="OTHER", description="Watch"
        )
    assert Step.objects.filter(plan=amendment).count() == 9
    assert queries_of(client, page) == few

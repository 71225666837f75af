"""What has been given, before the plans and by them: listed once, and never called nothing."""

import re

import pytest

from careplans.models import Plan, Step
from careplans.readers.steps.given import given_in, given_steps
from careplans.services.cases import add_prior_treatment
from careplans.services.plans import amend_plan
from careplans.services.step_progress import start_step, stop_step
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db
NONE_BEFORE = "None from before the plans is recorded."


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def begun(case, ana, chloe):
    """A plan in force whose first step of two has begun."""
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    begin(plan, ana)
    return plan


def first(plan):
    return Step.objects.select_related("plan__case", "case", "board").get(plan=plan, position=1)


def begin(plan, ana):
    step = first(plan)
    start_step(step, by=ana, expected_version=step.version, on=step.board.today, why="early")


def amended(plan, ana, chloe):
    new = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="Progression")
    makers.submit(new, by=ana)
    return makers.release(new, by=chloe)


def page(user, name, case):
    html = browser(user).get(url(name, case.pk)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_step_that_has_not_begun_was_not_given(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    assert given_steps(case.pk) == [] and given_in(case.pk) == []


def test_a_step_that_goes_on_in_an_amendment_is_given_once_and_there(begun, case, ana, chloe):
    new = amended(begun, ana, chloe)
    assert [(step.plan_id, step.position) for step in given_steps(case.pk)] == [(new.pk, 1)]


def test_while_an_amendment_is_drafted_it_is_given_by_the_plan_in_force(begun, case, ana):
    amend_plan(Plan.objects.get(pk=begun.pk), by=ana, reason="Progression")
    assert [step.plan_id for step in given_steps(case.pk)] == [begun.pk]


def test_what_a_plan_entered_in_error_says_was_not_given(begun, case):
    Plan.objects.filter(pk=begun.pk).update(status="entered_in_error", end_reason="-")
    assert given_steps(case.pk) == []


def test_therapies_before_and_steps_stand_in_one_list_by_day(begun, case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", description="resection", response="complete")
    today = f"{makers.TODAY():%-d %b %Y}"
    assert [str(one) for one in given_in(case.pk)] == [
        "Surgery: resection (before the plans)", f"Other systemic agent ({today}, step 1 of plan 1)",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["case", "proforma"])
def test_none_before_the_plans_stands_beside_what_the_plans_gave(begun, case, ana, name):
    told = page(ana, name, case)
    assert NONE_BEFORE in told and "None is recorded." not in told
    assert "Given by the plans of this case" in told and "in progress since" in told and "(step 1 of plan 1)" in told


@pytest.mark.parametrize("name", ["case", "proforma"])
def test_where_nothing_was_given_no_list_stands(case, ana, chloe, name):
    makers.make_active_plan(case, by=ana, chair=chloe)
    told = page(ana, name, case)
    assert NONE_BEFORE in told and "Given by the plans" not in told


def test_what_an_ended_plan_gave_stands_on_the_page_of_the_case_too(begun, case, ana, chloe):
    step = first(begun)
    stop_step(
        step, by=ana, expected_version=step.version, on=step.board.today, reason="patient_choice", **makers.OUTCOME
    )
    amended(begun, ana, chloe)
    assert "stopped on" in page(ana, "case", case) and "(step 1 of plan 2)" in page(ana, "case", case)


@pytest.mark.parametrize("name", ["case", "proforma"])
def test_many_steps_cost_the_pages_as_much_as_one(begun, case, ana, chloe, name):
    few = queries_of(browser(ana), url(name, case.pk))
    step = Step.objects.select_related("plan__case", "case", "board").get(plan=begun, position=2)
    start_step(step, by=ana, expected_version=step.version, on=step.board.today, why="early")
    amended(begun, ana, chloe)
    # What copied steps were copied from is one more, for all of them together, and so are the small pictures of several plans.
    assert queries_of(browser(ana), url(name, case.pk)) - few in (0, 1, 2)

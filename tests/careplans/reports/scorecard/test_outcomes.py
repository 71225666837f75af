"""Outcomes of what has ended, and escalations."""

from datetime import date

import pytest

from careplans.models import Plan, Step
from careplans.services.plans import amend_plan
from careplans.services.step_progress import complete_step, skip_step, start_step, stop_step
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import MARCH, asked, figures, in_force, make_case, on, share

pytestmark = pytest.mark.django_db

WHOLE = {
    "response": "partial", "progression": "no", "toxicity": "grade_1", "symptom_control": "not_applicable",
    "toxicity_term": "Nausea", "response_on": date(2026, 3, 11),
}  # fmt: skip


def again(step):
    return Step.objects.get(pk=step.pk)


@pytest.fixture
def ended(pages, board, ana, chloe):
    """One plan of four steps: a whole outcome, nothing assessed, stopped without a word of response, and not done."""
    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe, steps=4)
        whole, looked_away, stopped, left = plan.steps.order_by("position")
        for step in (whole, looked_away, stopped):
            start_step(
                again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 2), due_on=date(2026, 4, 2),
                why="As agreed.",
            )  # fmt: skip
    with on(3, 12):
        complete_step(
            again(whole),
            by=ana,
            expected_version=again(whole).version,
            on=date(2026, 3, 12),
            fulfilment="full",
            **WHOLE,
        )
        complete_step(
            again(looked_away), by=ana, expected_version=again(looked_away).version, on=date(2026, 3, 12), fulfilment="full",
            **makers.OUTCOME,
        )  # fmt: skip
    with on(3, 14):
        stop_step(
            again(stopped), by=ana, expected_version=again(stopped).version, on=date(2026, 3, 14), reason="progression",
            **makers.OUTCOME | {"progression": "yes", "progressed_on": date(2026, 3, 13)},
        )  # fmt: skip
        Step.objects.filter(pk=stopped.pk).update(response="not_recorded")
    with on(3, 16):
        yield plan, left


def test_what_says_something_nothing_and_that_nobody_looked_are_told_apart(ended, chloe):
    found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    response = found["response-recorded"]
    assert share(response["figure"]) == (1, 3)
    assert {name: one["count"] for name, one in response["detail"].items()} == {
        "response_not_assessed": 1,
        "response_nothing": 1,
    }
    assert share(found["progression-recorded"]["figure"]) == (2, 3)
    assert share(found["toxicity-recorded"]["figure"]) == (1, 3)
    assert share(found["symptom-control-recorded"]["figure"]) == (0, 2)
    assert share(found["outcome-of-steps"]["figure"]) == (1, 3)


def test_as_of_a_day_what_ended_later_has_not_ended(ended, chloe):
    assert share(figures(chloe, as_of="2026-03-13", since="2026-03-01")["outcome-of-steps"]) == (1, 2)


def test_an_ended_step_that_an_amendment_takes_over_counts_once(ended, ana, chloe):
    new = amend_plan(Plan.objects.get(pk=ended[0].pk), by=ana, reason="Another order.")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert share(figures(chloe, **MARCH)["outcome-of-steps"]) == (1, 3)


def test_a_plan_that_is_completed_has_an_outcome_of_its_own(ended, ana, chloe):
    from careplans.services.plan_ending import complete_plan

    plan, left = ended
    skip_step(again(left), by=ana, expected_version=again(left).version, reason="patient_choice")
    plan = Plan.objects.get(pk=plan.pk)
    complete_plan(plan, by=ana, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **WHOLE)
    assert share(figures(chloe, **MARCH)["outcome-of-plans"]) == (1, 1)

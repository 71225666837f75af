"""A rule that misses a step: what is held is named, and what is still being filled in counts until it has its goal."""

import pytest

from careplans.models import Plan
from careplans.rules.plan_advice import advice_for
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import hold_step, start_step
from careplans.services.steps import add_step
from modalities.services import load_pages
from tests.careplans import makers

pytestmark = pytest.mark.django_db
LIVER = {"extent": "metastatic", "liver_metastases": "yes", "liver_surgery_option": "no", "surgery_option": "no"}


@pytest.fixture(autouse=True)
def pages(db):
    return load_pages()


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, LIVER | {"functional_status": "functional", "hormone_symptoms_controlled": "no"}, by=ana)
    return case


def planned(case, ana, **step):
    plan = makers.make_plan(case, by=ana, steps=0)
    for values in ({"modality_code": "OTHER", "goals": ["monitoring"]}, step):
        phase = {"phase": "tumour_control", "description": "x", "owner": ana, "planned_start": makers.TODAY()}
        add_step(plan, by=ana, **phase | values)
    return plan


def told(plan):
    return {item.firing.rule: item.behind for item in advice_for(Plan.objects.for_detail().get(pk=plan.pk)).whole}


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        ({"modality_code": "TACE", "goals": ["size_reduction"], "target": "liver"}, "LIV-01"),
        ({"modality_code": "OSA", "goals": ["symptom_control"]}, "SEQ-02"),
    ],
)
def test_a_step_that_is_held_is_named_where_the_plan_is_said_to_have_none(case, ana, chloe, step, rule):
    plan = planned(case, ana, **step)
    assert rule not in told(plan)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    held = plan.steps.select_related("plan__case", "case", "board").get(position=2)
    start_step(held, by=ana, expected_version=held.version, on=held.board.today, due_on=held.board.today, why="early")
    assert rule not in told(plan)
    today = {"on": held.board.today, "due_on": held.board.today}
    hold_step(held, by=ana, expected_version=held.version, reason="toxicity_or_not_tolerated", **today)
    assert "Step 2 is on hold and does not count." in told(plan)[rule]


@pytest.mark.parametrize(
    ("modality", "rule"),
    [("TACE", "LIV-01"), ("TRIAL", "TRI-01"), ("OSA", "SEQ-02")],
)
def test_a_step_that_has_no_goal_yet_brings_on_no_rule_that_misses_it(case, ana, modality, rule):
    assert rule not in told(planned(case, ana, modality_code=modality, goals=[]))


def test_and_leaves_alone_what_its_goal_will_not_answer(case, ana):
    fired = told(planned(case, ana, modality_code="PRRT", goals=[]))
    assert "LIV-01" in fired and "TRI-01" in fired

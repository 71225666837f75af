"""A plan without any step fires what it lacks, in the app's own words; `advise` keeps to plans with a step."""

import pytest

from careplans.models import Plan
from careplans.rules import engine
from careplans.rules.empty_plan import firings_of_nothing
from careplans.rules.plan_advice import advice_for
from careplans.services.plans import draft_plan, edit_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.doors import browser, url

FACTS = {"functional_status": "functional", "hormone_symptoms_controlled": "no"}
BULK = {"tumour_volume": "high", "visceral_crisis": "present"}


def lacking(facts, **more):
    found = firings_of_nothing(engine.seed_rule_set(), engine.read_facts(facts), (), no_treatment=True)
    return {firing.rule: firing for firing in found}


def test_no_symptom_step_and_no_debulking_are_missed():
    assert {"SEQ-02", "SEQ-04"} <= set(lacking(FACTS | BULK))


def test_what_speaks_of_an_order_is_not_asked():
    assert not {"SEQ-01", "SEQ-06"} & set(lacking(FACTS | BULK))


def test_what_is_not_recorded_is_asked_for_as_under_a_plan_with_steps():
    assert set(lacking({})) == {"DATA-01", "TRI-01"}
    assert "DATA-02" in lacking({"extent": "metastatic"})
    assert [detail.code for detail in lacking({})["DATA-01"].details][:2] == ["size", "grade"]


def test_an_empty_record_is_asked_the_same_by_an_empty_plan_and_by_one_with_a_step():
    """Whatever the engine asks of nothing but gaps in the record."""
    step = engine.Step(id="1", order=1, modality="OTHER", goals=frozenset({"monitoring"}))
    with_step = {one.rule for one in engine.evaluate(engine.seed_rule_set(), engine.read_facts({}), (step,))}
    assert set(lacking({})) == with_step


def test_nothing_is_missed_where_nothing_is_called_for():
    facts = {
        "functional_status": "non_functional",
        "extent": "localized",
        "surgery_option": "no",
        "trial_consideration": "none_available",
        "largest_primary_mm": 8,
        "grade": "G1",
        "primary_site": "appendix",
        "tumour_volume": "low",
    }
    assert lacking(facts) == {}


def test_it_says_why_it_asks():
    assert lacking(FACTS)["SEQ-02"].advice.startswith("The plan says “no treatment now”. Functional tumour")


def test_the_engine_says_nothing_of_an_empty_plan():
    assert engine.evaluate(engine.seed_rule_set(), engine.read_facts(FACTS | BULK), ()) == []


@pytest.fixture
def plan(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, FACTS, by=ana)
    return draft_plan(case, by=ana)


def fires(plan):
    return {item.firing.rule for item in advice_for(Plan.objects.for_detail().get(pk=plan.pk)).whole}


@pytest.mark.django_db
def test_a_draft_that_is_still_empty_is_not_asked(plan):
    assert fires(plan) == set()


@pytest.mark.django_db
def test_no_treatment_now_is_told_what_it_misses_and_can_be_answered(plan, ana):
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Frail"}, by=ana)
    assert "SEQ-02" in fires(plan)
    kept = plan.advisories.get(rule="SEQ-02", ended_at=None)
    assert "no treatment now" in kept.advice and kept.severity == "warning"


@pytest.mark.django_db
def test_no_treatment_on_an_empty_record_is_asked_what_is_not_recorded(board, ana):
    plan = draft_plan(makers.make_case(board, by=ana), by=ana)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Frail"}, by=ana)
    assert "DATA-01" in fires(plan)
    page = browser(ana).get(url("plan_edit", plan.pk)).content.decode()
    assert (
        "Nothing is missing for sign-off." in page and "A factor on which management may depend is not recorded" in page
    )

"""A plan without any step fires what it lacks, in the app's own words; `advise` keeps to plans with a step."""

import pytest

from careplans.models import Plan
from careplans.rules import engine
from careplans.rules.empty_plan import firings_of_nothing
from careplans.rules.plan_advice import advice_for
from careplans.services.plans import draft_plan, edit_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers

FACTS = {"functional_status": "functional", "hormone_symptoms_controlled": "no"}
BULK = {"tumour_volume": "high", "visceral_crisis": "present"}


def lacking(facts, **more):
    found = firings_of_nothing(engine.seed_rule_set(), engine.read_facts(facts), (), no_treatment=True)
    return {firing.rule: firing for firing in found}


def test_no_symptom_step_and_no_debulking_are_missed():
    assert {"SEQ-02", "SEQ-04"} <= set(lacking(FACTS | BULK))


def test_what_speaks_of_an_order_or_of_a_gap_in_the_facts_is_not_asked():
    assert not {"SEQ-01", "SEQ-06", "DATA-01", "DATA-02"} & set(lacking(FACTS | BULK))


def test_nothing_is_missed_where_nothing_is_called_for():
    facts = {
        "functional_status": "non_functional",
        "extent": "localized",
        "surgery_option": "no",
        "trial_consideration": "none_available",
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

"""No goal that the app proposes for a step brings on an advisory by itself."""

from itertools import product

import pytest

from careplans.models import Step
from careplans.models.step_values import GOALS_OF_PHASE, proposed_goals
from careplans.rules import engine

RULES = engine.seed_rule_set()
CASES = (
    {},
    {"extent": "localized", "surgery_option": "yes"},
    {"extent": "regional", "surgery_option": "no"},
    {"extent": "metastatic", "liver_metastases": "yes", "liver_surgery_option": "no", "primary_site": "pancreas"},
    {"functional_status": "functional", "hormone_symptoms_controlled": "no"},
    {"extent": "metastatic", "tumour_volume": "high", "visceral_crisis": "present"},
)  # fmt: skip
PAIRS = list(product(Step.Phase.values, Step.ModalityCode.values))


def said(facts, modality, goals):
    """What the rules say of this one step, whatever else is in the plan."""
    step = engine.Step(id="1", order=1, modality=modality, goals=frozenset(goals))
    return (
        {one.rule for one in engine.evaluate(RULES, engine.read_facts(facts), (step,)) if one.step} if goals else set()
    )


@pytest.mark.parametrize(("phase", "modality"), PAIRS)
def test_what_is_proposed_brings_on_no_advisory_by_itself(phase, modality):
    for facts in CASES:
        whatever_it_is_for = set.intersection(*(said(facts, modality, [goal]) for goal in Step.Goal.values))
        assert said(facts, modality, proposed_goals(phase, modality)) <= whatever_it_is_for


@pytest.mark.parametrize(("phase", "modality"), PAIRS)
def test_and_wherever_it_brings_none_on_the_goal_of_the_phase_is_proposed(phase, modality):
    by_phase = GOALS_OF_PHASE[phase]
    quiet = all(
        said(facts, modality, by_phase) <= set.intersection(*(said(facts, modality, [g]) for g in Step.Goal.values))
        for facts in CASES
    )
    assert (proposed_goals(phase, modality) == by_phase) == quiet

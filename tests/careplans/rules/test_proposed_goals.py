"""No goal that the app proposes for a step brings on an advisory by itself: about the step, or about a plan that misses one."""

from itertools import product

import pytest

from careplans.models import Step
from careplans.models.step_values import GOALS_OF_PHASE, proposed_goals
from careplans.rules import engine
from careplans.rules.engine import seed_rules

RULES = engine.seed_rule_set()
EXTENTS = [
    {"extent": extent, "surgery_option": option} | more
    for extent, option, more in product(
        ("localized", "regional", "metastatic"),
        ("yes", "no", "not_recorded"),
        ({}, {"primary_site": "pancreas"}, {"liver_metastases": "yes", "liver_surgery_option": "no"}),
    )
]
CASES = (
    {},
    *EXTENTS,
    {"functional_status": "functional", "hormone_symptoms_controlled": "no"},
    {"extent": "metastatic", "tumour_volume": "high", "visceral_crisis": "present"},
    {"extent": "metastatic", "tumour_volume": "low", "visceral_crisis": "none"},
    {"extent": "metastatic", "differentiation": "poor"},
)  # fmt: skip
PAIRS = list(product(Step.Phase.values, Step.ModalityCode.values))


def named(when):
    """The modalities that a rule names."""
    if isinstance(when, dict):
        return set(when.get("modality", ())).union(*(named(part) for part in when.values()))
    return set().union(*(named(part) for part in when)) if isinstance(when, list) else set()


NAMED = {rule["id"]: named(rule["when"]) for rule in seed_rules()}


def said(facts, modality, goals):
    """What the rules say of this one step, and of its plan by rules that name its modality."""
    step = engine.Step(id="1", order=1, modality=modality, goals=frozenset(goals))
    found = engine.evaluate(RULES, engine.read_facts(facts), (step,)) if goals else []
    return {one.rule for one in found if one.step or modality in NAMED[one.rule]}


def whatever_it_is_for(facts, modality):
    return set.intersection(*(said(facts, modality, [goal]) for goal in Step.Goal.values))


@pytest.mark.parametrize(("phase", "modality"), PAIRS)
def test_what_is_proposed_brings_on_no_advisory_by_itself(phase, modality):
    for facts in CASES:
        assert said(facts, modality, proposed_goals(phase, modality)) <= whatever_it_is_for(facts, modality)


@pytest.mark.parametrize(("phase", "modality"), PAIRS)
def test_and_wherever_it_brings_none_on_the_goal_of_the_phase_is_proposed(phase, modality):
    by_phase = GOALS_OF_PHASE[phase]
    quiet = all(said(facts, modality, by_phase) <= whatever_it_is_for(facts, modality) for facts in CASES)
    # What “other” is, nobody knows: it may stand in a phase and do nothing for its goal.
    silences = modality == "OTHER" and phase != "surveillance"
    assert (proposed_goals(phase, modality) == by_phase) == (quiet and not silences)


@pytest.mark.parametrize("phase", Step.Phase.values)
def test_what_is_proposed_for_other_answers_no_advisory(phase):
    """An echocardiogram in the phase of symptom control silenced the warning that no step controls the symptoms."""

    def told(goals):
        step = engine.Step(id="1", order=1, modality="OTHER", goals=frozenset(goals))
        return {one.rule for one in engine.evaluate(RULES, engine.read_facts(facts), (step,))}

    for facts in CASES:
        assert told([]) - told(proposed_goals(phase, "OTHER")) == set(), facts

"""The forty plans of the six invented cases: each gives exactly the advisories it must."""

import dataclasses
from decimal import Decimal

import pytest

from careplans.rules.engine import evaluate, read_draft, seed_rule_set
from careplans.rules.vignettes import read_cases
from tests.careplans.rules.by_hand import expected

VIGNETTES = read_cases()
PLANS = [(case, name) for case in VIGNETTES for name in case["plans"]]


def whole_mm(cm):
    mm = Decimal(cm) * 10
    assert mm == int(mm)
    return int(mm)


def facts_of(case, plan):
    """Lengths stand in cm as the source prints them; the app holds whole millimetres."""
    facts = case["facts"] | plan["facts_changed"]
    return {
        name.replace("_cm", "_mm"): whole_mm(value) if name.endswith("_cm") else value for name, value in facts.items()
    }


def step_of(number, text):
    """A step written as `order modality goals target=... cm=...`."""
    order, modality, goals, *rest = text.split()
    more = dict(part.split("=") for part in rest)
    step = {"id": f"s{number}", "order": int(order), "modality": modality, "goals": goals.split(",")}
    if "target" in more:
        step["target"] = more["target"]
    if "cm" in more:
        step["target_mm"] = None if more["cm"] == "none" else whole_mm(more["cm"])
    return step


def data_of(case, name):
    plan = case["plans"][name]
    steps = [step_of(number, text) for number, text in enumerate(plan["steps"].split(";"), start=1)]
    return {"facts": facts_of(case, plan), "steps": steps}


def fired(rule_set, data):
    draft = read_draft(data)
    found = evaluate(rule_set, draft.facts, draft.steps)
    return sorted(firing.rule + (f"@{firing.step}" if firing.step else "") for firing in found)


def without(rule_id):
    seed = seed_rule_set()
    return dataclasses.replace(seed, rules=tuple(rule for rule in seed.rules if rule.id != rule_id))


def expectations(case, name):
    """`RULE@s2` for the step that stands second in the list, `RULE` for the whole plan."""
    return sorted(case["plans"][name]["expect"])


def test_there_are_forty_plans_and_thirty_five_rules():
    assert len(PLANS) == 40
    assert len(seed_rule_set().rules) == 35


@pytest.mark.parametrize(("case", "name"), PLANS, ids=[f"{case['id']}-{name}" for case, name in PLANS])
def test_a_vignette_plan_fires_exactly_what_it_must(case, name):
    found = fired(seed_rule_set(), data_of(case, name))
    assert found == expectations(case, name)
    assert not {rule.partition("@")[0] for rule in found} & set(case["plans"][name]["must_not"])


@pytest.mark.parametrize(("case", "name"), PLANS, ids=[f"{case['id']}-{name}" for case, name in PLANS])
def test_the_rules_written_by_hand_agree(case, name):
    by_hand = {rule + (f"@{step}" if step else "") for rule, step in expected(data_of(case, name))}
    assert sorted(by_hand) == expectations(case, name)


@pytest.mark.parametrize("rule_id", [rule.id for rule in seed_rule_set().rules])
def test_removing_a_rule_is_noticed(rule_id):
    """So every rule fires at least once too."""
    remaining = without(rule_id)
    assert any(fired(remaining, data_of(case, name)) != expectations(case, name) for case, name in PLANS)

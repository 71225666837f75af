"""A plan does not have what is stopped or held; a rule about one step still speaks of it (domain note B.1, last bullet)."""

import json
import random
from pathlib import Path

import pytest

import careplans.rules.engine
from bench.advisories import random_draft
from careplans.rules.engine import evaluate, read_draft, seed_rule_set

RULES = json.loads((Path(careplans.rules.engine.__file__).parent / "rules.json").read_text())["rules"]
ASKS_WHAT_THE_PLAN_HAS = {
    "SEQ-01", "SEQ-02", "SEQ-03", "SEQ-04", "SEQ-05", "SEQ-07", "SUR-01", "SUR-04", "SUR-05", "CHE-04", "LIV-01", "TRI-01",
}  # fmt: skip
ASKS_ABOUT_FACTS = {"DATA-01", "DATA-02", "SEQ-06"}
ASKS_ABOUT_ONE_STEP = {
    "SUR-02", "SUR-03", "CHE-01", "CHE-02", "CHE-03", "OSA-01", "RFA-01", "RFA-02", "RFA-03", "OPER-01", "MIB-01", "MIB-02",
    "PRR-01", "PRR-02", "PRR-03", "AVL-01", "EMB-01", "EMB-02", "EMB-03", "SIR-01",
}  # fmt: skip
WATCHED = {"id": "w", "order": 9, "modality": "OTHER", "goals": ["monitoring"]}


def fired(facts, *steps):
    draft = read_draft(
        {"facts": facts, "steps": [{"id": f"s{n}", "order": n, **s} for n, s in enumerate(steps, start=1)]}
    )
    return {(firing.rule, firing.step) for firing in evaluate(seed_rule_set(), draft.facts, draft.steps)}


def drafts(count=1500):
    rng = random.Random(10)
    return [random_draft(rng, longest=4) for _ in range(count)]


def held(draft, status):
    """The plan with its first step held or stopped; the same without it. Both have a step besides."""
    steps = [step | {"status": "planned"} for step in draft["steps"]]
    return [steps[0] | {"status": status}, *steps[1:], WATCHED], [*steps[1:], WATCHED]


def test_each_rule_is_of_one_kind():
    kinds = (ASKS_WHAT_THE_PLAN_HAS, ASKS_ABOUT_FACTS, ASKS_ABOUT_ONE_STEP)
    assert sorted(rule for kind in kinds for rule in kind) == sorted(rule["id"] for rule in RULES)
    assert {rule["id"] for rule in RULES if rule["scope"] == "step"} == ASKS_ABOUT_ONE_STEP
    words = ("plan_has", "plan_lacks", "earlier", "first_in")
    assert {r["id"] for r in RULES if any(word in json.dumps(r["when"]) for word in words)} == ASKS_WHAT_THE_PLAN_HAS


@pytest.mark.parametrize("status", ["on_hold", "stopped"])
def test_for_the_plan_as_a_whole_a_held_step_is_as_good_as_none(status):
    for draft in filter(lambda d: d["steps"], drafts()):
        with_it, without = held(draft, status)
        whole = [
            {firing.rule for firing in evaluate(seed_rule_set(), read.facts, read.steps) if firing.step is None}
            for read in (read_draft({"facts": draft["facts"], "steps": steps}) for steps in (with_it, without))
        ]
        assert whole[0] == whole[1]


@pytest.mark.parametrize("status", ["on_hold", "stopped"])
def test_a_rule_about_one_step_still_speaks_of_a_held_one(status):
    spoken = set()
    for draft in filter(lambda d: d["steps"], drafts()):
        said = []
        for step in (draft["steps"][0] | {"status": "planned"}, draft["steps"][0] | {"status": status}):
            read = read_draft({"facts": draft["facts"], "steps": [step]})
            said.append({f.rule for f in evaluate(seed_rule_set(), read.facts, read.steps) if f.step})
        assert said[0] == said[1]
        spoken |= said[1]
    assert spoken == ASKS_ABOUT_ONE_STEP


FUNCTIONAL = {"functional_status": "functional", "hormone_symptoms_controlled": "no"}
ANALOGUE = {"modality": "OSA", "goals": ["symptom_control"]}
BULK = {"tumour_volume": "high", "visceral_crisis": "present", "extent": "metastatic"}


@pytest.mark.parametrize("status", ["on_hold", "stopped"])
def test_an_analogue_that_is_stopped_or_held_is_no_symptom_step(status):
    assert ("SEQ-02", None) not in fired(FUNCTIONAL, ANALOGUE)
    assert ("SEQ-02", None) in fired(FUNCTIONAL, ANALOGUE | {"status": status})


def test_a_completed_analogue_is_one():
    assert ("SEQ-02", None) not in fired(FUNCTIONAL, ANALOGUE | {"status": "completed"})


def test_a_held_debulking_is_not_in_the_plan_and_a_held_tumour_step_comes_before_nothing():
    debulking = {"modality": "SURG", "goals": ["debulking"]}
    chemo = {"modality": "CHEMO", "goals": ["tumour_control"]}
    assert ("SEQ-05", None) in fired(BULK, chemo, debulking)
    assert ("SEQ-05", None) not in fired(BULK, chemo | {"status": "on_hold"}, debulking)
    assert ("SEQ-04", None) in fired(BULK, chemo, debulking | {"status": "on_hold"})


def test_a_held_step_is_not_the_first_tumour_step():
    no_threat = {"extent": "metastatic", "visceral_crisis": "none"}
    chemo, debulking = {"modality": "CHEMO", "goals": ["tumour_control"]}, {"modality": "SURG", "goals": ["debulking"]}
    assert ("SEQ-07", None) not in fired(no_threat, chemo, debulking)
    assert ("SEQ-07", None) in fired(no_threat, chemo | {"status": "on_hold"}, debulking)


def test_a_stopped_resection_is_not_the_curative_one_and_a_stopped_drug_is_no_second_modality():
    local = {"extent": "localized", "surgery_option": "yes"}
    resection = {"modality": "SURG", "goals": ["cure"], "status": "stopped"}
    assert ("SUR-01", None) in fired(local, resection)
    spread = {"extent": "metastatic"}
    assert ("SUR-05", None) in fired(spread, {"modality": "SURG", "goals": ["cure"]}, ANALOGUE | {"status": "stopped"})


def test_a_held_ablation_still_has_too_large_a_target():
    ablation = {"modality": "RFA", "goals": ["local_control"], "target": "liver", "target_mm": 51, "status": "on_hold"}
    assert ("RFA-02", "s1") in fired({}, ablation)

"""Every part of every rule counts, and what stands beside an advice is right."""

import copy
import json
import random
from pathlib import Path

import pytest

import careplans.rules.engine
from bench.advisories import random_draft
from careplans.rules.engine import evaluate, parse_rule_set, read_draft, seed_rule_set, vocabulary
from tests.careplans.rules.by_hand import expected

DATA = json.loads((Path(careplans.rules.engine.__file__).parent / "rules.json").read_text())
# Parts that say again what another part of the same rule says; kept because the source rules have them.
SAID_TWICE = {
    "SEQ-01.when.all[2]",  # a step cannot come before the first symptom-control step if there is none
    "SEQ-05.when.all[1]",  # likewise for debulking
    # a step that debulks cannot come strictly before the first one that does
    "SEQ-05.when.all[2].earlier.a.goal_any[1]",
    "SEQ-05.when.all[2].earlier.a.goal_none",
}


def shortened(node, place):
    """Each way to leave out one item of one list, or one key of one pattern, in a condition."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from ((where, node | {key: less}) for where, less in shortened(value, f"{place}.{key}"))
        if len(node) > 1 and not node.keys() & {"is", "in", "or_equal", "includes", "field"}:
            yield from ((f"{place}.{key}", {k: v for k, v in node.items() if k != key}) for key in node)
    elif isinstance(node, list):
        for number, item in enumerate(node):
            where = f"{place}[{number}]"
            if len(node) > 1:
                yield where, node[:number] + node[number + 1 :]
            yield from ((there, [*node[:number], less, *node[number + 1 :]]) for there, less in shortened(item, where))


def turned(node, place):
    """Each way to change one value that is not in a list."""
    if isinstance(node, dict):
        for key, value in node.items():
            where = f"{place}.{key}"
            if key == "or_equal":
                yield where, node | {key: not value}
            elif key == "gt":
                yield from ((f"{where}={other}", node | {key: other}) for other in (value - 1, value + 1))
            elif key == "is":
                yield where, node | {key: {True: False, "yes": "no", "no": "unknown", "unknown": "yes"}[value]}
            elif key == "target_operability":
                yield where, node | {key: "no"}
            else:
                yield from ((there, node | {key: other}) for there, other in turned(value, where))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            rest = turned(item, f"{place}[{number}]")
            yield from ((there, [*node[:number], other, *node[number + 1 :]]) for there, other in rest)


MUTANTS = [
    (place, rule | {"when": when})
    for rule in DATA["rules"]
    for mutate in (shortened, turned)
    for place, when in mutate(copy.deepcopy(rule["when"]), f"{rule['id']}.when")
    if place not in SAID_TWICE
]


@pytest.fixture(scope="module")
def corpus():
    """Random plans and open flags, each with what must fire by the rules written by hand."""
    rng = random.Random(2026)
    found = [(random_draft(rng, longest=4), rng.random() < 0.8) for _ in range(8000)]
    return [
        (read_draft(data), vocabulary.DEFAULT_FLAGS if flag_open else (), expected(data, flag_open))
        for data, flag_open in found
    ]


def fires_as_expected(rule, corpus):
    # Without its lists: they have a test of their own, and a rule that lists nothing may lose any part.
    bare = {key: value for key, value in rule.items() if key != "details"}
    rule_set = parse_rule_set({"version": "mutant", "rules": [bare]})
    return all(
        {(firing.rule, firing.step) for firing in evaluate(rule_set, draft.facts, draft.steps, flags=flags)}
        == {key for key in keys if key[0] == rule["id"]}
        for draft, flags, keys in corpus
    )


@pytest.mark.parametrize("rule", DATA["rules"], ids=lambda rule: rule["id"])
def test_a_rule_fires_as_written_by_hand(rule, corpus):
    assert fires_as_expected(rule, corpus)


@pytest.mark.parametrize(("place", "rule"), MUTANTS, ids=[place for place, _ in MUTANTS])
def test_a_changed_part_is_noticed(place, rule, corpus):
    assert not fires_as_expected(rule, corpus)


def listed(rule_id, facts, *steps):
    rows = [{"id": f"s{n}", "order": n, "modality": m, "goals": [g]} for n, (m, g) in enumerate(steps, start=1)]
    draft = read_draft({"facts": facts, "steps": rows})
    found = [firing for firing in evaluate(seed_rule_set(), draft.facts, draft.steps) if firing.rule == rule_id]
    return [detail.code for detail in found[0].details] if found else None


RECORDED = {
    "largest_primary_mm": 19,
    "grade": "G2",
    "primary_site": "jejunum_ileum",
    "extent": "metastatic",
    "tumour_volume": "high",
    "functional_status": "functional",
    "hormone_symptoms_controlled": "no",
}


def test_nothing_is_missing_when_every_factor_is_recorded():
    assert listed("DATA-01", RECORDED, ("OSA", "symptom_control")) is None


@pytest.mark.parametrize("name", RECORDED)
def test_the_missing_factor_is_listed(name):
    facts = {key: value for key, value in RECORDED.items() if key != name}
    factor = "size" if name == "largest_primary_mm" else name
    assert listed("DATA-01", facts, ("OSA", "symptom_control")) == [factor]


def test_the_size_of_a_liver_lesion_is_a_size():
    facts = RECORDED | {"largest_primary_mm": None, "largest_liver_lesion_mm": 38}
    assert listed("DATA-01", facts, ("OSA", "symptom_control")) is None


def test_symptom_control_is_no_factor_where_nothing_is_functional():
    facts = RECORDED | {"functional_status": "non_functional", "hormone_symptoms_controlled": "not_recorded"}
    assert listed("DATA-01", facts, ("OSA", "tumour_control")) is None


def test_the_grounds_for_chemotherapy_are_listed():
    facts = RECORDED | {"surgery_option": "no", "differentiation": "poor", "other_options_exhausted": "yes"}
    grounds = ["other_options_exhausted", "inoperable", "poorly_differentiated"]
    assert listed("CHE-02", facts, ("CHEMO", "tumour_control")) == grounds


def test_angioinvasion_adds_weight_where_it_is_recorded():
    facts = RECORDED | {"differentiation": "poor"}
    assert listed("CHE-04", facts, ("OSA", "symptom_control")) == ["metastases"]
    both = ["metastases", "angioinvasion"]
    assert listed("CHE-04", facts | {"angioinvasion": "present"}, ("OSA", "symptom_control")) == both

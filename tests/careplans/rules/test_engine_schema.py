"""A rule set that is not right is refused before any plan is judged by it, with the exact place named."""

import copy
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import careplans.rules.engine
from careplans.rules.engine import Malformed, evaluate, parse_rule_set, read_draft, seed_rule_set
from careplans.rules.engine.grammar import PARTNERS, PATTERN_CODES, WORDS

DATA = json.loads((Path(careplans.rules.engine.__file__).parent / "rules.json").read_text())
RULE = {
    "id": "OWN-01", "scope": "step", "severity": "info", "seed": ["S20"], "basis": "direct", "advice": "Look again.",
    "when": {"step": {"modality": ["RFA"]}}, "blocks": False,
}  # fmt: skip


def refused(data):
    with pytest.raises(Malformed) as caught:
        parse_rule_set(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def one_rule(**changes):
    return {"version": "own-1", "rules": [RULE | changes]}


def refused_when(when, **changes):
    """What is said about a condition, without the place of the rule."""
    text = refused(one_rule(when=when, **changes))
    assert text.startswith("rules[0] (OWN-01).when")
    return text.removeprefix("rules[0] (OWN-01).when")


def test_the_seed_has_its_35_rules_in_order():
    rules = seed_rule_set().rules
    assert [rule.id for rule in rules] == [rule["id"] for rule in DATA["rules"]]
    assert {rule.id for rule in rules if rule.basis == "inference"} == {
        "SEQ-06",
        "SEQ-07",
        "SUR-03",
        "CHE-03",
        "OSA-01",
    }
    assert seed_rule_set().version == "seed-1"


def test_a_rule_set_cannot_be_changed_once_read():
    with pytest.raises(dataclasses.FrozenInstanceError):
        seed_rule_set().rules[0].severity = "info"


def test_a_centre_can_add_a_rule_of_its_own():
    when = {"all": [{"step": {"modality": ["RFA"]}}, {"step_num": {"field": "target_mm", "ge": 30}}]}
    rules = parse_rule_set(one_rule(when=when))
    step = {"id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"]}
    found = [
        [firing.rule for firing in evaluate(rules, draft.facts, draft.steps)]
        for draft in (read_draft({"facts": {}, "steps": [step | {"target_mm": size}]}) for size in (29, 30))
    ]
    assert found == [[], ["OWN-01"]]


def test_a_rule_may_rest_on_a_source_that_the_centre_added():
    assert parse_rule_set(one_rule(seed=["S20", "E12"])).rules[0].statements == ("S20", "E12")


def test_a_rule_that_is_switched_off_never_fires():
    draft = read_draft({"facts": {}, "steps": [{"id": "s1", "order": 1, "modality": "RFA", "goals": ["cure"]}]})
    always = {"plan_nonempty": True}
    on, off = parse_rule_set(one_rule(when=always)), parse_rule_set(one_rule(when=always, off="We ask it at intake."))
    assert [firing.rule for firing in evaluate(on, draft.facts, draft.steps)] == ["OWN-01"]
    assert evaluate(off, draft.facts, draft.steps) == []
    assert (on.rules[0].off, off.rules[0].off) == ("", "We ask it at intake.")


def test_the_place_names_the_rule_and_the_way_into_it():
    data = copy.deepcopy(DATA)
    data["rules"][5]["when"]["all"][2]["plan_lacks"]["goal_any"][0] = "debulk"
    assert refused(data) == (
        'rules[5] (SEQ-04).when.all[2].plan_lacks.goal_any[0]: unknown goal "debulk"; use one of symptom_control, '
        "tumour_control, debulking, cure, palliation, local_control, size_reduction, hormone_reduction, monitoring"
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, "input: must be an object"),
        ({"rules": [RULE]}, "version: is missing"),
        ({"version": "", "rules": [RULE]}, "version: must not be empty"),
        ({"version": 1, "rules": [RULE]}, "version: must be a text"),
        ({"version": "own-1", "rules": []}, "rules: must not be empty"),
        ({"version": "own-1", "rules": {}}, "rules: must be a list"),
        ({"version": "own-1", "rules": [7]}, "rules[0]: must be an object, not 7"),
        ({"version": "own-1", "rules": [RULE], "notes": ""}, "notes: unknown key"),
        ({"version": "own-1", "rules": [RULE], "severities": ["info", "stop"]}, "severities: must be info, caution, warning"),
        ({"version": "own-1", "rules": [RULE, RULE]}, 'rules[1].id: "OWN-01" is the id of rules[0] already'),
        (one_rule(id="own one"), "rules[0].id: must be like SEQ-01"),
        (one_rule(id=7), "rules[0].id: must be a text"),
        (one_rule(scope="case"), 'rules[0] (OWN-01).scope: unknown scope "case"; use one of plan, step'),
        (one_rule(severity="stop"), 'rules[0] (OWN-01).severity: unknown severity "stop"; use one of info, caution, warning'),
        (one_rule(basis="guess"), 'rules[0] (OWN-01).basis: unknown basis "guess"'),
        (one_rule(seed=["S38"]), 'rules[0] (OWN-01).seed[0]: unknown statement "S38"'),
        (one_rule(seed=["S20", "S20"]), 'rules[0] (OWN-01).seed[1]: statement "S20" stands twice'),
        (one_rule(seed=[]), "rules[0] (OWN-01).seed: must not be empty"),
        (one_rule(seed="S20"), "rules[0] (OWN-01).seed: must be a list"),
        (one_rule(seed=["E0"]), 'rules[0] (OWN-01).seed[0]: unknown statement "E0"'),
        (one_rule(seed=["E1", "E1"]), 'rules[0] (OWN-01).seed[1]: statement "E1" stands twice'),
        (one_rule(off=""), "rules[0] (OWN-01).off: must not be empty"),
        (one_rule(off=True), "rules[0] (OWN-01).off: must be a text, not true"),
        (one_rule(advice=" "), "rules[0] (OWN-01).advice: must not be empty"),
        (one_rule(blocks=True), "rules[0] (OWN-01).blocks: must be false: an advisory never blocks"),
        (one_rule(blocks=0), "rules[0] (OWN-01).blocks: must be true or false, not 0"),
        (one_rule(wen={}), "rules[0] (OWN-01).wen: unknown key"),
        (one_rule(details=["grounds"]), 'rules[0] (OWN-01).details[0]: unknown detail "grounds"'),
        (one_rule(details=["missing_factors"]), "rules[0] (OWN-01).details: missing_factors needs a missing_any"),
    ],
)  # fmt: skip
def test_a_wrong_rule_set_is_refused(data, text):
    assert refused(data).startswith(text)


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ({}, ": needs a word; use one of all, any, not"),
        ([], ": must be an object, not a list"),
        ({"every": []}, ".every: unknown word; use one of all"),
        ({"all": []}, ".all: must not be empty"),
        ({"any": []}, ".any: must not be empty"),
        ({"any": {}}, ".any: must be a list, not an object"),
        ({"all": [{"not": {"either": 1}}]}, ".all[0].not.either: unknown word"),
        ({"all": [{"plan_nonempty": True}], "any": []}, ".any: unknown key; use one of all"),
        ({"plan_nonempty": False}, ".plan_nonempty: must be true, not false"),
        ({"plan_nonempty": 1}, ".plan_nonempty: must be true, not 1"),
        ({"fact": "extent"}, ".in: is missing"),
        ({"in": ["localized"]}, ".in: unknown word"),
        ({"fact": "extend", "in": ["localized"]}, '.fact: unknown coded fact "extend"; use one of primary_site'),
        ({"fact": "largest_primary_mm", "in": ["50"]}, '.fact: unknown coded fact "largest_primary_mm"'),
        ({"fact": "extent", "in": ["local"]}, '.in[0]: unknown value of extent "local"; use one of localized, regional'),
        ({"fact": "extent", "in": []}, ".in: must not be empty"),
        ({"fact": "extent", "in": "localized"}, ".in: must be a list"),
        ({"fact": "extent", "not_in": ["localized"]}, ".not_in: unknown key; use one of fact, in"),
        ({"fact": ["extent"], "in": ["localized"]}, ".fact: must be a coded fact in quotes"),
        ({"missing_any": ["length"]}, '.missing_any[0]: unknown factor "length"; use one of size, primary_site'),
        ({"missing_any": []}, ".missing_any: must not be empty"),
        ({"derived": "advanced"}, ".is: is missing"),
        ({"derived": "late", "is": True}, '.derived: unknown derived fact "late"; use one of advanced'),
        ({"derived": "advanced", "is": "yes"}, '.is: unknown value "yes"; use one of true, false'),
        ({"derived": "advanced", "is": 1}, ".is: unknown value 1; use one of true, false"),
        ({"derived": "bulk_threat", "is": True}, '.is: unknown value true; use one of "yes", "no", "unknown"'),
        ({"content_flag_open": "prrt"}, '.content_flag_open: unknown content flag "prrt"; use one of prrt-availability'),
        ({"plan_has": {}}, ".plan_has: must not be empty; use one of modality"),
        ({"plan_has": {"goal": ["cure"]}}, ".plan_has.goal: unknown key; use one of modality, modality_not, goal_any"),
        ({"plan_lacks": {"modality": []}}, ".plan_lacks.modality: must not be empty"),
        ({"plan_lacks": {"modality": ["MWA"]}}, '.plan_lacks.modality[0]: unknown modality "MWA"'),
        ({"plan_lacks": {"modality": ["page-"]}}, '.plan_lacks.modality[0]: unknown modality "page-"'),
        ({"step": {"goal_any": ["page-mwa"]}}, '.step.goal_any[0]: unknown goal "page-mwa"'),
        ({"step": {"goal_any": ["cure", "cure"]}}, '.step.goal_any[1]: goal "cure" stands twice'),
        ({"step": {"target": ["hepar"]}}, '.step.target[0]: unknown target "hepar"'),
        ({"earlier": {"a": {"goal_any": ["cure"]}, "b": {"goal_any": ["cure"]}}}, ".earlier.or_equal: is missing"),
        ({"earlier": {"a": {"goal_any": ["cure"]}, "b": {}, "or_equal": True}}, ".earlier.b: must not be empty"),
        (
            {"earlier": {"a": {"goal_any": ["cure"]}, "b": {"goal_any": ["cure"]}, "or_equal": "no"}},
            '.earlier.or_equal: must be true or false, not "no"',
        ),
        ({"first_in": {"of": {"goal_any": ["cure"]}}}, ".first_in.includes: is missing"),
        ({"step_num": {"field": "target_cm", "gt": 5}}, '.step_num.field: unknown field "target_cm"; use one of target_mm'),
        ({"step_num": {"field": "target_mm", "gt": 50.0}}, ".step_num.gt: must be a whole number of millimetres, not 50.0"),
        ({"step_num": {"field": "target_mm", "gt": True}}, ".step_num.gt: must be a whole number"),
        ({"step_num": {"field": "target_mm", "above": 50}}, ".step_num.above: unknown key; use one of field, gt, ge, lt, le"),
        ({"step_num": {"field": "target_mm"}}, ".step_num: needs one comparison; use one of gt, ge, lt, le"),
        ({"step_num": {"field": "target_mm", "gt": 1, "lt": 9}}, ".step_num: needs one comparison"),
        ({"step_missing": "target_cm"}, '.step_missing: unknown field "target_cm"'),
        ({"target_operability": "maybe"}, '.target_operability: unknown value "maybe"; use one of yes, no'),
        ({"target_operability": True}, ".target_operability: must be a value in quotes, not true"),
    ],
)  # fmt: skip
def test_a_wrong_condition_is_refused(when, text):
    assert refused_when(when).startswith(text)


@pytest.mark.parametrize(
    "when",
    [
        {"step": {"modality": ["RFA"]}},
        {"step_num": {"field": "target_mm", "gt": 50}},
        {"step_missing": "target_mm"},
        {"target_operability": "yes"},
    ],
)
def test_a_rule_about_the_plan_cannot_ask_about_one_step(when):
    assert "so the scope of the rule must be step" in refused_when({"not": when}, scope="plan")
    assert parse_rule_set(one_rule(when={"not": when}, scope="step"))


def test_a_condition_may_not_be_nested_without_end():
    when = {"plan_nonempty": True}
    for _ in range(5000):
        when = {"not": when}
    assert "is nested more than 12 deep" in refused_when(when)


junk = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just([]) | st.just({}) | st.just([{}])


def places(node):
    """Every container of the rule set with every key or number in it."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from places(value)


@given(st.data())
def test_whatever_is_put_anywhere_is_read_or_refused(data):
    rules = copy.deepcopy(DATA)
    node, key = data.draw(st.sampled_from(list(places(rules))))
    node[key] = data.draw(junk)
    try:
        parse_rule_set(rules)
    except Malformed as error:
        assert "\n" not in str(error)


def documented_examples():
    """Each example of a word in docs/advisories.md: the last cell of a row that holds JSON."""
    for line in (Path(__file__).resolve().parents[3] / "docs" / "advisories.md").read_text().splitlines():
        cells = line.strip("| ").split(" | ")
        if cells[-1].startswith("`{"):
            words = {word.strip("` ") for word in cells[0].split(",")}
            yield words, json.loads(cells[-1].strip("`"))


def test_every_word_is_documented_with_an_example_that_is_read():
    documented = set()
    for words, example in documented_examples():
        assert words <= example.keys()
        documented |= words
        parse_rule_set(one_rule(when={"step": example} if words & PATTERN_CODES.keys() else example))
    assert documented == {*WORDS, *PARTNERS.values(), *PATTERN_CODES}

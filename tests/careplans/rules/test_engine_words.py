"""The conditions in plain words: complete, and exact where it matters."""

import pytest

from careplans.rules.engine import conditions, grammar, proforma, seed_rule_set, vocabulary, words
from careplans.rules.engine.facts import DERIVED
from careplans.rules.engine.words import Words, words_of

RULES = {rule.id: rule for rule in seed_rule_set().rules}


def lines(found, depth=0):
    return ["  " * depth + found.text, *(line for part in found.parts for line in lines(part, depth + 1))]


def said(rule_id):
    return lines(words_of(RULES[rule_id].when))


@pytest.mark.parametrize("rule_id", RULES)
def test_every_seed_rule_reads_as_words(rule_id):
    for line in said(rule_id):
        assert line
        assert "_" not in line


def test_every_word_of_the_language_has_a_phrase():
    assert set(words.PHRASES) == set(grammar.WORDS)


def test_every_key_of_a_pattern_has_a_phrase():
    assert set(words.PATTERN_PHRASES) == set(words.PLURAL_PHRASES) == set(grammar.PATTERN_CODES)


def test_every_value_that_a_rule_may_ask_for_has_its_words():
    assert set(words.DERIVED_TEXTS) == {(name, value) for name, values in DERIVED.items() for value in values}
    assert set(words.FLAG_TEXTS) == set(vocabulary.CONTENT_FLAGS)
    assert set(words.OPERABILITY_TEXTS) == set(grammar.OPERABILITY)
    assert set(words.COMPARISON_TEXTS) == set(conditions.COMPARISONS)
    assert set(vocabulary.MODALITIES) <= set(words.NAMES)


def test_no_name_is_kept_for_a_code_that_does_not_exist():
    codes = {*proforma.CODED, *(value for values in proforma.CODED.values() for value in values)}
    assert set(words.NAMES) <= codes | {"size", *vocabulary.MODALITIES, *vocabulary.TARGETS}


def test_parts_stand_under_the_line_that_joins_them():
    assert said("CHE-04") == [
        "all of these hold:",
        "  the plan has a step",
        "  the differentiation is recorded as poor",
        "  at least one of these holds:",
        "    the option of surgery is recorded as no",
        "    the extent is recorded as metastatic",
        "  the plan has no step that is chemotherapy",
    ]


def test_an_order_says_whether_parallel_steps_count():
    tumour = "a step that has one of the goals cure, debulking, tumour control, local control or size reduction"
    assert said("SEQ-01")[-1].strip() == (
        f"{tumour} and does not have the goal symptom control comes before, or runs in parallel with, "
        "the first step that has the goal symptom control"
    )
    assert said("SEQ-05")[-1].strip() == (
        f"{tumour} and does not have the goal debulking comes before the first step that has the goal debulking"
    )


def test_the_first_steps_may_be_several():
    assert said("SEQ-07")[-1].strip() == (
        "among the first steps (several if they run in parallel) that have one of the goals cure, debulking, "
        "tumour control, local control or size reduction, there is one that has the goal debulking"
    )


def test_a_limit_says_on_which_side_it_holds():
    assert said("RFA-02")[-1].strip() == "the diameter of the step's target is above 50 mm"


def test_not_recorded_is_told_apart_from_a_value():
    assert said("PRR-03")[-1].strip() == (
        "the somatostatin-receptor expression is recorded as moderate, or is not recorded"
    )
    assert said("TRI-01")[2].strip() == "the consideration of a clinical trial is not recorded"


def test_a_negation_reaches_over_everything_under_it():
    both = {"any": [{"step_missing": "target_mm"}, {"target_operability": "not_recorded"}]}
    assert words_of({"not": {"derived": "advanced", "is": True}}) == Words("it is not so that the disease is advanced")
    assert lines(words_of({"not": both})) == [
        "it is not so that this holds:",
        "  at least one of these holds:",
        "    the diameter of the step's target is not recorded",
        "    it is not recorded whether surgery at the target of the step is possible",
    ]


def test_a_pattern_says_each_of_its_keys():
    every = {
        "modality": ["TAE", "TACE"], "modality_not": ["SURG"], "goal_any": ["cure"],
        "goal_none": ["palliation", "monitoring"], "target": ["liver", "bone"],
    }  # fmt: skip
    assert words_of({"step": every}).text == (
        "the step is arterial embolization (TAE) or chemoembolization (TACE) and is anything but surgery and has the "
        "goal cure and has none of the goals palliation and monitoring and has one of the targets liver or bone"
    )

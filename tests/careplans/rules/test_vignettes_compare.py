"""The worked plans, read by the app itself, and what differs between two sets of rules on them."""

import dataclasses

from careplans.rules.engine import evaluate, seed_rule_set
from careplans.rules.vignettes import compare, drafts
from tests.careplans.rules.test_engine_vignettes import PLANS, expectations

SEED = seed_rule_set()


def changed(rule_id, **fields):
    rules = [dataclasses.replace(rule, **fields) if rule.id == rule_id else rule for rule in SEED.rules]
    return dataclasses.replace(SEED, rules=tuple(rules))


def plans_with(rule_id):
    fired = {name: {f.rule for f in evaluate(SEED, draft.facts, draft.steps)} for name, draft in drafts().items()}
    return [name for name, rules in fired.items() if rule_id in rules]


def test_the_app_reads_all_forty_as_the_tests_do():
    found = {
        name: sorted(f.rule + (f"@{f.step}" if f.step else "") for f in evaluate(SEED, draft.facts, draft.steps))
        for name, draft in drafts().items()
    }
    assert found == {f"{case['id']}-{name}": expectations(case, name) for case, name in PLANS}


def test_nothing_differs_between_a_set_and_itself():
    assert compare(SEED, SEED) == []


def test_a_rule_switched_off_stops_where_it_fired():
    (change,) = compare(SEED, changed("RFA-02", off="Not here."))
    assert (change.rule, change.fires, change.stops) == ("RFA-02", [], plans_with("RFA-02"))
    assert change.stops


def test_a_rule_graded_anew_says_something_else():
    (change,) = compare(SEED, changed("RFA-02", severity="info"))
    assert (change.fires, change.stops, change.differs) == ([], [], plans_with("RFA-02"))


def test_a_rule_switched_on_newly_fires():
    (change,) = compare(changed("RFA-02", off="Not here."), SEED)
    assert change.fires == plans_with("RFA-02")

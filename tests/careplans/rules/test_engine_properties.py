"""What holds for every plan, whatever is recorded and whatever is not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from careplans.rules.engine import evaluate, proforma, read_draft, seed_rule_set
from careplans.rules.engine import vocabulary as v
from tests.careplans.rules.by_hand import expected

# Names that no rule reads: whatever they hold, nothing may change.
IRRELEVANT = sorted(set(proforma.FACTS) - set(v.RULE_FACTS))


def values_of(name):
    if name in proforma.CODED:
        return st.sampled_from((*proforma.CODED[name], v.NOT_RECORDED, None))
    if name in proforma.WHOLE:
        return st.none() | st.integers(*proforma.WHOLE[name])
    if name in proforma.DECIMAL:
        low, high = proforma.DECIMAL[name]
        return st.none() | st.floats(low, high)
    if name in proforma.FIGURES:
        low, high = proforma.FIGURES[name]
        number = st.integers(low, high)
        return st.none() | number | number.map(str) | st.sampled_from((f">{low}", f"<{high}", f"{low}-{high}"))
    if name in proforma.DAYS:
        return st.none() | st.dates().map(str)
    if name == proforma.SITES:
        return st.lists(st.sampled_from(proforma.OTHER_SITES))
    return st.text()


def some_of(names):
    return st.fixed_dictionaries({}, optional={name: values_of(name) for name in names})


sizes = st.none() | st.sampled_from((1, 49, 50, 51, 500)) | st.integers(*v.MM)
steps = st.fixed_dictionaries(
    {
        "order": st.integers(1, 4),
        "modality": st.sampled_from(v.MODALITIES),
        "goals": st.lists(st.sampled_from(v.GOALS), min_size=1, max_size=3),
    },
    optional={
        "target": st.sampled_from((*v.TARGETS, None)),
        "target_mm": sizes,
        "status": st.sampled_from(v.STATUSES),
    },
)
plans = st.lists(steps, max_size=5).map(lambda rows: [{"id": f"s{n}", **row} for n, row in enumerate(rows, start=1)])
drafts = st.fixed_dictionaries({"facts": some_of(v.RULE_FACTS), "steps": plans})


def firings(data, **options):
    draft = read_draft(data)
    return evaluate(seed_rule_set(), draft.facts, draft.steps, **options)


@given(st.fixed_dictionaries({"facts": some_of(proforma.FACTS), "steps": plans}))
def test_no_combination_raises(data):
    for firing in firings(data):
        assert firing.severity in v.SEVERITIES


@settings(max_examples=1000)
@given(drafts, st.booleans())
def test_the_engine_agrees_with_the_rules_written_by_hand(data, flag_open):
    found = firings(data, flags=v.DEFAULT_FLAGS if flag_open else ())
    assert {(firing.rule, firing.step) for firing in found} == expected(data, flag_open)


@given(drafts, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(data, rng):
    shuffled = rng.sample(data["steps"], len(data["steps"]))
    assert firings(data | {"steps": shuffled}) == firings(data)


@given(drafts, some_of(IRRELEVANT))
def test_facts_that_no_rule_reads_change_nothing(data, more):
    assert firings(data | {"facts": data["facts"] | more}) == firings(data)


@given(drafts, some_of(IRRELEVANT))
def test_not_recorded_null_and_missing_are_the_same(data, more):
    left_out = {name: value for name, value in data["facts"].items() if value not in (None, v.NOT_RECORDED)}
    said = dict.fromkeys(v.RULE_FACTS, v.NOT_RECORDED) | left_out
    nulled = dict.fromkeys(v.RULE_FACTS) | left_out
    assert firings(data | {"facts": left_out}) == firings(data | {"facts": said}) == firings(data | {"facts": nulled})


@given(drafts, steps, st.sampled_from(sorted(v.OUT_OF_PLAN)))
def test_a_step_that_takes_no_part_changes_nothing(data, row, status):
    more = {"id": "more", **row, "status": status}
    assert firings(data | {"steps": [*data["steps"], more]}) == firings(data)


@given(drafts)
def test_asking_twice_gives_the_same(data):
    draft = read_draft(data)
    rules = seed_rule_set()
    assert evaluate(rules, draft.facts, draft.steps) == evaluate(rules, draft.facts, draft.steps)


@given(drafts)
def test_a_firing_is_known_by_its_rule_and_step(data):
    keys = [(firing.rule, firing.step) for firing in firings(data)]
    assert len(keys) == len(set(keys))


@given(drafts)
def test_a_plan_without_a_step_that_takes_part_is_left_alone(data):
    gone = [step | {"status": "cancelled"} for step in data["steps"]]
    assert firings(data | {"steps": gone}) == []


@given(st.integers(*v.MM), st.sampled_from(("own", "liver", "primary")))
def test_rfa_is_warned_about_above_50_mm_only(size, whose):
    step = {"id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"]}
    facts = {"surgery_option": "no", "liver_surgery_option": "no"}
    if whose == "own":
        step["target_mm"] = size
    else:
        step["target"] = whose
        facts[{"liver": "largest_liver_lesion_mm", "primary": "largest_primary_mm"}[whose]] = size
    fired = [firing.rule for firing in firings({"facts": facts, "steps": [step]})]
    assert ("RFA-02" in fired) == (size > 50)
    assert "RFA-03" not in fired

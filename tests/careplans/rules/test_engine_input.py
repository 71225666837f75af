"""What is refused of facts and steps, and how the place is named."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careplans.rules.engine import OF_CASE, Malformed, Step, read_draft, read_drafts, read_facts
from common.partial_dates import PartialDate

STEP = {"id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"], "target": "liver", "target_mm": 51}


def refused(raw):
    with pytest.raises(Malformed) as caught:
        read_drafts(raw if isinstance(raw, bytes) else json.dumps(raw).encode())
    text = str(caught.value)
    assert "\n" not in text
    assert text.isascii()
    assert text.isprintable()
    return text


def with_step(**changes):
    return {"facts": {}, "steps": [STEP | changes]}


def with_facts(**facts):
    return {"facts": facts, "steps": [STEP]}


def test_a_whole_plan_is_read():
    draft = read_draft({"facts": {"extent": "metastatic", "largest_liver_lesion_mm": 38}, "steps": [STEP]})
    assert draft.facts.code("extent") == "metastatic"
    assert draft.facts.size("largest_liver_lesion_mm") == 38
    assert draft.steps == (Step("s1", 1, "RFA", frozenset({"local_control"}), "liver", 51, "planned"),)


def test_a_missing_size_and_an_unrecorded_one_differ():
    row = {key: value for key, value in STEP.items() if key != "target_mm"}
    assert read_draft({"facts": {}, "steps": [row]}).steps[0].target_mm is OF_CASE
    assert read_draft(with_step(target_mm=None)).steps[0].target_mm is None


def test_a_step_may_have_no_target():
    assert read_draft(with_step(target=None)).steps[0].target is None


def test_the_proforma_may_be_given_whole():
    read_facts({
        "ki67_percent": Decimal("6.5"), "mitoses_per_2mm2": 3, "weight_change_kg": -4.5, "ecog": 1, "wishes": "",
        "echo_on": date(2026, 11, 23), "staged_on": "2026-11-02", "other_metastatic_sites": [], "sdhx": "pending",
        "krenning_score": None, "diagnosed_on": "2019", "sstr_on": PartialDate(2026, 3), "fdg_on": "2026-03",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (with_facts(extent="wide"), 'facts.extent: unknown value "wide"; use one of localized, regional, metastatic, not_re'),
        (with_facts(extent=1), "facts.extent: must be a value in quotes, not 1; use one of localized"),
        (with_facts(extent=["metastatic"]), "facts.extent: must be a value in quotes, not a list"),
        (with_facts(extent=""), 'facts.extent: unknown value ""'),
        (with_facts(extend="localized"), "facts.extend: unknown fact; use one of primary_site"),
        (with_facts(largest_primary_cm=2), "facts.largest_primary_cm: unknown fact"),
        (with_facts(largest_primary_mm=True), "facts.largest_primary_mm: must be a whole number of millimetres, not true"),
        (with_facts(largest_primary_mm=51.0), "facts.largest_primary_mm: must be a whole number of millimetres, not 51.0"),
        (with_facts(largest_primary_mm="51"), "facts.largest_primary_mm: must be a whole number of millimetres, not \"51\""),
        (with_facts(largest_primary_mm=0), "facts.largest_primary_mm: must be from 1 to 500 millimetres, not 0"),
        (with_facts(largest_liver_lesion_mm=10**30), "facts.largest_liver_lesion_mm: must be from 1 to 500"),
        (with_facts(ki67_percent="six"), "facts.ki67_percent: write a number, or what the report gives: <1, >95 or 3-5."),
        (with_facts(ki67_percent="1.000"), "facts.ki67_percent: 1.000 can mean 1 or 1000: write 1 or 1000."),
        (with_facts(ki67_percent=[6]), "facts.ki67_percent: must be a number, not a list"),
        (with_facts(ki67_percent=101), "facts.ki67_percent: must be from 0 to 100, not 101"),
        (with_facts(ki67_percent=10**400), "facts.ki67_percent: must be from 0 to 100, not a huge number"),
        (with_facts(ecog=5), "facts.ecog: must be from 0 to 4, not 5"),
        (with_facts(echo_on="yesterday"), 'facts.echo_on: must be a date such as "2026-11-23", or "2026-11", not "yesterday"'),
        (with_facts(echo_on="2026-13"), "facts.echo_on: must be a date"),
        (with_facts(echo_on="2026-3"), "facts.echo_on: must be a date"),
        (with_facts(echo_on=20261123), "facts.echo_on: must be a date"),
        (with_facts(wishes=7), "facts.wishes: must be a text, not 7"),
        (with_facts(other_metastatic_sites=["bone", "liver"]), 'facts.other_metastatic_sites[1]: unknown site "liver"'),
        (with_facts(other_metastatic_sites="bone"), "facts.other_metastatic_sites: must be a list"),
        (with_step(order=0), "steps[0].order: must be from 1 to 32767, not 0"),
        (with_step(order=True), "steps[0].order: must be a whole number, not true"),
        (with_step(order=1.0), "steps[0].order: must be a whole number, not 1.0"),
        (with_step(modality="rfa"), 'steps[0].modality: unknown modality "rfa"; use one of SURG'),
        (with_step(modality=None), "steps[0].modality: must be a modality in quotes, not null"),
        (with_step(goals=["local_control", "debulk"]), 'steps[0].goals[1]: unknown goal "debulk"; use one of symptom_control'),
        (with_step(goals=[]), "steps[0].goals: must not be empty"),
        (with_step(goals="cure"), 'steps[0].goals: must be a list, not "cure"'),
        (with_step(goals=[["cure"]]), "steps[0].goals[0]: must be a goal in quotes, not a list"),
        (with_step(target="hepar"), 'steps[0].target: unknown target "hepar"'),
        (with_step(target_mm="51"), "steps[0].target_mm: must be a whole number of millimetres"),
        (with_step(target_mm=-51), "steps[0].target_mm: must be from 1 to 500"),
        (with_step(target_mm=5.1), "steps[0].target_mm: must be a whole number of millimetres, not 5.1"),
        (with_step(target_cm=5), "steps[0].target_cm: unknown key; use one of id, order, modality, goals, target"),
        (with_step(status="done"), 'steps[0].status: unknown status "done"'),
        (with_step(status=None), "steps[0].status: must be a status in quotes, not null"),
        (with_step(id=1), "steps[0].id: must be a text, not 1"),
        (with_step(id=" "), "steps[0].id: must not be empty"),
        ({"facts": {}, "steps": [{}]}, "steps[0].id: is missing"),
        ({"facts": {}, "steps": [STEP, STEP]}, 'steps[1].id: "s1" is the id of an earlier step'),
        ({"facts": {}, "steps": {"s1": STEP}}, "steps: must be a list, not an object"),
        ({"facts": {}, "steps": [None]}, "steps[0]: must be an object, not null"),
        ({"facts": None, "steps": []}, "facts: must be an object, not null"),
        ({"facts": []}, "steps: is missing"),
        ({"steps": []}, "facts: is missing"),
        ({"facts": {}, "steps": [], "flags": []}, "flags: unknown key; use one of facts, steps"),
        ({"facts": {"a\nb": 1}, "steps": []}, 'facts."a\\nb": unknown fact'),
        ([with_facts(), with_facts(), with_facts(grade="G4")], '[2].facts.grade: unknown value "G4"'),
        ([with_facts(), [with_facts()]], "[1]: must be an object, not a list"),
        ("facts", 'input: must be an object, not "facts"'),
        (None, "input: must be an object, not null"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(data, text):
    assert refused(data).startswith(text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "line 1 column 1: not JSON"),
        (b'{"facts": {},\n "steps": [}', "line 2 column 12: not JSON"),
        (b'{"facts": {"wishes": "\xff"}, "steps": []}', "byte 22: the input is not UTF-8 text"),
        (b'{"facts": {"largest_primary_mm": NaN}, "steps": []}', "facts.largest_primary_mm: must be a whole number"),
        (b'{"facts": {"ki67_percent": NaN}, "steps": []}', "facts.ki67_percent: must be from 0 to 100, not NaN"),
        (b'{"facts": {"ki67_percent": 1.000}, "steps": []}', "facts.ki67_percent: 1.000 can mean 1 or 1000: write 1 or 1000."),
        (b'{"facts": {"ki67_percent": 1e999}, "steps": []}', "facts.ki67_percent: must be from 0 to 100, not Infinity"),
        (b'{"facts": {"ecog": ' + b"9" * 9000 + b'}, "steps": []}', "facts.ecog: must be from 0 to 4, not a huge number"),
        (b'{"facts": {"extent": null, "extent": null}, "steps": []}', "facts.extent: stands twice in this object"),
        (b'[{"facts": {}, "steps": [{"id": "a", "id": "b"}]}]', "[0].steps[0].id: stands twice in this object"),
        (b"[" * 100_000, "input: is nested far too deeply"),
        (b'{"facts": {"extent": ' + b"[" * 900 + b"]" * 900 + b'}, "steps": []}', "facts.extent: must be a value in quotes"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_refused_with_its_place(raw, text):
    assert refused(raw).startswith(text)


def test_a_byte_order_mark_is_no_mistake():
    assert len(read_drafts(b"\xef\xbb\xbf" + json.dumps(with_facts()).encode())) == 1


def test_an_empty_list_is_a_list_of_no_plans():
    assert read_drafts(b"[]") == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(("id", "order", "modality", "goals", "target", "target_mm", "status"))
names = st.sampled_from(("extent", "largest_primary_mm", "ki67_percent", "echo_on", "wishes", "other_metastatic_sites"))


@given(anything | st.fixed_dictionaries({"facts": anything, "steps": anything}), keys, names, anything)
def test_nothing_but_malformed_is_ever_raised(data, key, name, value):
    for given_data in (data, with_step(**{key: value}), with_facts(**{name: value})):
        try:
            read_drafts(json.dumps(given_data).encode())
        except Malformed as error:
            assert str(error).isascii()
            assert "\n" not in str(error)

"""A rule of the centre may name a page that the centre added, and steps of kind OTHER."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Plan
from careplans.rules import engine
from careplans.rules.drafts import add_rule, problems_of
from careplans.rules.engine.schema import parse_rule
from careplans.rules.engine.words import words_of
from careplans.rules.plan_advice import read_step
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.rules.makers import OWN, begin
from tests.modalities.makers import add, publish_new


def rule(pattern, word="plan_has"):
    return {**OWN, "when": {word: pattern}, "blocks": False}


def fires(pattern, *, word="plan_has", **step):
    data = {"id": "1", "order": 1, "modality": "OSA", "goals": ["tumour_control"], **step}
    draft = engine.read_draft({"facts": {}, "steps": [data]})
    found = engine.evaluate(engine.RuleSet("t", (parse_rule(rule(pattern, word), "rule"),)), draft.facts, draft.steps)
    return bool(found)


def test_a_step_on_an_added_page_fits_its_page_and_its_modality():
    assert fires({"modality": ["page-lanreotide"]}, page="lanreotide")
    assert fires({"modality": ["OSA"]}, page="lanreotide")
    assert not fires({"modality": ["page-lanreotide"]})
    assert not fires({"modality": ["page-lanreotide"]}, page="octreotide")


def test_anything_but_a_page_leaves_out_that_page_only():
    assert not fires({"modality_not": ["page-lanreotide"]}, page="lanreotide")
    assert fires({"modality_not": ["page-lanreotide"]}, page="octreotide")


def test_a_rule_of_the_centre_may_ask_for_other():
    assert fires({"modality": ["OTHER"]}, modality="OTHER")
    assert fires({"modality": ["OTHER"]}, word="plan_lacks")


def test_no_rule_of_the_program_names_other_or_a_page():
    assert not any(name in str(each["when"]) for each in engine.seed_rules() for name in ("OTHER", "page-"))


def test_its_words_name_the_page():
    assert words_of({"plan_lacks": {"modality": ["PRRT", "page-lanreotide"]}}).text == (
        "the plan has no step that is PRRT or what the page “lanreotide” is about"
    )


@pytest.mark.django_db
def test_a_page_that_the_centre_did_not_add_is_refused(pages, edda):
    row = begin(edda)
    asked = rule({"modality": ["page-lanreotide"]})
    assert "when" in problems_of(asked)
    with pytest.raises(ValidationError, match="no reference page “lanreotide” that your centre added"):
        add_rule(row, asked, by=edda, expected_version=row.version)
    add(edda)
    assert problems_of(asked) == {}
    assert problems_of(rule({"modality": ["page-prrt"]})) != {}


@pytest.mark.django_db
def test_a_step_of_a_plan_carries_its_page_and_asks_no_query_for_it(pages, board, edda, ana, django_assert_num_queries):
    publish_new(edda)
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=1)
    add_step(Plan.objects.get(pk=draft.pk), by=ana, phase="tumour_control", reference_page="lanreotide")
    add_step(Plan.objects.get(pk=draft.pk), by=ana, phase="tumour_control", modality_code="PRRT")
    plan = Plan.objects.for_rules().get(pk=draft.pk)
    with django_assert_num_queries(0):
        assert [read_step(step).page for step in plan.steps.all()][-2:] == ["lanreotide", ""]

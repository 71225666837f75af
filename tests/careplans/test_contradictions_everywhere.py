"""Each contradiction that a board stumbles over is asked about on the proforma, in the editor, at sign-off and over the API."""

import re

import pytest

from careplans.models import Plan, Proforma, Step
from careplans.services.proforma import save_proforma
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
TABLE = {
    "M1 with localized": ({"m_stage": "M1", "extent": "localized"}, "M is “M1”, yet the extent is “localized”"),
    "M0 with metastatic": ({"m_category": "cM0", "extent": "metastatic"}, "M is “cM0”, yet the extent is “metastatic”"),
    "Krenning 0 with expression high": (
        {"krenning_score": 0, "sstr_expression": "high"}, "The Krenning score is 0, yet receptor expression is “high”",
    ),
    "G1 with Ki-67 60 %, WHO 2010": (
        {"grade": "G1", "grade_edition": "who_2010", "ki67_percent": "60"}, "Ki-67 of 60 % is outside G1 in every edition",
    ),
    "G1 with Ki-67 60 %, WHO 2017": (
        {"grade": "G1", "grade_edition": "who_2017", "ki67_percent": "60"}, "Ki-67 of 60 % is outside G1 in every edition",
    ),
    "G1 with Ki-67 60 %, WHO 2022": (
        {"grade": "G1", "grade_edition": "who_2022", "ki67_percent": "60"}, "Ki-67 of 60 % is outside G1 in WHO 2022",
    ),
    "G1 with Ki-67 60 %, no edition": ({"grade": "G1", "ki67_percent": "60"}, "Ki-67 of 60 % is outside G1"),
    "G1 with 25 mitoses": (
        {"grade": "G1", "grade_edition": "who_2022", "mitoses_per_2mm2": "25"}, "Mitoses of 25 per 2 mm² are outside G1",
    ),
    "G3 with Ki-67 2 % and 1 mitosis": (
        {"grade": "G3", "grade_edition": "who_2022", "ki67_percent": "2", "mitoses_per_2mm2": "1"}, "both lie below G3",
    ),
    "functional without syndrome": (
        {"functional_status": "functional", "syndrome": "none"}, "The tumour is “functional”, yet the syndrome is “none”",
    ),
    "controlled with twelve flushes a day": (
        {"hormone_symptoms_controlled": "yes", "flushing_per_day": "12"},
        "Hormone symptoms are “controlled”, yet recorded are: flushing 12 a day",
    ),
    "surgery possible but unfit": (
        {"surgery_option": "yes", "fit_for_surgery": "no"}, "not fit for surgery, yet surgery is recorded as possible",
    ),
    "low volume with more than 75 % of the liver": (
        {"tumour_volume": "low", "liver_involvement": "over_75"}, "The tumour volume is “low”, yet over 75 % of the liver",
    ),
    "syndrome recorded but functional status blank": (
        {"syndrome": "carcinoid_syndrome"}, "A syndrome is recorded, yet not whether the tumour is functional",
    ),
    "liver metastases with liver surgery not applicable": (
        {"liver_metastases": "yes", "liver_surgery_option": "not_applicable"},
        "There are liver metastases, yet liver surgery is “not applicable”",
    ),
    "bilirubin in another unit": ({"bilirubin_umol_l": "1.2"}, "Bilirubin is 1.2 µmol/L, and 3 to 600 µmol/L would be usual"),
}  # fmt: skip
DOORS = ["proforma", "editor", "sign-off", "API"]


def read(door, case, plan, omar):
    """What somebody reads there."""
    if door == "API":
        rows = Api(omar).get(f"/cases/{case.pk}/proforma/").json()["contradictions"]
        return " ".join(row["sentence"] for row in rows)
    name, row = {"proforma": ("proforma", case), "editor": ("plan_edit", plan), "sign-off": ("signoff", plan)}[door]
    html = browser(omar).get(url(name, row.pk)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", TABLE)
def test_it_is_asked_about_wherever_the_facts_are_used(case, ana, omar, what, door):
    facts, words = TABLE[what]
    plan = makers.make_plan(case, by=ana)
    save_proforma(case, facts, by=ana)
    assert words in read(door, case, plan, omar)


@pytest.mark.parametrize("what", TABLE)
def test_it_refuses_nothing(case, ana, chloe, what):
    plan = makers.make_plan(case, by=ana)
    save_proforma(case, TABLE[what][0], by=ana)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    assert Plan.objects.get(pk=plan.pk).status == "active"
    assert {name: getattr(Proforma.objects.get(case=case), name) for name in TABLE[what][0]} == TABLE[what][0]


@pytest.mark.parametrize("door", ["editor", "sign-off"])
def test_phase_and_goals_that_do_not_fit_are_asked_about_where_the_step_stands(case, ana, omar, door):
    plan = makers.make_plan(case, by=ana)
    edit_step(plan.steps.get(), {"phase": "surveillance", "goals": ["cure"]}, by=ana)
    assert "the phase is “surveillance”, yet the goal is cure: check." in read(door, case, plan, omar)


def test_and_over_the_api_at_the_step(case, ana, omar):
    plan = makers.make_plan(case, by=ana)
    edit_step(plan.steps.get(), {"phase": "surveillance", "goals": ["cure"]}, by=ana)
    (row,) = Api(omar).get(f"/steps/{Step.objects.get(plan=plan).pk}/").json()["contradictions"]
    assert "the phase is “surveillance”, yet the goal is cure: check." in row["sentence"]

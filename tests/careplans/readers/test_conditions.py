"""A condition in words, and what the proforma holds of the values that it names."""

from datetime import UTC, date, datetime

import pytest

from careplans.models import Proforma
from careplans.models.proforma import FIELDS
from careplans.readers.facts.conditions import WORDS, facts_named, recorded_beside, recorded_for
from careplans.services.proforma import save_proforma
from tests.careplans import makers


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("only if eGFR above 40", ["egfr_ml_min"]),
        ("kidney function allows it", ["egfr_ml_min"]),
        ("Ki-67 confirmed", ["ki67_percent"]),
        ("Ki67 < 10 %", ["ki67_percent"]),
        ("KI\u201167 below 20", ["ki67_percent"]),
        ("ECOG 0 to 2", ["ecog"]),
        ("Performance status holds", ["ecog"]),
        ("receptor expression is high", ["sstr_expression", "krenning_score", "sstr_on"]),
        ("SSTR-positive on PET", ["sstr_expression", "krenning_score", "sstr_on"]),
        ("Krenning 3 or 4", ["sstr_expression", "krenning_score", "sstr_on"]),
        ("LVEF above 50", ["lvef_percent"]),
        ("no carcinoid heart disease", ["heart_disease", "lvef_percent", "echo_on"]),
        ("NT-proBNP below 260", ["nt_probnp_ng_l"]),
        ("marrow function normal", ["marrow_function", "haemoglobin_g_dl", "neutrophils_10e9_l", "platelets_10e9_l"]),
        ("platelets above 75", ["platelets_10e9_l"]),
        ("Hb at least 8", ["haemoglobin_g_dl"]),
        ("neutrophils above 1.5", ["neutrophils_10e9_l"]),
        ("bilirubin below 35", ["bilirubin_umol_l"]),
        ("portal vein open", ["portal_vein"]),
        ("no biliary stent", ["biliary_access"]),
        ("progression by RECIST", ["recist_change", "recist_interval_months"]),
        ("MIBG-avid", ["mibg_avidity"]),
        ("FDG negative", ["fdg_result", "fdg_suvmax"]),
        ("grade G2 confirmed", ["grade"]),
        ("still resectable", ["surgery_option", "liver_surgery_option"]),
        ("liver involvement under 50 %", ["liver_involvement"]),
        ("not pregnant", ["pregnancy"]),
        ("eGFR above 40 and ECOG under 3", ["egfr_ml_min", "ecog"]),
    ],
)
def test_the_words_of_a_board_name_facts(words, facts):
    assert facts_named(words) == facts


@pytest.mark.parametrize(
    "words", ["", "it responds", "the family agrees", "no connection", "painter", "heartburn", "benefit"]
)
def test_other_words_name_none(words):
    assert facts_named(words) == []


def test_only_facts_of_the_proforma_are_declared():
    assert {name for _, names in WORDS for name in names} <= set(FIELDS)


def test_a_recorded_value_stands_with_its_unit_and_the_day_of_its_change():
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    [found] = recorded_beside("only if eGFR above 40", Proforma(egfr_ml_min=38), {"egfr_ml_min": at})
    assert (found.label, found.text, found.changed_at) == ("eGFR", "38 mL/min/1.73 m²", at)


@pytest.mark.parametrize(
    ("words", "facts", "text", "found_on"),
    [
        ("only if eGFR above 40", {"egfr_ml_min": ">90", "egfr_on": date(2026, 3, 2)}, ">90 mL/min/1.73 m²", "2 Mar 2026"),
        ("platelets above 75", {"platelets_10e9_l": "140", "bloods_on": date(2026, 3, 2)}, "140 ×10⁹/L", "2 Mar 2026"),
        ("LVEF above 50", {"lvef_percent": "55-60", "echo_on": date(2026, 3, 2)}, "55-60 %", "2 Mar 2026"),
        ("bilirubin below 35", {"bilirubin_umol_l": "12", "bloods_on": date(2026, 3, 2)}, "12 µmol/L", "2 Mar 2026"),
        ("portal vein open", {"portal_vein": "open", "liver_imaging": "MRI", "liver_imaged_on": date(2026, 3, 2)}, "Open",
         "MRI, 2 Mar 2026"),
    ],
)  # fmt: skip
def test_a_recorded_value_stands_with_the_day_of_its_finding(words, facts, text, found_on):
    [found] = recorded_beside(words, Proforma(**facts), {})
    assert (found.text, found.found) == (text, found_on)


def test_what_is_not_recorded_is_no_value():
    [found] = recorded_beside("only if eGFR above 40", Proforma(), {})
    assert (found.text, found.changed_at) == ("", None)


@pytest.mark.django_db
def test_the_last_change_counts_and_one_query_tells_it(board, ana, django_assert_num_queries):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"egfr_ml_min": 60, "ecog": 1}, by=ana)
    save_proforma(case, {"egfr_ml_min": 38}, by=ana)
    steps = list(makers.make_plan(case, by=ana, steps=3).steps.all())
    steps[0].only_if, steps[1].only_if = "eGFR above 40", "ECOG under 2"
    facts = Proforma.objects.get(case=case)
    with django_assert_num_queries(1):
        found = recorded_for(steps, facts)
    newest = case.fact_changes.filter(field="egfr_ml_min").first()
    assert [(one.text, one.changed_at) for one in found[steps[0].pk]] == [("38 mL/min/1.73 m²", newest.at)]
    assert set(found) == {steps[0].pk, steps[1].pk}


@pytest.mark.django_db
def test_no_condition_costs_no_query(board, ana, django_assert_num_queries):
    steps = list(makers.make_plan(makers.make_case(board, by=ana), by=ana).steps.all())
    facts = Proforma.objects.get(case=steps[0].case_id)
    with django_assert_num_queries(0):
        assert recorded_for(steps, facts) == {}

"""Questions about facts that do not go together. No database."""

from decimal import Decimal

import pytest

from careplans.models import Proforma, Step
from careplans.models.fact_groups import UNITS
from careplans.models.proforma import FIELDS
from careplans.models.step_values import GOALS_OF_PHASE
from careplans.readers.facts.fact_checks import CHECKS, questions
from careplans.readers.facts.step_checks import step_questions
from careplans.readers.facts.unit_checks import USUAL
from careplans.services.decisions import DECISION_GOALS


def asked(**facts):
    return [question.text for question in questions(Proforma(**facts))]


def graded(grade, ki67, edition="who_2019", **facts):
    return asked(grade=grade, grade_edition=edition, ki67_percent=Decimal(ki67), **facts)


def test_an_empty_proforma_asks_nothing():
    assert asked() == []


@pytest.mark.parametrize(("grade", "ki67"), [("G1", "2.9"), ("G2", "3"), ("G2", "20"), ("G3", "21"), ("NEC", "80")])
def test_a_value_within_its_band_asks_nothing(grade, ki67):
    assert graded(grade, ki67) == []


@pytest.mark.parametrize(("grade", "ki67"), [("G1", "3"), ("G1", "25"), ("G2", "20.5"), ("NEC", "20")])
def test_a_value_outside_its_band_is_asked_about(grade, ki67):
    assert len(graded(grade, ki67)) == 1


def test_the_sentence_names_value_band_and_edition():
    assert graded("G1", "25.00") == ["Ki-67 of 25 % is outside G1 in WHO 2019 (under 3 %): check."]


@pytest.mark.parametrize("grade", ["G2", "G3"])
def test_a_low_value_asks_nothing_because_mitoses_may_decide(grade):
    assert graded(grade, "1") == []


def test_a_value_between_the_bands_of_an_early_edition_is_asked_about():
    assert "falls between the bands of WHO 2010" in graded("G1", "2.5", "who_2010")[0]


def test_lung_is_not_graded_by_ki67():
    assert graded("G1", "15", primary_site="lung") == []
    assert graded("G2", "25", primary_site="lung") == []


@pytest.mark.parametrize("site", ["lung", "thymus"])
@pytest.mark.parametrize("index", [{"ki67_percent": "60"}, {"mitoses_per_2mm2": "25"}])
def test_an_index_that_is_far_off_is_asked_about_there_too(site, index):
    (text,) = asked(grade="G1", grade_edition="who_2022", primary_site=site, **index)
    assert "far off in any edition" in text and site in text


def test_paraganglioma_takes_no_grade():
    assert "take no NET grade" in graded("G1", "1", primary_site="paraganglia")[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"grade": "G1"},
        {"grade": "NEC", "grade_edition": "who_2019", "differentiation": "well"},
        {"grade": "G3", "grade_edition": "who_2019", "differentiation": "poor"},
        {"extent": "localized", "liver_metastases": "yes"},
        {"extent": "regional", "other_metastatic_sites": ["bone"]},
        {"liver_metastases": "no", "largest_liver_lesion_mm": 20},
        {"functional_status": "non_functional", "syndrome": "insulinoma"},
    ],
)
def test_what_does_not_go_together_is_one_question(facts):
    assert len(asked(**facts)) == 1


G1 = {"grade": "G1", "grade_edition": "who_2010"}
G3 = {"grade": "G3", "grade_edition": "who_2022"}
NET = {"grade_edition": "who_2022"}
PANCREAS = {"primary_site": "pancreas"}
TABLE = [
    # code, what fires, the change by which it does not, the fact whose gap keeps it silent
    ("m1-extent", {"m_category": "pM1a", "extent": "localized"}, {"extent": "metastatic"}, "extent"),
    ("m1-extent", {"m_category": "M1", "extent": "regional"}, {"m_category": "MX"}, "m_category"),
    ("m0-extent", {"m_category": "cM0 (i+)", "extent": "metastatic"}, {"m_category": "M1c"}, "extent"),
    ("krenning", {"krenning_score": 0, "sstr_expression": "high"}, {"krenning_score": 3}, "sstr_expression"),
    ("krenning", {"krenning_score": 4, "sstr_expression": "none"}, {"sstr_expression": "moderate"}, "krenning_score"),
    ("grade-ki67", G1 | {"ki67_percent": "60"}, {"ki67_percent": "2"}, "ki67_percent"),
    ("grade-ki67", {"grade": "G1", "grade_edition": "who_2017", "ki67_percent": "60"}, {"grade": "G3"}, "grade"),
    ("grade-ki67", {"grade": "G2", "grade_edition": "who_2019", "ki67_percent": ">20"}, {"ki67_percent": "15-25"}, "grade"),
    ("grade-mitoses", NET | {"grade": "G1", "mitoses_per_2mm2": "25"}, {"mitoses_per_2mm2": "<2"}, "mitoses_per_2mm2"),
    ("grade-mitoses", NET | {"grade": "G2", "mitoses_per_2mm2": "21"}, {"primary_site": "lung"}, "grade"),
    ("grade-both-below", G3 | {"ki67_percent": "2", "mitoses_per_2mm2": "1"}, {"mitoses_per_2mm2": "21"}, "mitoses_per_2mm2"),
    ("grade-both-below", NET | {"grade": "G2", "ki67_percent": "<1", "mitoses_per_2mm2": "0"}, {"ki67_percent": "3"},
     "ki67_percent"),
    ("functional-syndrome", {"functional_status": "functional", "syndrome": "none"}, {"syndrome": "vipoma"}, "functional_status"),
    ("functional-syndrome", {"functional_status": "functional"}, {"syndrome": "insulinoma"}, "functional_status"),
    ("syndrome-functional", {"functional_status": "non_functional", "syndrome": "vipoma"}, {"syndrome": "none"}, "syndrome"),
    ("syndrome-status", {"syndrome": "carcinoid_syndrome"}, {"functional_status": "functional"}, "syndrome"),
    ("controlled-symptoms", {"hormone_symptoms_controlled": "yes", "flushing_per_day": 12}, {"flushing_per_day": 1},
     "flushing_per_day"),
    ("controlled-symptoms", {"hormone_symptoms_controlled": "yes", "flushing_per_day": ">95"}, {"flushing_per_day": "<1"},
     "flushing_per_day"),
    ("controlled-symptoms", {"hormone_symptoms_controlled": "yes", "stools_per_day": 4},
     {"hormone_symptoms_controlled": "partly"},
     "hormone_symptoms_controlled"),
    ("controlled-symptoms", {"hormone_symptoms_controlled": "yes", "syndrome": "insulinoma", "hypoglycaemia": "yes"},
     {"hypoglycaemia": "no"}, "hypoglycaemia"),
    ("m-told-twice", {"m_stage": "M0", "m_category": "pM1b"}, {"m_category": "cM0 (i+)"}, "m_stage"),
    ("n-extent", {"n_stage": "N1", "extent": "localized"}, {"extent": "regional"}, "n_stage"),
    ("n-extent", {"n_category": "pN2", "extent": "localized"}, {"n_category": "pN0"}, "extent"),
    ("metastatic-nowhere", {"extent": "metastatic", "liver_metastases": "no"}, {"other_metastatic_sites": ["bone"]},
     "liver_metastases"),
    ("lobes-count", {"liver_lobes": "both", "liver_lesion_count": "1"}, {"liver_lesion_count": "1-3"}, "liver_lesion_count"),
    ("volume-crisis", {"tumour_volume": "low", "visceral_crisis": "present"}, {"visceral_crisis": "none"}, "tumour_volume"),
    ("ecog-surgery", {"ecog": 4, "surgery_option": "yes"}, {"ecog": 3}, "ecog"),
    ("grade-cell-type", NET | {"grade": "G3", "nec_cell_type": "small"}, {"nec_cell_type": "not_applicable"}, "grade"),
    ("control-functional", {"functional_status": "functional", "hormone_symptoms_controlled": "not_applicable"},
     {"hormone_symptoms_controlled": "no"}, "functional_status"),
    ("control-functional", {"functional_status": "non_functional", "hormone_symptoms_controlled": "partly"},
     {"hormone_symptoms_controlled": "not_applicable"}, "hormone_symptoms_controlled"),
    ("symptoms-functional", {"functional_status": "non_functional", "flushing_per_day": 12}, {"functional_status": "functional"},
     "flushing_per_day"),
    ("symptoms-functional", {"hormone_symptoms_controlled": "not_applicable", "stools_per_day": 6}, {"stools_per_day": 2},
     "hormone_symptoms_controlled"),
    ("fitness", {"surgery_option": "yes", "fit_for_surgery": "no"}, {"fit_for_surgery": "yes"}, "fit_for_surgery"),
    ("fitness", {"liver_surgery_option": "yes", "fit_for_surgery": "no"}, {"liver_surgery_option": "no"}, "liver_surgery_option"),
    ("volume-liver", {"tumour_volume": "low", "liver_involvement": "over_75"}, {"liver_involvement": "under_10"},
     "tumour_volume"),
    ("volume-liver", {"tumour_volume": "low", "liver_involvement": "over_75"}, {"tumour_volume": "high"}, "liver_involvement"),
    ("liver-surgery", {"liver_metastases": "yes", "liver_surgery_option": "not_applicable"}, {"liver_surgery_option": "no"},
     "liver_metastases"),
    ("liver-lesion", {"liver_metastases": "no", "liver_involvement": "under_10"}, {"liver_involvement": "not_applicable"},
     "liver_metastases"),
    ("grade-far-off", {"grade": "G1", "grade_edition": "who_2022", "primary_site": "lung", "ki67_percent": "60"},
     {"ki67_percent": "15"}, "primary_site"),
    ("grade-site", {"grade": "G1", "grade_edition": "who_2022", "primary_site": "paraganglia"}, {"primary_site": "lung"},
     "grade"),
    ("grade-edition", {"grade": "G1"}, {"grade_edition": "who_2022"}, "grade"),
    ("grade-differentiation", G3 | {"differentiation": "poor"}, {"differentiation": "well"}, "differentiation"),
    ("spread-extent", {"extent": "localized", "liver_metastases": "yes"}, {"extent": "metastatic"}, "liver_metastases"),
    ("neutrophils-leucocytes", {"neutrophils_10e9_l": "38", "leucocytes_10e9_l": "6.1"}, {"neutrophils_10e9_l": "4"},
     "leucocytes_10e9_l"),
    ("symptoms-status", {"hormone_symptoms_controlled": "no"}, {"functional_status": "functional"},
     "hormone_symptoms_controlled"),
    ("symptoms-status", {"hormone_symptoms_controlled": "partly"}, {"syndrome": "carcinoid_syndrome"},
     "hormone_symptoms_controlled"),
    ("symptoms-status", {"stools_per_day": "8"}, {"hormone_symptoms_controlled": "not_applicable"}, "stools_per_day"),
    ("heart-syndrome", {"heart_disease": "severe", "functional_status": "non_functional"}, {"functional_status": "functional"},
     "functional_status"),
    ("heart-syndrome", {"heart_disease": "severe", "syndrome": "none"}, {"syndrome": "carcinoid_syndrome"}, "syndrome"),
    ("heart-syndrome", {"heart_disease": "mild", "syndrome": "insulinoma"}, {"heart_disease": "suspected"}, "heart_disease"),
    ("m1-sites", PANCREAS | {"m_stage": "M1a", "liver_metastases": "no"}, {"liver_metastases": "yes"}, "liver_metastases"),
    ("m1-sites", PANCREAS | {"m_stage": "M1a", "other_metastatic_sites": ["bone"]}, {"m_stage": "M1b"}, "m_stage"),
    ("m1-sites", PANCREAS | {"m_category": "pM1b", "liver_metastases": "yes"}, {"m_category": "pM1c"}, "primary_site"),
    ("m1-sites", PANCREAS | {"m_stage": "M1c", "liver_metastases": "no"}, {"staging_system": "enets"}, "liver_metastases"),
    ("m1-sites", PANCREAS | {"m_stage": "M1a", "liver_metastases": "no"}, {"primary_site": "lung"}, "primary_site"),
    ("t-size", PANCREAS | {"t_stage": "T1", "largest_primary_mm": 45}, {"largest_primary_mm": 20}, "largest_primary_mm"),
    ("t-size", {"primary_site": "lung", "t_stage": "T1b", "largest_primary_mm": 21}, {"t_stage": "T1c"}, "t_stage"),
    ("t-size", {"primary_site": "ileum", "t_stage": "T1", "largest_primary_mm": 11}, {"t_stage": "T2"}, "primary_site"),
    ("fdg-suvmax", {"fdg_result": "negative", "fdg_suvmax": "14"}, {"fdg_suvmax": "3"}, "fdg_suvmax"),
    ("fdg-suvmax", {"fdg_result": "not_done", "fdg_suvmax": "3"}, {"fdg_result": "negative"}, "fdg_result"),
    ("sstr-suvmax", {"sstr_expression": "none", "sstr_suvmax": "30"}, {"sstr_expression": "low"}, "sstr_expression"),
    ("marrow-bloods", {"marrow_function": "normal", "neutrophils_10e9_l": "0.4"}, {"neutrophils_10e9_l": "<2"},
     "marrow_function"),
    ("marrow-bloods", {"marrow_function": "normal", "platelets_10e9_l": "20"}, {"marrow_function": "impaired"},
     "platelets_10e9_l"),
    ("liver-bloods", {"liver_function": "normal", "bilirubin_umol_l": "90"}, {"bilirubin_umol_l": "40"}, "bilirubin_umol_l"),
    ("liver-bloods", {"liver_function": "normal", "albumin_g_l": "21"}, {"albumin_g_l": "35"}, "liver_function"),
    *((f"unit-{name}", {name: odd}, {name: usual}, name) for name, odd, usual in (
        ("largest_primary_mm", 1, 10), ("largest_liver_lesion_mm", 2, 21), ("mesenteric_mass_mm", 3, 30),
        ("ki67_percent", "0.15", "15"), ("ki67_cells_counted", "10", "500"), ("mitoses_per_2mm2", "200", "20"),
        ("flushing_per_day", "84", "12"), ("stools_per_day", "42", "6"), ("stool_volume_ml", "2", "1500"),
        ("weight_change_kg", "-66", "-6"), ("nt_probnp_ng_l", "1.5", "125"), ("egfr_ml_min", "1.2", "72"),
        ("recist_interval_months", "90", "3"), ("haemoglobin_g_dl", "3.8", "12.1"), ("leucocytes_10e9_l", "0.2", "4.5"),
        ("neutrophils_10e9_l", "60", "3"), ("platelets_10e9_l", "2.5", "250"), ("bilirubin_umol_l", "1.2", "20"),
        ("albumin_g_l", "3.8", "38"), ("lvef_percent", "0.55", "55"),
    )),
]  # fmt: skip


def codes(facts):
    return [question.code for question in questions(Proforma(**facts))]


def without(facts, name):
    return {key: value for key, value in facts.items() if key != name}


@pytest.mark.parametrize(("code", "facts", "but", "gap"), TABLE)
def test_what_contradicts_is_asked_about_once(code, facts, but, gap):
    assert codes(facts).count(code) == 1


@pytest.mark.parametrize(("code", "facts", "but", "gap"), TABLE)
def test_what_does_not_contradict_is_not(code, facts, but, gap):
    assert code not in codes(facts | but)


@pytest.mark.parametrize(("code", "facts", "but", "gap"), TABLE)
def test_what_is_not_recorded_contradicts_nothing(code, facts, but, gap):
    assert code not in codes(without(facts, gap))


def test_symptoms_without_a_word_on_the_tumour_are_one_question():
    (text,) = asked(hormone_symptoms_controlled="no", flushing_per_day="12", stools_per_day="8")
    told = "hormone symptoms controlled “no”, flushing 12 a day, stools 8 a day"
    assert text == f"Recorded are {told}, yet not whether the tumour is functional: say so."


@pytest.mark.parametrize(
    "facts",
    [
        {"neutrophils_10e9_l": "58", "leucocytes_10e9_l": "6"},
        {"liver_function": "normal", "albumin_g_l": "3.8"},
        {"liver_function": "normal", "bilirubin_umol_l": "900"},
        {"marrow_function": "normal", "haemoglobin_g_dl": "3.8"},
    ],
)
def test_one_mistaken_unit_is_one_question(facts):
    assert len(asked(**facts)) == 1


def test_an_albumin_in_g_per_dl_can_be_written_and_is_asked_about():
    assert Proforma._meta.get_field("albumin_g_l").checked("3.8") == "3.8"
    assert "3.8 g/dL is 38 g/L" in asked(albumin_g_l="3.8")[0]


def test_every_number_with_a_unit_is_looked_at():
    """A scale that the form offers as a list can stand in no other unit."""
    assert set(USUAL) == {*UNITS} - {"pain_score"}


@pytest.mark.parametrize("value", ["3", "600", "<3", "<1", "2-4", "500-700"])
def test_what_can_stand_in_this_unit_is_not_asked_about(value):
    assert asked(bilirubin_umol_l=value) == []


@pytest.mark.parametrize("value", ["2.9", "0.5-1.2", "ca. 1", "601", ">600"])
def test_what_can_only_stand_outside_is_asked_about(value):
    assert len(asked(bilirubin_umol_l=value)) == 1


@pytest.mark.parametrize(("grade", "times"), [("G1", 0), ("not_recorded", 1), ("G2", 1), ("NEC", 1)])
def test_a_ki67_under_one_per_cent_is_common_in_g1_and_asked_about_elsewhere(grade, times):
    assert (
        codes({"grade": grade, "grade_edition": "who_2022", "ki67_percent": "0.9"}).count("unit-ki67_percent") == times
    )


def test_the_question_names_value_range_and_the_other_unit():
    assert asked(bilirubin_umol_l="1.2") == [
        "Bilirubin is 1.2 µmol/L, and 3 to 600 µmol/L would be usual. Is it in mg/dL? 1 mg/dL is 17.1 µmol/L."
    ]
    assert asked(egfr_ml_min="1.2")[0].startswith("eGFR is 1.2 mL/min/1.73 m²")


@pytest.mark.parametrize("name", ["ki67_percent", "stool_volume_ml", "neutrophils_10e9_l"])
def test_nothing_counted_stands_in_no_other_unit(name):
    assert asked(**{name: "0"}) == []


def test_every_row_of_the_table_is_tried_and_names_its_ground():
    assert {check.code for check in CHECKS} == {code for code, *_ in TABLE}
    assert all(check.source and check.facts for check in CHECKS)
    assert {name for check in CHECKS for name in check.facts} <= set(FIELDS)


def test_every_fact_that_makes_a_question_is_part_of_its_key():
    for code, facts, _, _ in TABLE:
        check = next(one for one in CHECKS if one.code == code)
        made_by = {name for name in facts if code not in codes(without(facts, name))}
        assert made_by <= set(check.facts), code


def test_a_key_tells_the_values_apart():
    one, other = (questions(Proforma(**G1, ki67_percent=value))[0].key for value in ("60", "61"))
    assert one != other
    assert one == questions(Proforma(**G1, ki67_percent="60", wishes="None"))[0].key


def step(phase, *goals, modality="SURG", **values):
    return Step(pk=7, position=2, phase=phase, goals=list(goals), modality_code=modality, **values)


@pytest.mark.parametrize("phase", Step.Phase.values)
def test_what_a_phase_proposes_fits_it(phase):
    assert step_questions([step(phase, *GOALS_OF_PHASE[phase])]) == []


@pytest.mark.parametrize(
    ("phase", "goals"),
    [
        ("surveillance", ["cure"]), ("surveillance", ["monitoring", "cure"]), ("symptom_control", ["cure"]),
        ("tumour_control", ["monitoring"]), ("debulking", ["symptom_control"]), ("adjuvant", ["debulking", "cure"]),
    ],
)  # fmt: skip
def test_phase_and_goals_that_do_not_fit_are_asked_about(phase, goals):
    found = step_questions([step(phase, *goals)])
    assert [(one.code, one.step) for one in found] == [("phase-goals", 7)]


@pytest.mark.parametrize("phase", Step.Phase.values)
def test_a_decision_is_not_asked_about_the_goal_that_nobody_chose(phase):
    assert step_questions([step(phase, *DECISION_GOALS, modality="OTHER", is_decision=True)]) == []


def test_the_sentence_names_the_step_and_the_goal():
    text = step_questions([step("surveillance", "monitoring", "cure")])[0].text
    assert text == "Step 2 (Surgery): the phase is “surveillance”, yet the goal is cure: check."


@pytest.mark.parametrize(("phase", "goals"), [("symptom_control", ["symptom_control", "cure"]), ("surveillance", [])])
def test_goals_that_fit_or_are_not_chosen_yet_are_not(phase, goals):
    assert step_questions([step(phase, *goals)]) == []

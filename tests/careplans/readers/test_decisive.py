"""What stands first above a case: every line of the table by hand, what silences it, and a stance for every fact."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from careplans.models import Patient, Plan, Proforma, Step
from careplans.models.proforma import DECIDING, FIELDS, LABELS
from careplans.readers.facts.decisive import header_of, in_header, steps_to_come
from careplans.readers.facts.decisive_table import (
    DECISIVE,
    LINES,
    NOT_SHOWN,
    OF_THE_FACTS,
    ORDINARY,
    REST,
    Weight,
)
from common.partial_dates import PartialDate

# Everything that is asked of everybody, so that a test sees only what it sets.
QUIET = {
    "functional_status": "non_functional", "grade": "G1", "grade_edition": "who_2022", "extent": "localized", "ecog": 0,
}  # fmt: skip
W, C, N, F = "warning", "caution", "not_known", "figure"
FUNCTIONAL = {"functional_status": "functional", "syndrome": "vipoma", "hormone_symptoms_controlled": "yes"}
CARCINOID = FUNCTIONAL | {"syndrome": "carcinoid_syndrome", "heart_disease": "none"}
FIT = {"fit_for_surgery": "yes", "surgery_option": "yes", "liver_surgery_option": "yes"}
SOUND = {
    "egfr_ml_min": "58", "egfr_on": PartialDate(2026, 6, 9), "marrow_function": "normal", "liver_function": "normal",
    "portal_vein": "open", "sstr_expression": "high", "mibg_avidity": "avid",
}  # fmt: skip
DAY = "(9 Jun 2026)"
# In the order of the table: facts, steps, weight, words.
BY_HAND = (
    ({"visceral_crisis": "present"}, "", W, "Visceral crisis"),
    ({"visceral_crisis": "impending"}, "", W, "Visceral crisis impending"),
    ({"pregnancy": "yes"}, "", W, "Pregnant"),
    (FUNCTIONAL | {"hormone_symptoms_controlled": "no"}, "", W, "Symptoms not controlled"),
    (FUNCTIONAL | {"hormone_symptoms_controlled": "partly"}, "", C, "Symptoms partly controlled"),
    (FUNCTIONAL | {"hormone_symptoms_controlled": "not_recorded"}, "", N, "Not known: symptom control"),
    ({"heart_disease": "severe"}, "", W, "Heart disease: severe"),
    ({"heart_disease": "mild"}, "", C, "Heart disease: mild"),
    (CARCINOID | {"heart_disease": "not_recorded"}, "", N, "Not known: carcinoid heart disease"),
    ({"hypoglycaemia": "yes"}, "", C, "Hypoglycaemia"),
    (FUNCTIONAL | {"syndrome": "catecholamine"} | SOUND, "MIBG", W, "Catecholamine excess"),
    (CARCINOID | SOUND, "TAE", C, "Carcinoid syndrome"),
    (FUNCTIONAL | {"syndrome": "not_recorded"}, "", N, "Not known: syndrome"),
    ({"functional_status": "not_recorded"}, "", N, "Not known: whether functional"),
    ({"grade": "NEC"}, "", W, "NEC, WHO 2022"),
    ({"grade": "G3"}, "", C, "NET G3 (well differentiated), WHO 2022"),
    ({"grade": "not_recorded"}, "", N, "Not known: grade"),
    ({"differentiation": "poor"}, "", C, "Differentiation: poor"),
    ({"extent": "not_recorded"}, "", N, "Not known: extent"),
    ({"recist_change": "progression"}, "", C, "Progression on imaging"),
    ({"ecog": 3}, "", W, "ECOG 3"),
    ({"ecog": 2}, "", C, "ECOG 2"),
    ({"ecog": None}, "", N, "Not known: ECOG"),
    (FIT | {"fit_for_surgery": "no"}, "SURG", W, "Unfit for surgery"),
    ({"fit_for_surgery": "no"}, "", C, "Unfit for surgery"),
    (FIT | {"fit_for_surgery": "not_recorded"}, "SURG", N, "Not known: fitness for surgery"),
    (FIT | {"surgery_option": "no"}, "SURG", W, "Surgery not possible"),
    (FIT | {"surgery_option": "not_recorded"}, "SURG", N, "Not known: whether surgery is possible"),
    (FIT | {"liver_surgery_option": "no"}, "SURG/liver", W, "Liver surgery not possible"),
    (FIT | {"liver_surgery_option": "not_recorded"}, "SURG/liver", N, "Not known: whether liver surgery is possible"),
    ({"frailty": "frail"}, "", C, "Frail"),
    (FIT | {"frailty": "pre_frail"}, "SURG", C, "Pre-frail"),
    (SOUND | {"sstr_expression": "none"}, "PRRT", W, "No receptors"),
    ({"sstr_expression": "none"}, "", C, "No receptors"),
    (SOUND | {"sstr_expression": "low"}, "PRRT", C, "Receptors low"),
    (SOUND | {"sstr_expression": "not_recorded"}, "PRRT", N, "Not known: receptor expression"),
    (SOUND | {"fdg_result": "positive"}, "PRRT", C, "FDG positive"),
    (SOUND | {"mibg_avidity": "not_avid"}, "MIBG", W, "Not MIBG-avid"),
    (SOUND | {"mibg_avidity": "partly"}, "MIBG", C, "Partly MIBG-avid"),
    (SOUND | {"mibg_avidity": "not_done"}, "MIBG", N, "Not known: MIBG avidity"),
    (SOUND | {"egfr_ml_min": ""}, "PRRT", N, "Not known: eGFR"),
    (SOUND, "PRRT", F, f"eGFR 58 mL/min/1.73 m² {DAY}"),
    (SOUND | {"marrow_function": "severely_impaired"}, "CHEMO", W, "Marrow severely impaired"),
    ({"marrow_function": "severely_impaired"}, "", C, "Marrow severely impaired"),
    (SOUND | {"marrow_function": "impaired"}, "PRRT", C, "Marrow impaired"),
    (SOUND | {"marrow_function": "not_recorded"}, "PRRT", N, "Not known: bone-marrow function"),
    (SOUND | {"neutrophils_10e9_l": "1.4"}, "CHEMO", F, "neutrophils 1.4 ×10⁹/L (day not recorded)"),
    (SOUND | {"platelets_10e9_l": "120"}, "CHEMO", F, "platelets 120 ×10⁹/L (day not recorded)"),
    (SOUND | {"liver_function": "severely_impaired"}, "TACE", W, "Liver function severely impaired"),
    ({"liver_function": "severely_impaired"}, "", C, "Liver function severely impaired"),
    (SOUND | {"liver_function": "impaired"}, "RFA", C, "Liver function impaired"),
    (SOUND | {"liver_function": "not_recorded"}, "SIRT", N, "Not known: liver function"),
    (SOUND | {"bilirubin_umol_l": "40"}, "SIRT", F, "bilirubin 40 µmol/L (day not recorded)"),
    (SOUND | {"portal_vein": "trunk_occluded"}, "TAE", W, "Portal vein occluded"),
    (SOUND | {"portal_vein": "branch_occluded"}, "TAE", C, "Portal vein: branch occluded"),
    (SOUND | {"portal_vein": "not_recorded"}, "TAE", N, "Not known: portal vein"),
    (SOUND | {"biliary_access": "stent"}, "RFA", C, "Biliary stent or anastomosis"),
    (SOUND | {"liver_involvement": "over_75"}, "TACE", C, "Liver involved: over 75 %"),
    ({"tumour_volume": "high"}, "", C, "High tumour volume"),
)  # fmt: skip


def facts(**values):
    return Proforma(**QUIET | values)


def steps(told, status="planned"):
    """“SURG/liver”: an operation aimed at the liver."""
    code, _, target = told.partition("/")
    return [Step(modality_code=code, target=target, phase="tumour_control", status=status)] if code else []


def header(values, told="", *, patient=None, plan=None, status="planned"):
    return header_of(facts(**values), patient or Patient(), plan, steps(told, status))


def flags(values, told="", **more):
    return [(flag.weight, flag.words) for flag in header(values, told, **more).flags]


def test_every_line_is_worked_by_hand():
    assert len(BY_HAND) == len(OF_THE_FACTS)
    for line, (values, _, weight, _) in zip(OF_THE_FACTS, BY_HAND, strict=True):
        assert line.weight == weight and line.fact in {**QUIET, **values}, line


@pytest.mark.parametrize(
    ("values", "told", "weight", "words"), BY_HAND, ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_line_says_it_with_its_weight(values, told, weight, words):
    assert (weight, words) in flags(values, told)


@pytest.mark.parametrize(
    ("line", "by_hand"), list(zip(OF_THE_FACTS, BY_HAND, strict=True)), ids=lambda one: getattr(one, "words", "")
)
def test_the_line_is_silent_once_its_step_is_over(line, by_hand):
    values, told, weight, words = by_hand
    said = (weight, words) in flags(values, told, status="completed")
    assert said is not bool(line.steps)


def test_nothing_is_said_of_a_quiet_case():
    assert flags({}) == []


@pytest.mark.parametrize("status", ["stopped", "not_done", "set_aside", "completed"])
def test_a_step_that_is_over_asks_for_nothing(status):
    assert flags({}, "PRRT", status=status) == []


@pytest.mark.parametrize("gone", ["removed_at", "carried_over_at"])
def test_a_step_that_left_the_plan_or_went_on_in_a_later_one_asks_for_nothing(gone):
    [step] = steps("PRRT")
    assert steps_to_come([step])
    setattr(step, gone, timezone.now())
    assert steps_to_come([step]) == frozenset()


@pytest.mark.parametrize("status", ["proposed", "planned", "in_progress", "on_hold"])
def test_a_step_that_is_to_come_or_runs_asks_for_what_it_depends_on(status):
    assert "eGFR" in flags({}, "PRRT", status=status)[0][1]


def test_what_is_not_known_is_named_together_and_never_counts_as_fine():
    found = header({"grade": "not_recorded", "ecog": None, "extent": "not_recorded"})
    assert [flag.words for flag in found.flags] == ["Not known: grade, extent, ECOG"]


def test_warnings_come_first_then_cautions_then_what_is_not_known_then_figures():
    found = flags(
        SOUND | FUNCTIONAL | {"ecog": None, "heart_disease": "mild", "hormone_symptoms_controlled": "no"}, "PRRT"
    )
    assert [weight for weight, _ in found] == [W, C, N, F]


def test_a_fact_is_said_once_and_as_grave_as_it_is_here():
    assert flags(FIT | {"fit_for_surgery": "no"}, "SURG") == [(W, "Unfit for surgery")]


def test_figures_of_one_day_stand_together_with_it():
    day = PartialDate(2026, 6, 9)
    found = flags(SOUND | {"platelets_10e9_l": "120", "bloods_on": day, "egfr_on": day}, "PRRT")
    assert found == [(F, f"eGFR 58 mL/min/1.73 m², platelets 120 ×10⁹/L {DAY}")]


def test_no_figure_is_judged():
    assert {line.weight for line in OF_THE_FACTS if not line.values} == {Weight.FIGURE}


def test_who_has_died_is_said_first():
    dead = Patient(is_dead=True, died_year=2026, died_month=3)
    assert flags({"grade": "NEC"}, patient=dead)[0] == (W, "Died Mar 2026")


def test_who_was_transferred_is_said():
    gone = Patient(transferred_to="Southbank", transferred_on=date(2026, 3, 3))
    assert flags({}, patient=gone) == [(C, "Transferred to Southbank, 3 Mar 2026")]


def test_facts_that_changed_under_the_plan_are_said():
    assert flags({}, plan=Plan(facts_changed_at=timezone.now())) == [(W, "Facts have changed since signing")]


def test_a_plan_that_is_not_what_was_signed_is_said():
    assert flags({}, plan=Plan(content_differs_since=timezone.now())) == [(W, "Not what was signed")]


def test_the_rest_is_the_tumour_in_a_few_words_without_what_a_flag_says():
    found = header({"primary_site": "ileum", "ki67_percent": "6", "grade": "NEC"})
    assert said_of(found) == ["Ileum", "Ki-67 6 %", "Localized", "Non-functional", "ECOG 0"]


def said_of(found):
    return [said.words for said in found.rest]


def test_of_a_localized_tumour_its_size_stands_first_and_else_after_what_decides_more():
    size = {"primary_site": "ileum", "largest_primary_mm": 18}
    assert said_of(header(size))[:2] == ["Ileum", "primary 18 mm"]
    spread = said_of(header(size | {"extent": "metastatic"}))
    assert spread == ["Ileum", "NET G1, WHO 2022", "Metastatic", "Non-functional", "primary 18 mm", "ECOG 0"]


def test_that_symptoms_are_controlled_is_said_with_its_day():
    found = header(FUNCTIONAL | {"symptoms_on": PartialDate(2026, 6, 9)})
    assert "symptoms controlled, 9 Jun 2026" in said_of(found)


def test_a_phone_shows_which_tumour_it_is():
    found = header({"primary_site": "ileum", "sstr_expression": "high", "ki67_percent": "6", "largest_primary_mm": 18})
    short = [said.words for said in found.rest if said.is_short]
    assert short == ["Ileum", "primary 18 mm", "NET G1, WHO 2022", "Localized", "receptors high"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (FUNCTIONAL | {"hormone_symptoms_controlled": "no", "symptoms_on": PartialDate(2026, 6, 9)},
         "Symptoms not controlled, 9 Jun 2026"),
        ({"heart_disease": "severe", "echo_on": PartialDate(2026, 5)}, "Heart disease: severe, May 2026"),
        ({"recist_change": "progression", "recist_on": PartialDate(2026, 6, 9)}, "Progression on imaging, 9 Jun 2026"),
    ],
)  # fmt: skip
def test_a_finding_is_said_with_the_day_on_which_it_was_found(values, words):
    assert words in [said for _, said in flags(values)]


def test_before_chemotherapy_the_kidneys_count_as_before_radionuclides():
    assert "Not known: eGFR, bone-marrow function" in [words for _, words in flags({}, "CHEMO")]
    assert (F, f"eGFR 58 mL/min/1.73 m² {DAY}") in flags(SOUND, "CHEMO")


@pytest.mark.parametrize(
    ("syndrome", "flag"),
    [("carcinoid_syndrome", (C, "Carcinoid syndrome")), ("catecholamine", (W, "Catecholamine excess"))],
)
def test_before_prrt_what_may_set_hormones_free_is_said(syndrome, flag):
    assert flag in flags(CARCINOID | SOUND | {"syndrome": syndrome}, "PRRT")


def test_a_grade_never_stands_without_its_edition():
    assert "NET G1, WHO 2022" in said_of(header({}))


def test_all_facts_that_decide_are_one_tap_away_with_those_that_decide_only_here():
    assert [fact.name for fact in header({}).facts] == list(DECIDING)
    assert "egfr_ml_min" in [fact.name for fact in header({}, "PRRT").facts]


def test_every_fact_of_the_proforma_has_one_stance():
    """A new fact has to be decisive, ordinary or not shown: whoever adds it says which."""
    stances = [DECISIVE, ORDINARY, NOT_SHOWN]
    assert {name for name in FIELDS if sum(name in one for one in stances) != 1} == set()
    assert set(FIELDS) == DECISIVE | ORDINARY | NOT_SHOWN
    assert {row.fact for row in REST} <= set(DECIDING)


@pytest.mark.parametrize("line", OF_THE_FACTS, ids=lambda line: f"{line.fact}-{line.words}")
def test_the_codes_of_the_table_are_those_of_the_proforma(line):
    for name, values in {line.fact: line.values, **line.given}.items():
        known = set(LABELS.get(name, ())) or set(range(5))
        assert set(values) - {"", None, "not_recorded"} <= known


def test_the_codes_of_steps_are_those_of_steps():
    known = {*Step.ModalityCode.values, *Step.Phase.values, "SURG_LIVER", "SURG_ELSEWHERE"}
    assert set().union(*(line.steps for line in LINES)) <= known


def test_the_table_is_told_where_clinicians_look_it_up():
    told = (Path(settings.BASE_DIR) / "docs" / "advisories.md").read_text()
    told = told[told.index("## What stands first above a case") :]
    missing = [line.words for line in OF_THE_FACTS if line.words.replace("{value}", "…") not in told]
    assert missing == []


def test_a_grade_that_does_not_apply_says_that_it_is_the_grade():
    facts = Proforma(grade="not_applicable", grade_edition="not_recorded")
    assert in_header(facts, "grade") == "Grade not applicable"

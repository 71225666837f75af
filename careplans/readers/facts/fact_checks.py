"""Facts that do not go together, each a row of one table: what is asked, of which facts, on what ground. Pure.

They are questions and stop nobody. What is not recorded is never taken for an answer, and a figure such as 2-4 contradicts only
what none of its values could be. The higher of Ki-67 and mitoses sets the grade, so one index below a band proves nothing while
the other is unknown or inside it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from careplans.models import Proforma
from careplans.readers.facts import finding_checks as findings
from careplans.readers.facts import spread_checks as spread
from careplans.readers.facts import symptom_checks as symptoms
from careplans.readers.facts import unit_checks as units
from careplans.readers.facts.deciding_facts import plain
from common.figures import Figure

WHO = (
    "WHO 2019, kept in 2022: the higher of Ki-67 and mitoses sets the grade (table in UpToDate 122325, read as a copy)"
)
OURS = "Our own question; no published threshold was found"
BAND_WORDS = {"G1": "under 3 %", "G2": "3 to 20 %", "G3": "over 20 %", "NEC": "over 20 %"}
MITOSES_WORDS = {"G1": "under 2", "G2": "2 to 20", "G3": "over 20"}
NOT_BY_INDEX = ("lung", "thymus")
WITHOUT_GRADE = ("adrenal_medulla", "paraganglia")
BOUNDS_3_AND_20 = ("who_2019", "who_2022")
# Krenning 3-4, 2, 1, 0 propose high, moderate, low, none; sources disagree by one band, so only two apart are asked about.
EXPRESSION = ("none", "low", "moderate", "high")


@dataclass(frozen=True)
class Question:
    """One contradiction as it stands, known by its code and the values that make it: other values ask anew."""

    code: str
    text: str
    values: Mapping[str, Any]
    source: str
    # Of a plan's step, where it is about one.
    step: int | None = None

    @property
    def key(self) -> str:
        told = json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        return f"{self.code}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Check:
    """`asks` gives the sentence, or an empty text where nothing contradicts."""

    code: str
    facts: tuple[str, ...]
    asks: Callable[[Proforma], str]
    source: str = OURS


def questions(facts: Proforma) -> list[Question]:
    """What to ask whoever uses these facts. No query."""
    return [
        Question(check.code, text, {name: plain(getattr(facts, name)) for name in check.facts}, check.source)
        for check in CHECKS
        if (text := check.asks(facts))
    ]


def _grade_at_site(facts: Proforma) -> str:
    takes_none = facts.grade in ("G1", "G2", "G3") and facts.primary_site in WITHOUT_GRADE
    return "Phaeochromocytoma and paraganglioma take no NET grade: use “Not applicable”." if takes_none else ""


def _edition(facts: Proforma) -> str:
    graded = facts.is_recorded("grade") and facts.grade != "not_applicable"
    lacks = graded and not facts.is_recorded("grade_edition")
    return "The grade has no classification edition: say which one." if lacks else ""


def _differentiation(facts: Proforma) -> str:
    if facts.grade == "NEC" and facts.differentiation == "well":
        return "NEC is poorly differentiated by definition, yet the differentiation is “well”: check."
    if facts.grade in ("G1", "G2", "G3") and facts.differentiation == "poor":
        return f"NET {facts.grade} is well differentiated, yet the differentiation is “poor”: check."
    return ""


def _cell_type(facts: Proforma) -> str:
    if facts.grade not in ("G1", "G2", "G3") or facts.nec_cell_type not in ("small", "large"):
        return ""
    told = facts.get_nec_cell_type_display().lower()
    return f"Only NEC is small cell or large cell, yet the grade is {facts.grade} and the cell type is “{told}”: check."


def _indices(facts: Proforma) -> tuple[Figure | None, Figure | None]:
    if facts.grade not in BAND_WORDS or facts.primary_site in NOT_BY_INDEX:
        return None, None
    return facts.figure("ki67_percent"), facts.figure("mitoses_per_2mm2")


def _ki67(facts: Proforma) -> str:
    grade, (ki67, mitoses) = facts.grade, _indices(facts)
    if ki67 is None:
        return ""
    told, by_3_and_20 = facts.display("ki67_percent"), facts.grade_edition in BOUNDS_3_AND_20
    edition = facts.get_grade_edition_display() if facts.is_recorded("grade_edition") else ""
    if edition and not by_3_and_20 and ki67.is_over(2) and ki67.is_under(3):
        return f"Ki-67 of {told} falls between the bands of {edition}: check the grade with the pathologist."
    above = (grade == "G1" and ki67.is_at_least(3)) or (grade == "G2" and ki67.is_over(20))
    below = grade == "NEC" and ki67.is_at_most(20) and not (mitoses is not None and mitoses.is_over(20))
    where = edition if by_3_and_20 else "every edition"
    return f"Ki-67 of {told} is outside {grade} in {where} ({BAND_WORDS[grade]}): check." if above or below else ""


def _far_off(facts: Proforma) -> str:
    """Where no index sets the grade, one far off is still asked about."""
    if facts.grade != "G1" or facts.primary_site not in NOT_BY_INDEX:
        return ""
    columns = (("ki67_percent", "Ki-67"), ("mitoses_per_2mm2", "mitoses"))
    told = [
        f"{words} of {facts.display(name)}"
        for name, words in columns
        if (index := facts.figure(name)) is not None and index.is_over(20)
    ]
    if not told:
        return ""
    site = facts.get_primary_site_display().lower()
    return f"The grade is G1, yet recorded are {' and '.join(told)}: far off in any edition, for {site} too. Check."


def _mitoses(facts: Proforma) -> str:
    grade, (_, mitoses) = facts.grade, _indices(facts)
    if mitoses is None:
        return ""
    above = (grade == "G1" and mitoses.is_at_least(2)) or (grade == "G2" and mitoses.is_over(20))
    told = facts.display("mitoses_per_2mm2")
    return f"Mitoses of {told} are outside {grade} ({MITOSES_WORDS[grade]}): check." if above else ""


def _both_below(facts: Proforma) -> str:
    grade, (ki67, mitoses) = facts.grade, _indices(facts)
    if ki67 is None or mitoses is None:
        return ""
    low = {"G3": ki67.is_at_most(20) and mitoses.is_at_most(20), "G2": ki67.is_under(3) and mitoses.is_under(2)}
    if not low.get(grade):
        return ""
    told = f"Ki-67 of {facts.display('ki67_percent')} and mitoses of {facts.display('mitoses_per_2mm2')}"
    return f"{told} both lie below {grade} ({BAND_WORDS[grade]}, or {MITOSES_WORDS[grade]} mitoses): check."


def _liver_surgery(facts: Proforma) -> str:
    asked = facts.liver_metastases == "yes" and facts.liver_surgery_option == "not_applicable"
    return "There are liver metastases, yet liver surgery is “not applicable”: say yes or no." if asked else ""


def _possible(facts: Proforma) -> str:
    """“surgery is”, “surgery and liver surgery are”; empty where neither is possible."""
    possible = [
        words
        for name, words in (("surgery_option", "surgery"), ("liver_surgery_option", "liver surgery"))
        if getattr(facts, name) == "yes"
    ]
    return " and ".join(possible) + (" is" if len(possible) == 1 else " are") if possible else ""


def _unfit(facts: Proforma) -> str:
    if facts.fit_for_surgery != "no" or not (possible := _possible(facts)):
        return ""
    return f"The patient is not fit for surgery, yet {possible} recorded as possible: check."


def _bedridden(facts: Proforma) -> str:
    possible = _possible(facts) if facts.ecog == 4 else ""
    return f"ECOG is 4, yet {possible} recorded as possible: check." if possible else ""


def _krenning(facts: Proforma) -> str:
    score = facts.krenning_score
    if score is None or facts.sstr_expression not in EXPRESSION:
        return ""
    apart = abs(min(score, 3) - EXPRESSION.index(facts.sstr_expression))
    told = f"The Krenning score is {score}, yet receptor expression is “{facts.get_sstr_expression_display().lower()}”"
    return f"{told}: check." if apart > 1 else ""


INDICES = ("grade", "grade_edition", "ki67_percent", "mitoses_per_2mm2", "primary_site")
CHECKS = (
    Check("grade-site", ("grade", "primary_site"), _grade_at_site, "Phaeochromocytoma and paraganglioma: no NET grade"),
    Check("grade-edition", ("grade", "grade_edition"), _edition, "Grades differ between editions"),
    Check("grade-differentiation", ("grade", "differentiation"), _differentiation, WHO),
    Check("grade-cell-type", ("grade", "nec_cell_type"), _cell_type, WHO),
    Check("grade-ki67", INDICES, _ki67, WHO),
    Check("grade-far-off", INDICES, _far_off, "Over 20 is outside G1 in every edition; lung and thymus go by necrosis, too"),
    Check("grade-mitoses", ("grade", "mitoses_per_2mm2", "primary_site"), _mitoses, WHO),
    Check("grade-both-below", INDICES, _both_below, WHO),
    Check("m1-extent", ("m_stage", "m_category", "extent"), spread.m1, "M1 is distant metastasis in every staging system"),
    Check("m0-extent", ("m_stage", "m_category", "extent"), spread.m0, "M0 is no distant metastasis in every staging system"),
    Check("m-told-twice", ("m_stage", "m_category"), spread.m_told_twice),
    Check("n-extent", ("n_stage", "n_category", "extent"), spread.n_localized,
          "Localized is without nodes; N1 and above is regional disease in every staging system"),
    Check("metastatic-nowhere", ("extent", "liver_metastases", "other_metastatic_sites"), spread.metastatic_nowhere),
    Check("lobes-count", ("liver_lobes", "liver_lesion_count"), spread.lobes),
    Check("volume-crisis", ("tumour_volume", "visceral_crisis"), spread.crisis),
    Check("spread-extent", ("extent", "liver_metastases", "other_metastatic_sites"), spread.spread),
    Check(
        "liver-lesion",
        ("liver_metastases", "largest_liver_lesion_mm", "liver_lesion_count", "liver_involvement"),
        spread.liver_lesion,
    ),
    Check("liver-surgery", ("liver_metastases", "liver_surgery_option"), _liver_surgery),
    Check("volume-liver", ("tumour_volume", "liver_involvement"), spread.low_volume),
    Check("fitness", ("fit_for_surgery", "surgery_option", "liver_surgery_option"), _unfit),
    Check("ecog-surgery", ("ecog", "surgery_option", "liver_surgery_option"), _bedridden),
    Check("krenning", ("krenning_score", "sstr_expression"), _krenning,
          "3-4, 2, 1 and 0 propose high, moderate, low and none; two bands apart are asked about, since sources differ by one"),
    Check("functional-syndrome", ("functional_status", "syndrome"), symptoms.no_syndrome),
    Check("syndrome-functional", ("functional_status", "syndrome"), symptoms.syndrome),
    Check("syndrome-status", ("functional_status", "syndrome"), symptoms.status),
    Check("controlled-symptoms",
          ("hormone_symptoms_controlled", "flushing_per_day", "stools_per_day", "syndrome", "hypoglycaemia"), symptoms.controlled,
          symptoms.OFTEN),
    Check("control-functional", ("functional_status", "hormone_symptoms_controlled"), symptoms.control_of_none),
    Check("symptoms-functional",
          ("functional_status", "hormone_symptoms_controlled", "flushing_per_day", "stools_per_day"),
          symptoms.symptoms_of_none, symptoms.OFTEN),
    Check("symptoms-status", ("hormone_symptoms_controlled", "flushing_per_day", "stools_per_day", "functional_status"),
          symptoms.status_of_symptoms, symptoms.OFTEN),
    Check("heart-syndrome", ("heart_disease", "functional_status", "syndrome"), symptoms.heart),
    Check("m1-sites", ("m_stage", "m_category", "staging_system", "primary_site", "liver_metastases", "other_metastatic_sites"),
          spread.m1_sites, spread.M1_SOURCE),
    Check("t-size", ("t_stage", "primary_site", "largest_primary_mm"), spread.t_size, spread.T_SOURCE),
    Check("fdg-suvmax", ("fdg_result", "fdg_suvmax"), findings.fdg),
    Check("sstr-suvmax", ("sstr_expression", "sstr_suvmax"), findings.sstr),
    Check("marrow-bloods", ("marrow_function", "haemoglobin_g_dl", "leucocytes_10e9_l", "neutrophils_10e9_l", "platelets_10e9_l"),
          findings.marrow, findings.MARROW_SOURCE),
    Check("liver-bloods", ("liver_function", "bilirubin_umol_l", "albumin_g_l"), findings.liver, findings.LIVER_SOURCE),
    Check("neutrophils-leucocytes", ("neutrophils_10e9_l", "leucocytes_10e9_l"), units.more_neutrophils, units.SOURCE),
    *(Check(f"unit-{name}", (name, *units.BESIDE.get(name, ())), partial(units.asks, name=name), units.SOURCE)
      for name in units.USUAL),
)  # fmt: skip

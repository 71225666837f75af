"""Gentle questions about facts that do not go together. Pure; they never stop anybody from saving.

Bounds: domain note C.2. The higher of Ki-67 and mitoses sets the grade, so one index below a band proves nothing
while the other is unknown or inside it.
"""

from careplans.models import Proforma

BAND_WORDS = {"G1": "under 3 %", "G2": "3 to 20 %", "G3": "over 20 %", "NEC": "over 20 %"}
NOT_BY_KI67 = ("lung", "thymus")
WITHOUT_GRADE = ("adrenal_medulla", "paraganglia")
BOUNDS_3_AND_20 = ("who_2019", "who_2022")


def questions(facts: Proforma) -> list[str]:
    """Sentences for the writer of the proforma."""
    return [*_grade(facts), *_extent(facts), *_function(facts)]


def _grade(facts: Proforma) -> list[str]:
    found = []
    grade = facts.grade
    if grade in ("G1", "G2", "G3") and facts.primary_site in WITHOUT_GRADE:
        found.append("Phaeochromocytoma and paraganglioma take no NET grade: use “Not applicable”.")
    if facts.is_recorded("grade") and grade != "not_applicable" and not facts.is_recorded("grade_edition"):
        found.append("The grade has no classification edition: say which one.")
    if grade == "NEC" and facts.differentiation == "well":
        found.append("NEC is poorly differentiated by definition, yet the differentiation is “well”: check.")
    if grade in ("G1", "G2", "G3") and facts.differentiation == "poor":
        found.append(f"NET {grade} is well differentiated, yet the differentiation is “poor”: check.")
    return found + _ki67(facts)


def _ki67(facts: Proforma) -> list[str]:
    """Only where the figure is outside whatever it stands for: 2-4 may be G1 as well as G2."""
    grade, ki67 = facts.grade, facts.figure("ki67_percent")
    if ki67 is None or grade not in BAND_WORDS or facts.primary_site in NOT_BY_KI67:
        return []
    edition, told = facts.get_grade_edition_display(), facts.display("ki67_percent")
    if facts.grade_edition not in BOUNDS_3_AND_20:
        between = ki67.is_over(2) and ki67.is_under(3) and facts.is_recorded("grade_edition")
        words = f"Ki-67 of {told} falls between the bands of {edition}: check the grade with the pathologist."
        return [words] if between else []
    above = (grade == "G1" and ki67.is_at_least(3)) or (grade == "G2" and ki67.is_over(20))
    below = grade == "NEC" and ki67.is_at_most(20)
    if not (above or below):
        return []
    return [f"Ki-67 of {told} is outside {grade} in {edition} ({BAND_WORDS[grade]}): check."]


def _extent(facts: Proforma) -> list[str]:
    found = []
    spread = facts.liver_metastases == "yes" or bool(facts.other_metastatic_sites)
    if facts.extent in ("localized", "regional") and spread:
        found.append(f"The extent is “{facts.get_extent_display().lower()}”, yet metastases are recorded: check.")
    count = facts.figure("liver_lesion_count")
    in_liver = facts.largest_liver_lesion_mm is not None or (count is not None and not count.is_at_most(0))
    if facts.liver_metastases == "no" and in_liver:
        found.append("Liver metastases are “no”, yet a liver lesion is recorded: check.")
    return found


def _function(facts: Proforma) -> list[str]:
    if facts.functional_status == "non_functional" and facts.syndrome not in ("none", "not_recorded"):
        return ["The tumour is “non-functional”, yet a syndrome is recorded: check."]
    return []

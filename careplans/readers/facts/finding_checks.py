"""Findings in words beside their figures, where the two do not go together: sentences for the table of fact_checks.py. Pure.

The bounds of blood values are far outside “normal”, so that a question is seldom idle. A word and a figure may be of different
days; that is what the question is for.
"""

from careplans.models import Proforma
from careplans.readers.facts.proforma import label_of
from careplans.readers.facts.unit_checks import asks

MARROW_SOURCE = "CTCAE 5, grade 3: haemoglobin under 8, leucocytes under 2, neutrophils under 1, platelets under 50"
LIVER_SOURCE = "Child-Pugh, three points: bilirubin over 51 µmol/L, albumin under 28 g/L"
# Our own: no published bound tells negative from positive.
FDG_SUVMAX, SSTR_SUVMAX = 5, 10
HIGH_BILIRUBIN, LOW_ALBUMIN = 51, 28
LOW_MARROW = {"haemoglobin_g_dl": 8, "leucocytes_10e9_l": 2, "neutrophils_10e9_l": 1, "platelets_10e9_l": 50}


def fdg(facts: Proforma) -> str:
    suvmax = facts.figure("fdg_suvmax")
    if suvmax is None or facts.fdg_result not in ("negative", "not_done"):
        return ""
    if facts.fdg_result == "negative" and not suvmax.is_at_least(FDG_SUVMAX):
        return ""
    result = facts.get_fdg_result_display().lower()
    return f"The FDG PET is “{result}”, yet its SUVmax is {facts.display('fdg_suvmax')}: check."


def sstr(facts: Proforma) -> str:
    suvmax = facts.figure("sstr_suvmax")
    if suvmax is None or facts.sstr_expression != "none" or not suvmax.is_at_least(SSTR_SUVMAX):
        return ""
    return f"Receptor expression is “none”, yet its SUVmax is {facts.display('sstr_suvmax')}: check."


def marrow(facts: Proforma) -> str:
    if facts.marrow_function != "normal":
        return ""
    told = [_told(facts, name) for name, low in LOW_MARROW.items() if _is_under(facts, name, low)]
    return f"Bone-marrow function is “normal”, yet recorded are: {', '.join(told)}. Check." if told else ""


def liver(facts: Proforma) -> str:
    if facts.liver_function != "normal":
        return ""
    bilirubin, in_its_unit = facts.figure("bilirubin_umol_l"), not asks(facts, "bilirubin_umol_l")
    high = bilirubin is not None and bilirubin.is_over(HIGH_BILIRUBIN) and in_its_unit
    told = [_told(facts, "bilirubin_umol_l")] if high else []
    told += [_told(facts, "albumin_g_l")] if _is_under(facts, "albumin_g_l", LOW_ALBUMIN) else []
    return f"Liver function is “normal”, yet recorded are: {', '.join(told)}. Check." if told else ""


def _is_under(facts: Proforma, name: str, low: int) -> bool:
    """Not where it seems to stand in another unit: one mistake is one question."""
    figure = facts.figure(name)
    return figure is not None and figure.is_under(low) and not asks(facts, name)


def _told(facts: Proforma, name: str) -> str:
    return f"{label_of(name).lower()} {facts.display(name)}"

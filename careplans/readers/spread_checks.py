"""How far the tumour has spread, where the facts about it do not go together: sentences for the table of fact_checks.py. Pure."""

import re

from careplans.models import Proforma


def _m_told(facts: Proforma) -> str:
    """The code that was chosen, else what was written."""
    return facts.display("m_stage") or facts.m_category


def _m_category(facts: Proforma) -> str:
    """0 or 1 of the M category: M1b, pM1, cM0 (i+). Empty for MX and for other words."""
    found = re.search(r"M\s*([01])", _m_told(facts), re.IGNORECASE)
    return found[1] if found else ""


def m1(facts: Proforma) -> str:
    said = _m_category(facts) == "1" and facts.extent in ("localized", "regional")
    extent = facts.get_extent_display().lower()
    return f"M is “{_m_told(facts)}”, yet the extent is “{extent}”: check." if said else ""


def m0(facts: Proforma) -> str:
    said = _m_category(facts) == "0" and facts.extent == "metastatic"
    return f"M is “{_m_told(facts)}”, yet the extent is “metastatic”: check." if said else ""


def spread(facts: Proforma) -> str:
    spread = facts.liver_metastases == "yes" or bool(facts.other_metastatic_sites)
    if facts.extent not in ("localized", "regional") or not spread:
        return ""
    return f"The extent is “{facts.get_extent_display().lower()}”, yet metastases are recorded: check."


def liver_lesion(facts: Proforma) -> str:
    count = facts.figure("liver_lesion_count")
    share = facts.is_recorded("liver_involvement") and facts.liver_involvement != "not_applicable"
    in_liver = facts.largest_liver_lesion_mm is not None or (count is not None and not count.is_at_most(0)) or share
    asked = facts.liver_metastases == "no" and in_liver
    return "Liver metastases are “no”, yet a liver lesion is recorded: check." if asked else ""


def low_volume(facts: Proforma) -> str:
    large = facts.liver_involvement in ("50_75", "over_75")
    if facts.tumour_volume != "low" or not large:
        return ""
    share = facts.get_liver_involvement_display().lower()
    return f"The tumour volume is “low”, yet {share} of the liver is involved: check."

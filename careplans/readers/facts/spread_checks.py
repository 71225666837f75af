"""How far the tumour has spread, where the facts about it do not go together: sentences for the table of fact_checks.py. Pure."""

import re
from collections.abc import Mapping

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


def m_told_twice(facts: Proforma) -> str:
    """The code is what is used; the words of the report may say otherwise."""
    code, words = facts.display("m_stage"), facts.m_category
    digits = [found[1] for text in (code, words) if (found := re.search(r"M\s*([01])", text or "", re.IGNORECASE))]
    return f"M is “{code}” as a code and “{words}” in words: which one?" if len(set(digits)) == 2 else ""


def n_localized(facts: Proforma) -> str:
    told = facts.display("n_stage") or facts.n_category
    said = facts.extent == "localized" and re.search(r"N\s*[123]", told or "", re.IGNORECASE)
    return f"N is “{told}”, yet the extent is “localized”: check." if said else ""


def metastatic_nowhere(facts: Proforma) -> str:
    asked = facts.extent == "metastatic" and facts.liver_metastases == "no" and not facts.other_metastatic_sites
    told = "The extent is “metastatic”, yet liver metastases are “no” and no other site is recorded: which one?"
    return told if asked else ""


def lobes(facts: Proforma) -> str:
    count = facts.figure("liver_lesion_count")
    asked = facts.liver_lobes == "both" and count is not None and count.is_at_most(1)
    return (
        f"Lobes with lesions are “both”, yet the number of liver lesions is {facts.display('liver_lesion_count')}: check."
        if asked
        else ""
    )


def crisis(facts: Proforma) -> str:
    asked = facts.tumour_volume == "low" and facts.visceral_crisis == "present"
    return "The tumour volume is “low”, yet a visceral crisis is “present”: check." if asked else ""


M1_SOURCE = "AJCC 8, gastro-entero-pancreatic NET: M1a is the liver only, M1b outside the liver only, M1c both"
SPLIT_BY_LIVER = (
    "stomach", "duodenum", "jejunum", "ileum", "jejunum_ileum", "appendix", "colon", "rectum", "pancreas",
)  # fmt: skip


def m1_sites(facts: Proforma) -> str:
    """M1 with its letter, beside the sites that are recorded."""
    found = re.search(r"M\s*1([abc])", _m_told(facts), re.IGNORECASE)
    if not found or facts.primary_site not in SPLIT_BY_LIVER or facts.staging_system == "enets":
        return ""
    letter, liver, others = found[1].lower(), facts.liver_metastases, facts.other_metastatic_sites
    told = {
        "a": ["liver metastases are “no”"] * (liver == "no") + ["sites outside the liver are recorded"] * bool(others),
        "b": ["liver metastases are “yes”"] * (liver == "yes"),
        "c": ["liver metastases are “no”"] * (liver == "no"),
    }[letter]
    means = {"a": "the liver only", "b": "outside the liver only", "c": "liver and elsewhere"}[letter]
    return f"M is “{_m_told(facts)}” ({means}), yet {' and '.join(told)}: check." if told else ""


T_SOURCE = "AJCC 8 and ENETS: the largest that a T by size allows at this site; the wider of the two where they differ"
_TEN = {"T1": 10}
_COLORECTAL = {"T1": 20, "T1a": 10, "T1b": 20}
# In millimetres. A T that depth or invasion alone can make has no bound.
LARGEST_OF_T: Mapping[str, Mapping[str, int]] = {
    **dict.fromkeys(("stomach", "duodenum", "jejunum", "ileum", "jejunum_ileum"), _TEN),
    **dict.fromkeys(("colon", "rectum"), _COLORECTAL),
    "appendix": {"T1": 20, "T2": 40},
    "pancreas": {"T1": 20, "T2": 40},
    "lung": {"T1": 30, "T1a": 10, "T1b": 20, "T1c": 30, "T2": 50, "T2a": 40, "T2b": 50, "T3": 70},
}


def t_size(facts: Proforma) -> str:
    size, most = facts.largest_primary_mm, LARGEST_OF_T.get(facts.primary_site, {}).get(facts.t_stage)
    if size is None or most is None or size <= most:
        return ""
    site = facts.get_primary_site_display().lower()
    told = facts.display("largest_primary_mm")
    return f"T is “{facts.t_stage}”, up to {most} mm at this site ({site}), yet the largest primary is {told}: check."

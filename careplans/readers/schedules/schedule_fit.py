"""Where a schedule's situation visibly does not fit the recorded facts. Remarked and never in the way. Pure.

A schedule says its situation in words. Only words that name a site, a grade or an extent are compared, and only with facts that
are recorded; what the program does not recognise it leaves to people.
"""

import re
from collections.abc import Mapping

from careplans.models import FollowUpSchedule, Plan, Proforma
from careplans.readers.steps.gate_days import Remark

_BOWEL = ("jejunum", "ileum", "jejunum_ileum")
SITES: Mapping[str, tuple[str, ...]] = {
    r"o?esophag\w*": ("oesophagus",),
    r"stomach|gastric": ("stomach",),
    r"duoden\w+": ("duodenum",),
    r"jejun\w+|ile(um|al)|small[ -](bowel|intestin\w+)": _BOWEL,
    r"midgut": (*_BOWEL, "appendix", "colon"),
    r"append\w+": ("appendix",),
    r"colo(n|nic|rectal|rectum)": ("colon",),
    r"rect(um|al)|colorectal|colorectum": ("rectum",),
    r"pancrea\w+|pnets?": ("pancreas",),
    r"lungs?|bronch\w+|pulmonary": ("lung",),
    r"thym\w+": ("thymus",),
    r"adrenal\w*|ph(a)?eo\w*": ("adrenal_medulla",),
    r"paragangl\w+": ("paraganglia",),
    r"unknown": ("unknown_primary",),
}
EXTENTS: Mapping[str, tuple[str, ...]] = {
    r"locali[sz]ed|under \d+ ?(cm|mm)": ("localized",),
    r"regional|locoregional|nod(e|al)\w*(?![- ]neg)": ("regional",),
    r"metasta\w+|advanced|distant": ("metastatic",),
    r"inoperable|unresectable": ("localized", "regional", "metastatic"),
}
# “No metastases” names an extent by what it is not.
_DENIED = re.compile(r"\b(no|not|non|without)\b", re.IGNORECASE)


def _named(words: str, table: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {code for pattern, codes in table.items() if re.search(rf"\b({pattern})\b", words, re.I) for code in codes}


def _grades(words: str) -> set[str]:
    """G1, G1-G2, G1 to G3, NEC."""
    told = words.upper()
    found = {f"G{digit}" for digit in re.findall(r"G([123])\b", told)}
    for low, high in re.findall(r"G([123])\s*(?:-|–|TO)\s*G?([123])", told):
        found |= {f"G{digit}" for digit in range(int(low), int(high) + 1)}
    if re.search(r"\bNEC\b", told):
        found.add("NEC")
    return found


def misfits(schedule: FollowUpSchedule, facts: Proforma) -> list[str]:
    """What the schedule is for beside what is recorded, where the two cannot be the same."""
    extent = _DENIED.split(schedule.extent)[0]
    pairs = (
        ("primary_site", schedule.site_group, _named(schedule.site_group, SITES), ("other",)),
        ("grade", schedule.grade, _grades(schedule.grade), ("not_applicable",)),
        ("extent", schedule.extent, _named(extent, EXTENTS), ()),
    )
    told = [
        f"it is for “{words}”, and recorded is {facts.display(name)}"
        for name, words, codes, open_ in pairs
        if codes and facts.is_recorded(name) and getattr(facts, name) not in (*codes, *open_)
    ]
    size = re.search(r"\bunder (\d+) ?(cm|mm)\b", schedule.extent, re.IGNORECASE)
    limit = int(size[1]) * (10 if size[2].lower() == "cm" else 1) if size else None
    if limit and facts.largest_primary_mm is not None and facts.largest_primary_mm >= limit:
        told.append(f"it is for “{schedule.extent}”, and the largest primary is {facts.display('largest_primary_mm')}")
    return told


def schedule_remarks(plan: Plan) -> list[Remark]:
    """For the editor, the sign-off and the release, of a plan with its schedules and facts. No query."""
    return [
        Remark(frozenset(), f"The schedule “{row.schedule.name}” does not seem to fit: {'; '.join(told)}.")
        for row in plan.standing_schedules
        if (told := misfits(row.schedule, plan.case.proforma))
    ]

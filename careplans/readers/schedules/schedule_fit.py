"""Where a schedule's situation visibly does not fit what is recorded. Remarked and never in the way.

A schedule says its situation in words. Only words that name a site, a grade, an extent, nodes, a syndrome, a gastric type or a
treatment are compared, and only with facts that are recorded; what the program does not recognise it leaves to people. Of a
treatment that is said to have been given, its absence tells too.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from careplans.models import FollowUpSchedule, Plan, Proforma, Step
from careplans.readers.steps.gate_days import Remark
from careplans.readers.steps.given import TUMOUR_GOALS, Given, given_in

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
SYNDROMES: Mapping[str, tuple[str, ...]] = {
    r"carcinoid syndrome": ("carcinoid_syndrome",),
    r"insulinomas?": ("insulinoma",),
    r"gastrinomas?|zollinger\W+ellison": ("gastrinoma_zes",),
    r"vipomas?": ("vipoma",),
    r"glucagonomas?": ("glucagonoma",),
    r"somatostatinomas?": ("somatostatinoma",),
}
GASTRIC_TYPES: Mapping[str, tuple[str, ...]] = {rf"type {digit}": (f"type_{digit}",) for digit in "123"}
_INOPERABLE = re.compile(r"\b(inoperable|unresectable)\b", re.IGNORECASE)
_NO_NODES = re.compile(r"\b(nod(e|al)\w*[- ]neg\w*|no nodes|without nodes|n0)\b", re.IGNORECASE)
# Treatments that a schedule follows on, by its words.
FOLLOWS: Mapping[str, tuple[str, str]] = {
    "SURG": (r"(?<!not )(?<!un)resected|R[012]", "a tumour that was resected"),
    "PRRT": (r"after PRRT", "somebody who has had PRRT"),
}
NOT_GIVEN = (Step.Status.NOT_DONE, Step.Status.SET_ASIDE)
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
    """What the schedule is for beside what is recorded, where the two cannot be the same. Pure."""
    extent = _DENIED.split(schedule.extent)[0]
    situation = f"{schedule.name}; {schedule.extent}"
    gastric = situation if "stomach" in _named(f"{schedule.site_group}; {schedule.name}", SITES) else ""
    pairs = (
        ("primary_site", schedule.site_group, _named(schedule.site_group, SITES), ("other",)),
        ("grade", schedule.grade, _grades(schedule.grade), ("not_applicable",)),
        ("extent", schedule.extent, _named(extent, EXTENTS), ()),
        ("syndrome", schedule.name, _named(situation, SYNDROMES), ()),
        ("gastric_type", schedule.name, _named(gastric, GASTRIC_TYPES), ()),
    )
    told = [
        f"it is for “{words}”, and recorded is {facts.display(name)}"
        for name, words, codes, open_ in pairs
        if codes and facts.is_recorded(name) and getattr(facts, name) not in (*codes, *open_)
    ]
    return [*told, *_in_words(schedule, facts, situation)]


def _in_words(schedule: FollowUpSchedule, facts: Proforma, situation: str) -> list[str]:
    told = []
    size = re.search(r"\bunder (\d+) ?(cm|mm)\b", schedule.extent, re.IGNORECASE)
    limit = int(size[1]) * (10 if size[2].lower() == "cm" else 1) if size else None
    if limit and facts.largest_primary_mm is not None and facts.largest_primary_mm >= limit:
        told.append(f"it is for “{schedule.extent}”, and the largest primary is {facts.display('largest_primary_mm')}")
    nodes = facts.display("n_stage") or facts.n_category
    if _NO_NODES.search(situation) and re.search(r"N\s*[123]", nodes, re.IGNORECASE):
        told.append(f"it is for a tumour without nodes, and N is {nodes}")
    if (
        _named(situation, SYNDROMES)
        and facts.functional_status == "non_functional"
        and not facts.is_recorded("syndrome")
    ):
        told.append(f"it is for “{schedule.name}”, and the tumour is recorded as non-functional")
    local = facts.extent in ("localized", "regional")
    if _INOPERABLE.search(schedule.extent) and local and facts.surgery_option == "yes":
        told.append(f"it is for “{schedule.extent}”, and surgery is recorded as possible")
    return told


def untreated(
    schedule: FollowUpSchedule, site: str, steps: Sequence[Step], given: Callable[[], Sequence[Given]]
) -> list[str]:
    """The treatment that a schedule follows on, where it was not given and the plan does not give it."""
    words = f"{schedule.name}; {schedule.extent}; {schedule.resection}"
    told = []
    for modality, (pattern, whom) in FOLLOWS.items():
        if not re.search(rf"\b({pattern})\b", words, re.IGNORECASE) or any(_gives(step, modality) for step in steps):
            continue
        had = [one for one in given() if one.modality == modality]
        if any(one.is_for_tumour(site) for one in had):
            continue
        recorded = "; ".join(str(one) for one in had)
        what = f"recorded is {recorded}: is it that of this tumour?" if had else "no such treatment is recorded"
        told.append(f"it is for {whom}, and {what}")
    return told


def _gives(step: Step, modality: str) -> bool:
    fits = modality != Step.ModalityCode.SURG or not step.goals or not TUMOUR_GOALS.isdisjoint(step.goals)
    return step.modality_code == modality and fits and step.status_ahead not in NOT_GIVEN


def schedule_remarks(plan: Plan) -> list[Remark]:
    """For the editor, the sign-off and the release, of a plan with its schedules, steps and facts. At most one query, and that
    where a schedule follows on a treatment."""
    facts, given = plan.case.proforma, cache(lambda: given_in(plan.case_id))
    steps = list(plan.steps.all())
    found = [
        (row, misfits(row.schedule, facts) + untreated(row.schedule, facts.primary_site, steps, given))
        for row in plan.standing_schedules
    ]
    return [
        Remark(frozenset(), f"The schedule “{row.schedule.name}” does not seem to fit: {'; '.join(told)}.")
        for row, told in found
        if told
    ]

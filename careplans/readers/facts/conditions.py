"""What the proforma holds of the values that a condition names in words: “only if eGFR above 40”.

Whether the condition holds is for people to say; the program puts the recorded value and its date beside the words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from careplans.models import FactChange, Proforma, Step
from careplans.readers.facts.proforma import shown_fact

# Words as boards write them, and the facts that they mean. A pattern matches whole words, in any case.
WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"e?gfr|kidneys?|renal|creatinine", ("egfr_ml_min",)),
    (r"ki[ -]?67|mib[ -]?1", ("ki67_percent",)),
    (r"mitos[ei]s|mitotic", ("mitoses_per_2mm2",)),
    (r"grade|grading|net g[123]|g[123]|nec", ("grade",)),
    (r"differentiat\w+", ("differentiation",)),
    (r"ecog|performance status|who performance", ("ecog",)),
    (r"sstr\w*|somatostatin[ -]receptors?|receptors?|receptor[ -](positive|negative)|krenning|dota\w+|octreoscan",
     ("sstr_expression", "krenning_score", "sstr_on")),
    (r"fdg", ("fdg_result", "fdg_suvmax")),
    (r"suv|suvmax", ("sstr_suvmax", "fdg_suvmax")),
    (r"mibg[ -]?(avid\w*|uptake|positive|negative|scan)?", ("mibg_avidity",)),
    (r"lvef|ejection fraction", ("lvef_percent",)),
    (r"hearts?|cardiac|echo\w*|hedinger", ("heart_disease", "lvef_percent", "echo_on")),
    (r"nt[ -]?pro[ -]?bnp|bnp", ("nt_probnp_ng_l",)),
    (r"blood counts?", ("haemoglobin_g_dl", "leucocytes_10e9_l", "neutrophils_10e9_l", "platelets_10e9_l")),
    (r"ha?emoglobin|hb", ("haemoglobin_g_dl",)),
    (r"leu[ck]ocytes|white (blood )?cells?|wbc|wcc", ("leucocytes_10e9_l",)),
    (r"neutrophils?|anc", ("neutrophils_10e9_l",)),
    (r"platelets?|thrombocytes", ("platelets_10e9_l",)),
    (r"marrow", ("marrow_function", "haemoglobin_g_dl", "neutrophils_10e9_l", "platelets_10e9_l")),
    (r"bilirubin", ("bilirubin_umol_l",)),
    (r"albumin", ("albumin_g_l",)),
    (r"liver function|hepatic function|child[ -]pugh", ("liver_function", "bilirubin_umol_l", "albumin_g_l")),
    (r"portal vein|portal venous|pvt", ("portal_vein",)),
    (r"bilio?enteric|biliary|bile ducts?|hepaticojejunostomy", ("biliary_access",)),
    (r"lobes?|lobar|bilobar|unilobar", ("liver_lobes",)),
    (r"mesenter\w+", ("mesenteric_mass", "mesenteric_mass_mm")),
    (r"progress\w*|recist", ("recist_change", "recist_interval_months")),
    (r"liver (involvement|burden|load)|hepatic burden", ("liver_involvement",)),
    (r"tumou?r (volume|burden|load)", ("tumour_volume",)),
    (r"liver lesions?|liver metastas[ei]s", ("liver_metastases", "liver_lesion_count", "largest_liver_lesion_mm")),
    (r"operable|inoperable|resectable|unresectable|resectability|operability", ("surgery_option", "liver_surgery_option")),
    (r"fit|unfit|fitness", ("fit_for_surgery", "ecog", "frailty")),
    (r"frail\w*", ("frailty",)),
    (r"visceral crisis", ("visceral_crisis",)),
    (r"flush\w*", ("flushing_per_day",)),
    (r"stools?|diarrh?oea|diarrhea", ("stools_per_day", "stool_volume_ml")),
    (r"symptoms?( are| is)?( not)?( un)? ?controlled|symptom control|hormone symptoms", ("hormone_symptoms_controlled",)),
    (r"functional|non-?functional|functioning", ("functional_status",)),
    (r"localized|localised|metastatic|metastas[ei]s|extent", ("extent",)),
    (r"diabet\w+", ("diabetes",)),
    (r"pregnan\w+", ("pregnancy",)),
    (r"hypoglyc?aemia|hypoglycemia", ("hypoglycaemia",)),
    (r"weight", ("weight_change_kg",)),
    (r"pain", ("pain_score",)),
    (r"trial", ("trial_consideration",)),
    (r"men[ -]?1", ("men1",)),
    (r"men[ -]?2\w?", ("men2",)),
    (r"vhl", ("vhl",)),
    (r"nf[ -]?1", ("nf1",)),
    (r"sdh\w?", ("sdhx",)),
)  # fmt: skip
_PATTERNS = tuple((re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE), facts) for words, facts in WORDS)
# Hyphens that a word processor puts in, and spaces that do not break.
_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " "})


def facts_named(words: str) -> list[str]:
    """The facts that these words name, in the order in which they are declared. Pure."""
    plain = words.translate(_PLAIN)
    found = (name for pattern, facts in _PATTERNS if pattern.search(plain) for name in facts)
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Recorded:
    """A fact beside a condition. Empty `text`: it is not recorded, which is never the same as “no”."""

    name: str
    label: str
    text: str
    changed_at: datetime | None
    found: str = ""
    """When and where it was found; what was entered when says less, and stands only where nothing says this."""


def recorded_beside(words: str, facts: Proforma, changed: Mapping[str, datetime]) -> list[Recorded]:
    """Pure."""
    shown = [shown_fact(facts, name) for name in facts_named(words)]
    return [Recorded(one.name, one.label, one.text, changed.get(one.name), one.found) for one in shown]


def recorded_for(steps: Iterable[Step], facts: Proforma) -> dict[int, list[Recorded]]:
    """By step. One query for when the facts last changed, and none where no condition names one."""
    worded = [step for step in steps if step.only_if]
    names = {name for step in worded for name in facts_named(step.only_if)}
    if not names:
        return {}
    rows = FactChange.objects.filter(case=facts.pk, field__in=names).order_by()
    changed = dict(rows.values_list("field").annotate(Max("at")))
    return {step.pk: recorded_beside(step.only_if, facts, changed) for step in worded}

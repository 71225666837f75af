"""The codes of steps and rules (domain note B). tests/careplans/rules/test_engine_vocabulary.py holds them to the app's."""

import re

SEVERITIES = ("info", "caution", "warning")
SCOPES = ("plan", "step")
# `inference`: the source implies it rather than says it, and pages show it as such.
BASES = ("direct", "inference")
STATEMENTS = tuple(f"S{number:02}" for number in range(1, 38))
# A source that the centre added to its reference pages. Whether there is one of this number only the rows can tell.
ADDED_SOURCE = re.compile(r"E[1-9][0-9]{0,4}")

# A step of kind OTHER counts by its goals. No rule of the seed names it (domain note B.2); a rule of a centre may.
KNOWN_MODALITIES = ("SURG", "CHEMO", "OSA", "RFA", "MIBG", "PRRT", "TAE", "TACE", "SIRT", "TRIAL")
MODALITIES = (*KNOWN_MODALITIES, "OTHER")
# A reference page that the centre added, as a rule names it. Whether there is one of this address only the rows can tell.
ADDED_PAGE = re.compile(r"page-[a-z0-9][a-z0-9_-]{0,79}")
PAGE = "page-"
GOALS = (
    "symptom_control", "tumour_control", "debulking", "cure", "palliation", "local_control", "size_reduction",
    "hormone_reduction", "monitoring",
)  # fmt: skip
TARGETS = (
    "primary", "liver", "nodes", "bone", "peritoneum", "lung", "ovary", "brain", "systemic", "other",
)  # fmt: skip
STATUSES = (
    "proposed", "planned", "in_progress", "on_hold", "completed", "stopped", "not_done", "cancelled",
)  # fmt: skip
# Steps in these states take no part.
OUT_OF_PLAN = frozenset({"not_done", "cancelled"})
# Steps in these states are still spoken of, but where a rule asks what the plan has, they do not count (domain note B.1).
NOT_RUNNING = frozenset({"stopped", "on_hold"})

# What the content of the reference pages may tell a rule. A flag is open until a content approver closes it by review.
PRRT_AVAILABILITY = "prrt-availability"
CONTENT_FLAGS = (PRRT_AVAILABILITY,)
DEFAULT_FLAGS = frozenset(CONTENT_FLAGS)

NOT_RECORDED = "not_recorded"
MM = (1, 500)

# The facts that the 35 rules of the seed read, directly, by derivation or in their details.
RULE_FACTS = (
    "primary_site", "grade", "differentiation", "angioinvasion", "extent", "liver_metastases", "tumour_volume",
    "visceral_crisis", "functional_status", "hormone_symptoms_controlled", "surgery_option", "liver_surgery_option",
    "sstr_expression", "largest_primary_mm", "largest_liver_lesion_mm", "other_options_exhausted", "trial_consideration",
)  # fmt: skip

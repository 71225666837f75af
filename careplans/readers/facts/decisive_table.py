"""What decides about the plan on the screen: the one table behind the header of every page of a case, told in docs/advisories.md.

It judges codes, which somebody chose, and the steps of the ECOG scale by their definitions. It judges no figure: no cut-off is
the program's, so a figure on which a planned treatment depends stands among the first as it is. Every fact of the proforma has
one stance: a line here, a place among the rest, or `NOT_SHOWN`; a test fails for one that has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from careplans.models.proforma import DECIDING


class Weight(StrEnum):
    """In the order in which they stand. Each has a word, an icon and a shape; colour comes fourth."""

    WARNING = "warning"
    CAUTION = "caution"
    NOT_KNOWN = "not_known"
    FIGURE = "figure"


NOT_KNOWN = ("not_recorded", "", None)
# Any value that is recorded.
RECORDED: tuple[object, ...] = ()


@dataclass(frozen=True)
class Line:
    """Fires where the fact has one of the values, `given` other facts, and where the plan has one of the `steps` still to be
    done or running: modalities, phases, or `SURG_LIVER` and `SURG_ELSEWHERE`. Without any, on every page of the case.

    `words` are said as they are; `{value}` is the fact in words; what is not known is named, and of figures their day is told.
    """

    fact: str
    values: tuple[object, ...]
    weight: Weight
    words: str
    steps: frozenset[str] = frozenset()
    given: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


W, C, N, F = Weight.WARNING, Weight.CAUTION, Weight.NOT_KNOWN, Weight.FIGURE
RADIONUCLIDES = frozenset({"PRRT", "MIBG"})
MARROW = RADIONUCLIDES | {"CHEMO"}
# Platinum and others leave by the kidney, as radionuclides do.
KIDNEYS = MARROW
ARTERIAL = frozenset({"TAE", "TACE", "SIRT"})
AT_THE_LIVER = ARTERIAL | {"RFA", "SURG_LIVER"}
# What may set free what the tumour stores.
TOUCHING = ARTERIAL | {"RFA", "SURG", "PRRT"}
SURGERY = frozenset({"SURG"})
PRRT, MIBG = frozenset({"PRRT"}), frozenset({"MIBG"})
YES = ("yes",)
CARCINOID = {"syndrome": ("carcinoid_syndrome",)}

# Of the record and not of the proforma: careplans/readers/facts/decisive.py says when each is so.
OF_THE_RECORD: tuple[Line, ...] = (
    Line("died", YES, W, "{value}"),
    Line("transferred", YES, C, "{value}"),
    Line("not_as_signed", YES, W, "Not what was signed"),
    Line("facts_changed", YES, W, "Facts have changed since signing"),
)
# In order of harm: within a weight it is the order on the page. Of each fact the first line that fits counts.
OF_THE_FACTS: tuple[Line, ...] = (
    Line("visceral_crisis", ("present",), W, "Visceral crisis"),
    Line("visceral_crisis", ("impending",), W, "Visceral crisis impending"),
    Line("pregnancy", YES, W, "Pregnant"),
    Line("hormone_symptoms_controlled", ("no",), W, "Symptoms not controlled"),
    Line("hormone_symptoms_controlled", ("partly",), C, "Symptoms partly controlled"),
    Line("hormone_symptoms_controlled", NOT_KNOWN, N, "symptom control", given={"functional_status": ("functional",)}),
    Line("heart_disease", ("severe", "moderate"), W, "Heart disease: {value}"),
    Line("heart_disease", ("mild", "suspected"), C, "Heart disease: {value}"),
    Line("heart_disease", NOT_KNOWN, N, "carcinoid heart disease", given=CARCINOID),
    Line("hypoglycaemia", YES, C, "Hypoglycaemia"),
    Line("syndrome", ("catecholamine",), W, "Catecholamine excess", TOUCHING | MIBG),
    Line("syndrome", ("carcinoid_syndrome",), C, "Carcinoid syndrome", TOUCHING),
    Line("syndrome", NOT_KNOWN, N, "syndrome", given={"functional_status": ("functional",)}),
    Line("functional_status", NOT_KNOWN, N, "whether functional"),
    Line("grade", ("NEC", "MiNEN"), W, "{value}"),
    Line("grade", ("G3",), C, "{value}"),
    Line("grade", NOT_KNOWN, N, "grade"),
    Line("differentiation", ("poor", "mixed"), C, "Differentiation: {value}", given={"grade": ("G1", "G2", "G3", *NOT_KNOWN)}),
    Line("extent", NOT_KNOWN, N, "extent"),
    Line("recist_change", ("progression",), C, "Progression on imaging"),
    Line("ecog", (3, 4), W, "ECOG {value}"),
    Line("ecog", (2,), C, "ECOG {value}"),
    Line("ecog", NOT_KNOWN, N, "ECOG"),
    Line("fit_for_surgery", ("no",), W, "Unfit for surgery", SURGERY),
    Line("fit_for_surgery", ("no",), C, "Unfit for surgery"),
    Line("fit_for_surgery", NOT_KNOWN, N, "fitness for surgery", SURGERY),
    Line("surgery_option", ("no",), W, "Surgery not possible", frozenset({"SURG_ELSEWHERE"})),
    Line("surgery_option", NOT_KNOWN, N, "whether surgery is possible", frozenset({"SURG_ELSEWHERE"})),
    Line("liver_surgery_option", ("no",), W, "Liver surgery not possible", frozenset({"SURG_LIVER"})),
    Line("liver_surgery_option", NOT_KNOWN, N, "whether liver surgery is possible", frozenset({"SURG_LIVER"})),
    Line("frailty", ("frail",), C, "Frail"),
    Line("frailty", ("pre_frail",), C, "Pre-frail", SURGERY | {"CHEMO"}),
    Line("sstr_expression", ("none",), W, "No receptors", PRRT),
    Line("sstr_expression", ("none",), C, "No receptors"),
    Line("sstr_expression", ("low",), C, "Receptors low", PRRT),
    Line("sstr_expression", NOT_KNOWN, N, "receptor expression", PRRT | {"OSA"}),
    Line("fdg_result", ("positive", "mixed"), C, "FDG {value}", PRRT),
    Line("mibg_avidity", ("not_avid",), W, "Not MIBG-avid", MIBG),
    Line("mibg_avidity", ("partly",), C, "Partly MIBG-avid", MIBG),
    Line("mibg_avidity", ("not_done", *NOT_KNOWN), N, "MIBG avidity", MIBG),
    Line("egfr_ml_min", NOT_KNOWN, N, "eGFR", KIDNEYS),
    Line("egfr_ml_min", RECORDED, F, "eGFR {value}", KIDNEYS),
    Line("marrow_function", ("severely_impaired",), W, "Marrow severely impaired", MARROW),
    Line("marrow_function", ("severely_impaired",), C, "Marrow severely impaired"),
    Line("marrow_function", ("impaired",), C, "Marrow impaired", MARROW),
    Line("marrow_function", NOT_KNOWN, N, "bone-marrow function", MARROW),
    Line("neutrophils_10e9_l", RECORDED, F, "neutrophils {value}", MARROW),
    Line("platelets_10e9_l", RECORDED, F, "platelets {value}", MARROW),
    Line("liver_function", ("severely_impaired",), W, "Liver function severely impaired", AT_THE_LIVER | {"CHEMO"}),
    Line("liver_function", ("severely_impaired",), C, "Liver function severely impaired"),
    Line("liver_function", ("impaired",), C, "Liver function impaired", AT_THE_LIVER | {"CHEMO"}),
    Line("liver_function", NOT_KNOWN, N, "liver function", ARTERIAL),
    Line("bilirubin_umol_l", RECORDED, F, "bilirubin {value}", ARTERIAL),
    Line("portal_vein", ("trunk_occluded",), W, "Portal vein occluded", ARTERIAL),
    Line("portal_vein", ("branch_occluded",), C, "Portal vein: branch occluded", ARTERIAL),
    Line("portal_vein", NOT_KNOWN, N, "portal vein", ARTERIAL),
    Line("biliary_access", ("stent", "anastomosis", "both"), C, "Biliary stent or anastomosis", ARTERIAL | {"RFA"}),
    Line("liver_involvement", ("50_75", "over_75"), C, "Liver involved: {value}", AT_THE_LIVER),
    Line("tumour_volume", ("high",), C, "High tumour volume"),
)  # fmt: skip
LINES = OF_THE_RECORD + OF_THE_FACTS
DECISIVE = frozenset(line.fact for line in OF_THE_FACTS)


@dataclass(frozen=True)
class Ordinary:
    """One of the few words about the tumour, where the fact has one of the values and `given` others. Of each fact the first."""

    fact: str
    words: str
    values: tuple[object, ...] = RECORDED
    given: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    is_short: bool = False
    """A phone shows it too."""
    has_day: bool = False


# Then the rest: in the second line, each as short as it can be said; with all others behind one tap.
REST: tuple[Ordinary, ...] = (
    Ordinary("primary_site", "{value}", is_short=True),
    Ordinary("largest_primary_mm", "primary {value}", given={"extent": ("localized",)}, is_short=True),
    Ordinary("grade", "{value}", is_short=True),
    Ordinary("ki67_percent", "Ki-67 {value}"),
    Ordinary("extent", "{value}", is_short=True),
    Ordinary("sstr_expression", "receptors {value}", is_short=True),
    Ordinary("functional_status", "{value}"),
    Ordinary("hormone_symptoms_controlled", "symptoms controlled", YES, has_day=True),
    Ordinary("largest_primary_mm", "primary {value}"),
    Ordinary("largest_liver_lesion_mm", "liver lesion {value}"),
    Ordinary("ecog", "ECOG {value}"),
)
# The day of a fact that is not among `FOUND`.
DAYS: dict[str, str] = {"hormone_symptoms_controlled": "symptoms_on"}
ORDINARY = frozenset(DECIDING) - DECISIVE
# On the proforma, and not in the header: what says where a finding comes from, its detail, and what no treatment turns on alone.
NOT_SHOWN = frozenset(
    {"primary_site_detail", "diagnosed_on", "gastric_type", "mesenteric_mass", "mesenteric_mass_mm", "mesenteric_on",
     "grade_edition", "nec_cell_type", "ki67_cells_counted", "mitoses_per_2mm2", "angioinvasion", "specimen", "pathology_on",
     "staging_system", "t_stage", "t_category", "n_stage", "n_category", "m_stage", "m_category", "stage_group", "stage_basis",
     "staging_imaging", "staged_on", "liver_metastases", "liver_lesion_count", "other_metastatic_sites", "volume_reason",
     "liver_lobes", "liver_imaging", "liver_imaged_on", "recist_interval_months", "recist_on", "surgery_option_reason",
     "liver_surgery_reason", "fitness_reason", "krenning_score", "sstr_tracer", "sstr_on", "fdg_on", "fdg_suvmax",
     "sstr_suvmax", "mibg_on", "symptoms_on", "flushing_per_day", "stools_per_day", "stool_volume_ml", "wheeze", "rash",
     "pain_score", "weight_change_kg", "echo_on", "nt_probnp_ng_l", "diabetes", "comorbidity_note", "haemoglobin_g_dl",
     "leucocytes_10e9_l", "albumin_g_l", "bloods_on", "egfr_on", "lvef_percent", "nt_probnp_on",
     "analogue_agent", "analogue_on", "men1", "men2", "vhl", "nf1", "tsc", "sdhx", "other_options_exhausted",
     "trial_consideration", "wishes", "contact_nurse"}
)  # fmt: skip

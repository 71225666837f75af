"""The facts of the board proforma and their values (domain note C.1), so that a case's facts can be given whole.

Every coded fact also takes `not_recorded`; a fact that is missing or null is not recorded either.
"""

_YES_NO = ("yes", "no")
_YES_NO_NOT_APPLICABLE = (*_YES_NO, "not_applicable")
_FUNCTION = ("normal", "impaired", "severely_impaired")
_GENE_TEST = ("positive", "negative", "pending", "not_tested")

# Only these, in which a value is one of a few codes, can stand in a rule's `fact` ... `in`.
CODED: dict[str, tuple[str, ...]] = {
    "primary_site": (
        "oesophagus", "stomach", "duodenum", "jejunum", "ileum", "jejunum_ileum", "appendix", "colon", "rectum",
        "pancreas", "lung", "thymus", "adrenal_medulla", "paraganglia", "unknown_primary", "other",
    ),
    "functional_status": ("functional", "non_functional"),
    "syndrome": (
        "carcinoid_syndrome", "insulinoma", "gastrinoma_zes", "vipoma", "glucagonoma", "somatostatinoma",
        "acth_cushing", "catecholamine", "other", "none",
    ),
    "hormone_symptoms_controlled": ("yes", "partly", "no", "not_applicable"),
    "grade": ("G1", "G2", "G3", "NEC", "MiNEN", "not_applicable"),
    "grade_edition": ("who_2010", "who_2017", "who_2019", "who_2022"),
    "nec_cell_type": ("small", "large", "not_applicable"),
    "differentiation": ("well", "poor", "mixed"),
    "angioinvasion": ("present", "absent"),
    "staging_system": ("ajcc_8", "ajcc_9", "uicc_8", "enets"),
    "stage_basis": ("clinical", "pathological"),
    "t_stage": ("TX", "T0", "T1", "T1a", "T1b", "T1c", "T2", "T2a", "T2b", "T3", "T4"),
    "n_stage": ("NX", "N0", "N1", "N2", "N3"),
    "m_stage": ("M0", "M1", "M1a", "M1b", "M1c"),
    "gastric_type": ("type_1", "type_2", "type_3", "not_applicable"),
    "mesenteric_mass": ("present", "absent"),
    "extent": ("localized", "regional", "metastatic"),
    "liver_metastases": _YES_NO,
    "liver_involvement": ("under_10", "10_25", "25_50", "50_75", "over_75", "not_applicable"),
    "liver_lobes": ("right", "left", "both", "not_applicable"),
    "portal_vein": ("open", "branch_occluded", "trunk_occluded"),
    "biliary_access": ("none", "stent", "anastomosis", "both"),
    "recist_change": ("complete", "partial", "stable", "progression", "not_evaluable"),
    "tumour_volume": ("low", "moderate", "high"),
    "visceral_crisis": ("none", "impending", "present"),
    "surgery_option": _YES_NO,
    "liver_surgery_option": _YES_NO_NOT_APPLICABLE,
    "fit_for_surgery": _YES_NO,
    "sstr_expression": ("high", "moderate", "low", "none"),
    "fdg_result": ("positive", "negative", "mixed", "not_done"),
    "mibg_avidity": ("avid", "partly", "not_avid", "not_done"),
    "wheeze": _YES_NO,
    "hypoglycaemia": _YES_NO,
    "rash": _YES_NO,
    "heart_disease": ("none", "suspected", "mild", "moderate", "severe"),
    "marrow_function": _FUNCTION,
    "liver_function": _FUNCTION,
    "diabetes": _YES_NO,
    "pregnancy": _YES_NO_NOT_APPLICABLE,
    "frailty": ("fit", "pre_frail", "frail"),
    "men1": _GENE_TEST,
    "men2": _GENE_TEST,
    "vhl": _GENE_TEST,
    "nf1": _GENE_TEST,
    "tsc": _GENE_TEST,
    "sdhx": _GENE_TEST,
    "other_options_exhausted": _YES_NO,
    "trial_consideration": ("eligible_offered", "eligible_declined", "not_eligible", "none_available"),
}  # fmt: skip

# A code that stands for either of two: a rule that asks for it is met by each of them, and by “not said which”.
EITHER: dict[str, frozenset[str]] = {"jejunum_ileum": frozenset({"jejunum", "ileum"})}

# Whole numbers, with the least and the greatest that the proforma takes.
WHOLE: dict[str, tuple[int, int]] = {
    "largest_primary_mm": (1, 500),
    "largest_liver_lesion_mm": (1, 500),
    "mesenteric_mass_mm": (1, 500),
    "krenning_score": (0, 4),
    "ecog": (0, 4),
    "pain_score": (0, 10),
}
DECIMAL: dict[str, tuple[int, int]] = {"weight_change_kg": (-150, 150)}
# What a report may give as a number, or as a text: <1, >95, 3-5.
FIGURES: dict[str, tuple[int, int]] = {
    "ki67_percent": (0, 100),
    "ki67_cells_counted": (1, 100000),
    "mitoses_per_2mm2": (0, 1000),
    "liver_lesion_count": (0, 500),
    "flushing_per_day": (0, 200),
    "stools_per_day": (0, 100),
    "stool_volume_ml": (0, 30000),
    "nt_probnp_ng_l": (0, 200000),
    "egfr_ml_min": (0, 250),
    "recist_interval_months": (0, 240),
    "fdg_suvmax": (0, 200),
    "sstr_suvmax": (0, 500),
    "haemoglobin_g_dl": (0, 30),
    "leucocytes_10e9_l": (0, 1000),
    "neutrophils_10e9_l": (0, 1000),
    "platelets_10e9_l": (0, 3000),
    "bilirubin_umol_l": (0, 1500),
    "albumin_g_l": (1, 80),
    "lvef_percent": (0, 100),
}
TEXTS = (
    "primary_site_detail", "specimen", "t_category", "n_category", "m_category", "stage_group", "volume_reason",
    "surgery_option_reason", "liver_surgery_reason", "fitness_reason", "sstr_tracer", "comorbidity_note", "wishes",
    "contact_nurse", "staging_imaging", "liver_imaging", "analogue_agent",
)  # fmt: skip
DAYS = (
    "diagnosed_on", "pathology_on", "staged_on", "sstr_on", "symptoms_on", "echo_on", "mesenteric_on", "liver_imaged_on",
    "recist_on", "fdg_on", "mibg_on", "bloods_on", "egfr_on", "nt_probnp_on", "analogue_on",
)  # fmt: skip
OTHER_SITES = ("nodes", "bone", "peritoneum", "lung", "ovary", "brain", "other")
SITES = "other_metastatic_sites"

FACTS = (*CODED, *WHOLE, *DECIMAL, *FIGURES, *TEXTS, *DAYS, SITES)
MM_FACTS = ("largest_primary_mm", "largest_liver_lesion_mm")

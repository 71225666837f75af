"""The facts in the order in which a board reads them, their units, and where each comes from. Pure."""

UNITS: dict[str, str] = {
    "largest_primary_mm": "mm",
    "largest_liver_lesion_mm": "mm",
    "ki67_percent": "%",
    "ki67_cells_counted": "cells",
    "mitoses_per_2mm2": "per 2 mm²",
    "flushing_per_day": "a day",
    "stools_per_day": "a day",
    "stool_volume_ml": "mL a day",
    "pain_score": "of 10",
    "weight_change_kg": "kg",
    "nt_probnp_ng_l": "ng/L",
    "egfr_ml_min": "mL/min/1.73 m²",
    "mesenteric_mass_mm": "mm",
    "recist_interval_months": "months",
    "haemoglobin_g_dl": "g/dL",
    "leucocytes_10e9_l": "×10⁹/L",
    "neutrophils_10e9_l": "×10⁹/L",
    "platelets_10e9_l": "×10⁹/L",
    "bilirubin_umol_l": "µmol/L",
    "albumin_g_l": "g/L",
    "lvef_percent": "%",
}

# The proforma in the order in which a board reads it: (slug, heading, fields).
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("tumour", "Tumour", (
        "primary_site", "primary_site_detail", "largest_primary_mm",
        "functional_status", "syndrome", "hormone_symptoms_controlled", "diagnosed_on",
    )),
    ("gastric", "Gastric NET", ("gastric_type",)),
    ("mesentery", "Mesentery", ("mesenteric_mass", "mesenteric_mass_mm", "mesenteric_on")),
    ("pathology", "Pathology", (
        "grade", "grade_edition", "nec_cell_type", "differentiation", "ki67_percent", "ki67_cells_counted",
        "mitoses_per_2mm2", "angioinvasion", "specimen", "pathology_on",
    )),
    ("stage", "Stage and extent", (
        "extent", "staging_system", "t_stage", "t_category", "n_stage", "n_category", "m_stage", "m_category",
        "stage_group", "stage_basis", "staging_imaging", "staged_on",
    )),
    ("burden", "Metastases and burden", (
        "liver_metastases", "largest_liver_lesion_mm", "liver_lesion_count", "liver_involvement",
        "other_metastatic_sites", "tumour_volume", "visceral_crisis", "volume_reason",
    )),
    ("liver", "Liver, for resection and embolization", (
        "liver_lobes", "portal_vein", "biliary_access", "liver_imaging", "liver_imaged_on",
    )),
    ("progression", "Progression", ("recist_change", "recist_interval_months", "recist_on")),
    ("operability", "Operability", (
        "surgery_option", "surgery_option_reason", "liver_surgery_option", "liver_surgery_reason",
        "fit_for_surgery", "fitness_reason",
    )),
    ("imaging", "Receptor and FDG imaging", (
        "sstr_expression", "krenning_score", "sstr_tracer", "sstr_on", "fdg_result",
    )),
    ("uptake", "FDG and MIBG in detail", ("fdg_on", "fdg_suvmax", "sstr_suvmax", "mibg_avidity", "mibg_on")),
    ("symptoms", "Condition and symptoms", (
        "ecog", "symptoms_on", "flushing_per_day", "stools_per_day", "stool_volume_ml", "wheeze",
        "hypoglycaemia", "rash", "pain_score", "weight_change_kg",
    )),
    ("comorbidity", "Comorbidity", (
        "heart_disease", "echo_on", "nt_probnp_ng_l", "egfr_ml_min", "marrow_function", "liver_function",
        "diabetes", "pregnancy", "frailty", "comorbidity_note",
    )),
    ("bloods", "Blood tests and kidney", (
        "haemoglobin_g_dl", "leucocytes_10e9_l", "neutrophils_10e9_l", "platelets_10e9_l", "bilirubin_umol_l",
        "albumin_g_l", "bloods_on", "egfr_on",
    )),
    ("heart", "Heart in detail", ("lvef_percent", "nt_probnp_on")),
    ("analogue", "Somatostatin analogue so far", ("analogue_agent", "analogue_on")),
    ("heredity", "Heredity", ("men1", "men2", "vhl", "nf1", "tsc", "sdhx")),
    ("options", "Options and wishes", (
        "other_options_exhausted", "trial_consideration", "wishes", "contact_nurse",
    )),
)  # fmt: skip

# These parts stay closed until the tumour needs them (`readers.proforma.OPENS`), or something in them is recorded.
EXTRA: frozenset[str] = frozenset(
    {"gastric", "mesentery", "liver", "progression", "uptake", "bloods", "heart", "analogue"}
)

_PATHOLOGY = (
    "grade", "grade_edition", "nec_cell_type", "differentiation", "ki67_percent", "ki67_cells_counted",
    "mitoses_per_2mm2", "angioinvasion",
)  # fmt: skip
_LIVER = (
    "liver_metastases", "largest_liver_lesion_mm", "liver_lesion_count", "liver_involvement", "liver_lobes", "portal_vein",
)  # fmt: skip
_SYMPTOMS = (
    "flushing_per_day", "stools_per_day", "stool_volume_ml", "wheeze", "hypoglycaemia", "rash", "pain_score",
    "weight_change_kg",
)  # fmt: skip
_BLOODS = (
    "haemoglobin_g_dl", "leucocytes_10e9_l", "neutrophils_10e9_l", "platelets_10e9_l", "bilirubin_umol_l", "albumin_g_l",
)  # fmt: skip
_STAGE = ("extent", "t_stage", "t_category", "n_stage", "n_category", "m_stage", "m_category", "stage_group")

# Where a finding comes from: the facts that say its day, and its specimen or scan (empty: the proforma does not ask).
FOUND: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_PATHOLOGY, ("pathology_on", "specimen")),
    **dict.fromkeys(_STAGE, ("staged_on", "staging_imaging")),
    **dict.fromkeys(_LIVER, ("liver_imaged_on", "liver_imaging")),
    **dict.fromkeys(("sstr_expression", "krenning_score", "sstr_suvmax"), ("sstr_on", "sstr_tracer")),
    **dict.fromkeys(("fdg_result", "fdg_suvmax"), ("fdg_on", "")),
    **dict.fromkeys(_SYMPTOMS, ("symptoms_on", "")),
    **dict.fromkeys(_BLOODS, ("bloods_on", "")),
    **dict.fromkeys(("heart_disease", "lvef_percent"), ("echo_on", "")),
    **dict.fromkeys(("mesenteric_mass", "mesenteric_mass_mm"), ("mesenteric_on", "")),
    **dict.fromkeys(("recist_change", "recist_interval_months"), ("recist_on", "")),
    "mibg_avidity": ("mibg_on", ""),
    "egfr_ml_min": ("egfr_on", ""),
    "nt_probnp_ng_l": ("nt_probnp_on", ""),
    "analogue_agent": ("analogue_on", ""),
}

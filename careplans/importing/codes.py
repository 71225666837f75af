"""By which codes a fact is known to other programs, and in which units. Pure.

Our own systems first; the FHIR server writes by what imports read. LOINC only where the meaning is the same, whatever the
method was (https://loinc.org, under its licence); units by UCUM (https://ucum.org).
"""

from collections.abc import Mapping

CANONICAL = "https://consilium.example/fhir"
"""Of the domain that is reserved for examples: names of our systems, wherever Consilium runs."""
OURS = f"{CANONICAL}/CodeSystem/"
FACT = f"{OURS}fact"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
FACT_OF_LOINC: Mapping[str, str] = {
    "29593-1": "ki67_percent",
    "89247-1": "ecog",
    "33762-6": "nt_probnp_ng_l",
    "33728-7": "largest_primary_mm",
    "97509-4": "recist_change",
}
# Of a fact that is a number, how LOINC's list of its answers names each (LL529-9 for ECOG).
ANSWERS_OF_LOINC: Mapping[str, Mapping[str, int]] = {
    "ecog": {"LA9622-7": 0, "LA9623-5": 1, "LA9624-3": 2, "LA9625-0": 3, "LA9626-8": 4, "LA9627-6": 5},
}
ECOG_DEAD = 5
"""The last grade of ECOG is death, which is no state of who is discussed."""
# Of each figure the units that say the same, ours first. What is only counted or scored may go without one.
UNITS_OF_FACT: Mapping[str, tuple[str, ...]] = {
    "largest_primary_mm": ("mm",), "largest_liver_lesion_mm": ("mm",), "mesenteric_mass_mm": ("mm",), "ki67_percent": ("%",),
    "ki67_cells_counted": ("{cells}", "1", ""), "mitoses_per_2mm2": ("/(2.mm2)",), "flushing_per_day": ("/d",),
    "stools_per_day": ("/d",), "stool_volume_ml": ("mL/d",), "pain_score": ("{score}", "1", ""), "weight_change_kg": ("kg",),
    "nt_probnp_ng_l": ("ng/L", "pg/mL"), "egfr_ml_min": ("mL/min/{1.73_m2}",), "recist_interval_months": ("mo",),
    "haemoglobin_g_dl": ("g/dL",), "leucocytes_10e9_l": ("10*9/L", "10*3/uL"), "neutrophils_10e9_l": ("10*9/L", "10*3/uL"),
    "platelets_10e9_l": ("10*9/L", "10*3/uL"), "bilirubin_umol_l": ("umol/L",), "albumin_g_l": ("g/L",), "lvef_percent": ("%",),
    "ecog": ("{score}", "1", ""), "krenning_score": ("{score}", "1", ""), "liver_lesion_count": ("{lesions}", "1", ""),
    "fdg_suvmax": ("{SUV}", "1", ""), "sstr_suvmax": ("{SUV}", "1", ""),
}  # fmt: skip
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
TEST_DATA = (f"{TERMINOLOGY}/v3-ActReason", "HTEST")
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"

"""Facts that some tumours need and others do not; their parts of the form open by site, grade and extent."""

from django.db import models

from careplans.models import fact_values as v
from careplans.models import tnm
from careplans.models.fact_columns import MM_HINT, day, figure, later_choice, later_line, whole

PER_LITRE = "In 10⁹/L: 75, where a report says 75,000/µL."


class Findings(models.Model):
    """Abstract: columns of the proforma, younger than the others."""

    t_stage = later_choice("T", tnm.T)
    n_stage = later_choice("N", tnm.N)
    m_stage = later_choice("M", tnm.M)
    staging_imaging = later_line("imaging that the stage rests on", "For example: CT and MRI.")

    gastric_type = later_choice("type of gastric NET", v.GastricType)

    mesenteric_mass = later_choice("mesenteric mass", v.Present)
    mesenteric_mass_mm = whole("largest diameter of the mesenteric mass", 1, 500, MM_HINT)
    mesenteric_on = day("date of the imaging of the mesentery")

    liver_lobes = later_choice("lobes with metastases", v.LiverLobes)
    portal_vein = later_choice("portal vein", v.PortalVein)
    biliary_access = later_choice("biliary anastomosis or stent", v.BiliaryAccess)
    liver_imaging = later_line("imaging of the liver", "For example: MRI with hepatobiliary contrast.")
    liver_imaged_on = day("date of the imaging of the liver")

    recist_change = later_choice("change since the earlier imaging (RECIST)", v.RecistChange)
    recist_interval_months = figure("interval between the two", 0, 240)
    recist_on = day("date of the later imaging")

    fdg_on = day("date of the FDG PET")
    fdg_suvmax = figure("SUVmax of the FDG PET", 0, 200)
    sstr_suvmax = figure("SUVmax of the receptor imaging", 0, 500)
    mibg_avidity = later_choice("MIBG avidity", v.MibgAvidity)
    mibg_on = day("date of the MIBG scan")

    haemoglobin_g_dl = figure("haemoglobin", 0, 30, "In g/dL: 12.1, where a report says 121 g/L.")
    leucocytes_10e9_l = figure("leucocytes", 0, 1000)
    neutrophils_10e9_l = figure("neutrophils", 0, 1000)
    platelets_10e9_l = figure("platelets", 0, 3000, PER_LITRE)
    bilirubin_umol_l = figure("bilirubin", 0, 1500, "In µmol/L; 1 mg/dL is 17.1 µmol/L.")
    albumin_g_l = figure("albumin", 1, 80, "In g/L: 38, where a report says 3.8 g/dL.")
    bloods_on = day("date of the blood tests")
    egfr_on = day("date of the eGFR")

    lvef_percent = figure("left ventricular ejection fraction (LVEF)", 0, 100)
    nt_probnp_on = day("date of the NT-proBNP")

    analogue_agent = later_line("last somatostatin analogue", "For example: lanreotide. No dose is worked out.")
    analogue_on = day("date of the last injection")

    class Meta:
        abstract = True

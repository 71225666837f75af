"""The board proforma: the structured NET facts of a case (domain note C.1).

Not recorded is a value of its own: a choice holds `not_recorded`; a number, date or text is empty. It is never "no".
"""

from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import BoardQuerySet
from careplans.models import fact_values as v
from careplans.models.fact_columns import AS_REPORTED, MM_HINT, choice, day, decimal, figure, line, text, whole
from careplans.models.fact_groups import GROUPS, UNITS
from careplans.models.figures import FigureColumn
from careplans.models.findings import Findings
from careplans.models.partial_dates import PartialDateColumn
from common.figures import Figure

NOT_RECORDED: tuple[object, ...] = (None, "", "not_recorded", [])


class Proforma(Findings):
    """One row per case; every change leaves a `FactChange`."""

    case = models.OneToOneField("careplans.Case", on_delete=models.PROTECT, related_name="proforma", primary_key=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    # While a specimen decides, what pathology says of the case (`specimens.FED`) is that specimen's and typed there.
    deciding_specimen = models.ForeignKey(
        "careplans.Specimen", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    diagnosed_on = day("date of the diagnosis")
    primary_site = choice("primary site", v.PrimarySite)
    primary_site_detail = line("site in detail", "Needed where the site is “other”.")
    largest_primary_mm = whole("largest diameter of the primary", 1, 500, MM_HINT)
    functional_status = choice("functional status", v.FunctionalStatus)
    syndrome = choice("syndrome", v.Syndrome)
    hormone_symptoms_controlled = choice("hormone symptoms controlled", v.SymptomControl)

    grade = choice("grade", v.Grade)
    grade_edition = choice("classification edition", v.GradeEdition, "Grades differ between editions: say which one.")
    nec_cell_type = choice("cell type of NEC", v.CellType)
    differentiation = choice("differentiation", v.Differentiation)
    ki67_percent = figure("Ki-67", 0, 100, AS_REPORTED)
    ki67_cells_counted = figure("cells counted for Ki-67", 1, 100000, is_whole=True)
    mitoses_per_2mm2 = figure("mitoses", 0, 1000)
    angioinvasion = choice("angioinvasion", v.Present)
    specimen = line("specimen", "For example: liver biopsy, resection.")
    pathology_on = day("date of the specimen or its report")

    t_category = line("T in words")
    n_category = line("N in words")
    m_category = line("M in words")
    stage_group = line("stage group")
    staging_system = choice("staging system", v.StagingSystem, "The same tumour can differ between systems.")
    stage_basis = choice("clinical or pathological", v.StageBasis)
    staged_on = day("date of staging")
    extent = choice("extent of disease", v.Extent)

    liver_metastases = choice("liver metastases", v.YesNo)
    other_metastatic_sites = models.JSONField("other metastatic sites", default=list, blank=True)
    largest_liver_lesion_mm = whole("largest liver lesion", 1, 500, MM_HINT)
    liver_lesion_count = figure("number of liver lesions", 0, 500, "For example: 4 or >10.", is_whole=True)
    liver_involvement = choice("share of the liver involved", v.LiverInvolvement)
    tumour_volume = choice("tumour volume", v.TumourVolume, "The board judges: no published cut-off.")
    visceral_crisis = choice("visceral crisis", v.VisceralCrisis)
    volume_reason = text("why the board judges volume and crisis so")

    surgery_option = choice("surgery possible", v.YesNo)
    surgery_option_reason = line("why")
    liver_surgery_option = choice("liver surgery possible", v.YesNoNotApplicable)
    liver_surgery_reason = line("why (liver)")
    fit_for_surgery = choice("fit for surgery", v.YesNo)
    fitness_reason = line("why (fitness)")

    sstr_expression = choice("somatostatin-receptor expression", v.SstrExpression)
    krenning_score = whole("Krenning score", 0, 4, "0 to 4.")
    sstr_tracer = line("tracer", "For example: 68Ga-DOTATATE.")
    sstr_on = day("date of receptor imaging")
    fdg_result = choice("FDG PET", v.FdgResult)

    ecog = whole("ECOG performance status", 0, 4, "0 to 4.")
    symptoms_on = day("date of the symptoms")
    flushing_per_day = figure("flushing", 0, 200, is_whole=True)
    stools_per_day = figure("stools", 0, 100, is_whole=True)
    stool_volume_ml = figure("stool volume", 0, 30000, is_whole=True)
    wheeze = choice("wheeze", v.YesNo)
    hypoglycaemia = choice("hypoglycaemia", v.YesNo)
    rash = choice("rash", v.YesNo)
    pain_score = whole("pain", 0, 10, "0 to 10.")
    weight_change_kg = decimal("weight change in six months", -150, 150, "Minus for weight lost.")

    heart_disease = choice("carcinoid heart disease", v.HeartDisease)
    echo_on = day("date of the echocardiogram")
    nt_probnp_ng_l = figure("NT-proBNP", 0, 200000)
    egfr_ml_min = figure("eGFR", 0, 250, "For example: 58.4 or >90.")
    marrow_function = choice("bone-marrow function", v.Function)
    liver_function = choice("liver function", v.Function)
    diabetes = choice("diabetes", v.YesNo)
    pregnancy = choice("pregnancy", v.YesNoNotApplicable)
    frailty = choice("frailty", v.Frailty)
    comorbidity_note = text("other comorbidity")

    men1 = choice("MEN1", v.GeneTest)
    men2 = choice("MEN2", v.GeneTest)
    vhl = choice("VHL", v.GeneTest)
    nf1 = choice("NF1", v.GeneTest)
    tsc = choice("TSC", v.GeneTest)
    sdhx = choice("SDHx", v.GeneTest)

    other_options_exhausted = choice("other treatment options exhausted", v.YesNo)
    trial_consideration = choice("clinical trial", v.TrialConsideration)
    wishes = text("the patient's wishes")
    contact_nurse = line("contact nurse")

    class Meta(Findings.Meta):
        abstract = False
        verbose_name_plural = "proformas"
        # Those that cases are looked for by (careplans/api/cases.py).
        indexes = [
            models.Index(fields=[name, "case"], condition=Q(**{f"{name}__isnull": False}), name=f"facts_by_{name}"[:30])
            for name in ("ki67_percent", "mitoses_per_2mm2", "liver_lesion_count", "egfr_ml_min")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(krenning_score=None) | Q(krenning_score__lte=4), name="facts_krenning_0_4"
            ),
            models.CheckConstraint(condition=Q(ecog=None) | Q(ecog__lte=4), name="facts_ecog_0_4"),
            models.CheckConstraint(condition=Q(pain_score=None) | Q(pain_score__lte=10), name="facts_pain_0_10"),
            models.CheckConstraint(
                condition=Q(largest_primary_mm=None) | Q(largest_primary_mm__gte=1), name="facts_primary_mm_positive"
            ),
            models.CheckConstraint(
                condition=Q(largest_liver_lesion_mm=None) | Q(largest_liver_lesion_mm__gte=1),
                name="facts_liver_mm_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"Proforma of case {self.pk}"

    def is_recorded(self, name: str) -> bool:
        return getattr(self, name) not in NOT_RECORDED

    def figure(self, name: str) -> Figure | None:
        """The bounds of a figure, for whatever compares it; None where it is not recorded."""
        column = self._meta.get_field(name)
        return column.figure(getattr(self, name)) if isinstance(column, FigureColumn) else None

    def display(self, name: str) -> str:
        """The value in words with its unit, or an empty text when it is not recorded."""
        return fact_in_words(name, getattr(self, name))


def fact_in_words(name: str, value: Any) -> str:
    """The same of a value as the proforma would hold it."""
    if value in NOT_RECORDED:
        return ""
    if name == "other_metastatic_sites":
        return ", ".join(v.OtherSite(site).label for site in value)
    value = LABELS[name].get(value, value) if name in LABELS else value
    if hasattr(value, "normalize"):
        value = f"{value.normalize():f}"
    if hasattr(value, "strftime"):
        value = f"{value:%-d %b %Y}"
    return f"{value} {UNITS.get(name, '')}".strip()


class FactChangeQuerySet(BoardQuerySet):
    """Of the board of their case."""

    def of_boards(self, boards: Sequence[int]) -> Self:
        return self.filter(case__board__in=boards)

    def boards_of(self, row: Any) -> list[int]:
        return [row.case.board_id]

    def for_api(self) -> Self:
        return self.select_related("case", "by")


class FactChange(models.Model):
    """One fact, from one value to another, by one person. Kept for good."""

    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="fact_changes")
    field = models.CharField(max_length=40)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    facts_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = FactChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["case", "field", "-id"], name="fact_change_by_field")]

    def __str__(self) -> str:
        return f"{self.field} of case {self.case_id}"

    @property
    def board_id(self) -> int:
        """Of its case, which must be loaded."""
        return self.case.board_id


# Of each choice, what its codes are called.
LABELS: dict[str, dict[Any, str]] = {
    column.name: {code: str(label) for code, label in column.flatchoices} for column in Proforma._meta.fields if column.choices
}  # fmt: skip
FIELDS: tuple[str, ...] = tuple(name for _, _, names in GROUPS for name in names)
DAYS: tuple[str, ...] = tuple(
    name for name in FIELDS if isinstance(Proforma._meta.get_field(name), models.DateField | PartialDateColumn)
)
FIGURES: dict[str, FigureColumn] = {
    name: column for name in FIELDS if isinstance(column := Proforma._meta.get_field(name), FigureColumn)
}

# What the case header shows: the facts that decide the order of management (statements S05 to S11, S15, S20, S25).
DECIDING: tuple[str, ...] = (
    "primary_site", "grade", "ki67_percent", "extent", "functional_status", "hormone_symptoms_controlled",
    "tumour_volume", "visceral_crisis", "surgery_option", "liver_surgery_option", "sstr_expression",
    "largest_primary_mm", "largest_liver_lesion_mm", "ecog",
)  # fmt: skip

# What a rule can look at (domain note C.1): the facts that are one of a few codes, and the two sizes.
READ_BY_RULES: frozenset[str] = frozenset(
    {*(name for name in FIELDS if getattr(Proforma._meta.get_field(name), "choices", None)),
     "largest_primary_mm", "largest_liver_lesion_mm"}
)  # fmt: skip

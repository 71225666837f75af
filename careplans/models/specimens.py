"""What was taken for the pathologist: one row for each specimen. Two of different grade are both kept; the board says which
one decides."""

from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet
from careplans.models import fact_values as v
from careplans.models.changes import Change, changed_at
from careplans.models.fact_columns import AS_REPORTED, choice, day, figure, line


class SpecimenQuerySet(BoardQuerySet):
    def standing(self) -> Self:
        return self.filter(removed_at=None)

    def for_api(self) -> Self:
        rows = self.select_related("case__proforma", "created_by")
        return rows.annotate(changed_at=changed_at(Change.Noun.SPECIMENS))

    def for_page(self) -> Self:
        return self.select_related("case__patient", "case__proforma", "case__responsible", "case__board", "created_by")


class Specimen(models.Model):
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="specimens")
    version = models.PositiveIntegerField(default=1, editable=False)

    taken_from = choice("taken from", v.SpecimenSite)
    detail = line("in detail", "For example: segment 6, or the laboratory's number.")
    kind = choice("kind", v.SpecimenKind)
    taken_on = day("date of the specimen or its report")
    grade = choice("grade", v.Grade)
    grade_edition = choice("classification edition", v.GradeEdition, "Grades differ between editions: say which one.")
    nec_cell_type = choice("cell type of NEC", v.CellType)
    differentiation = choice("differentiation", v.Differentiation)
    ki67_percent = figure("Ki-67", 0, 100, AS_REPORTED)
    ki67_cells_counted = figure("cells counted for Ki-67", 1, 100000, is_whole=True)
    mitoses_per_2mm2 = figure("mitoses", 0, 1000)
    angioinvasion = choice("angioinvasion", v.Present)

    removed_at = models.DateTimeField(null=True, editable=False)
    removed_reason = models.CharField(max_length=160, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = SpecimenQuerySet.as_manager()

    class Meta:
        ordering = ["taken_on", "id"]
        indexes = [models.Index(fields=["case", "removed_at"], name="specimen_by_case")]

    def __str__(self) -> str:
        """Where it was taken, how and when, as a sentence names it."""
        site = self.get_taken_from_display() if self.taken_from != "not_recorded" else "Specimen"
        kind = self.get_kind_display().lower() if self.kind != "not_recorded" else ""
        taken = str(self.taken_on or "")
        return ", ".join(part for part in (site, self.detail, kind, taken) if part)


# What its pathologist says of it, in the order of its form.
SPECIMEN_FIELDS: tuple[str, ...] = (
    "taken_from", "detail", "kind", "taken_on", "grade", "grade_edition", "nec_cell_type", "differentiation",
    "ki67_percent", "ki67_cells_counted", "mitoses_per_2mm2", "angioinvasion",
)  # fmt: skip
# What the facts of the case take from the specimen that decides, by the name that it has there.
FED: dict[str, str] = {
    **{name: name for name in SPECIMEN_FIELDS[4:]},
    "pathology_on": "taken_on",
    "specimen": "",
}


def fed_by(specimen: Specimen) -> dict[str, object]:
    """The facts of a case of which this specimen decides. What it does not say is not recorded."""
    return {fact: getattr(specimen, name) if name else str(specimen)[:160] for fact, name in FED.items()}

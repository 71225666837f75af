from typing import Self

from django.conf import settings
from django.db import models

from careplans.models.partial_dates import PartialDateColumn
from careplans.models.patients import Patient
from common.asked import ODD
from common.partial_dates import NotADate, PartialDate

# Before the name of a system: no field is called so, and a system may be called as a field is.
NUMBER = "number: "


class PatientChangeQuerySet(models.QuerySet["PatientChange"]):
    def for_page(self) -> Self:
        return self.select_related("by", "board").order_by("-id")


class PatientChange(models.Model):
    """One field of a patient, from one value to another, by one person for one board. Kept for good: a birth date that was
    mistyped over is found here. It stays with the row it was about, if two patients become one.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="changes")
    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=80)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    # What was odd about its day, and confirmed: a key of `common.asked.ODD`.
    confirmed = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = PatientChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["patient", "-id"], name="patient_change_newest")]

    def __str__(self) -> str:
        return f"{self.field} of patient {self.patient_id}"

    @property
    def label(self) -> str:
        words = label_of(self.field)
        return words if self.field.startswith(NUMBER) else words.capitalize()

    @property
    def old_words(self) -> str:
        return self._words(self.old)

    @property
    def new_words(self) -> str:
        return self._words(self.new)

    @property
    def confirmed_words(self) -> str:
        """“Confirmed that 17 May 2003 is after what is recorded of this patient”; empty where nothing was odd."""
        return f"confirmed that {self.new_words} {ODD[self.confirmed]}" if self.confirmed in ODD else ""

    def _words(self, value: object) -> str:
        if value in (None, ""):
            return "nothing"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.field not in DAYS:
            return str(value)
        try:
            return str(PartialDate.read(str(value)))
        except NotADate:  # a number in a system that is called as the field is, as it was kept at first
            return str(value)


def label_of(field: str) -> str:
    """The field in words; a further number goes by the name of its system."""
    if field.startswith(NUMBER):
        return field.removeprefix(NUMBER)
    names = {one.name: str(one.verbose_name) for one in Patient._meta.concrete_fields}
    return names.get(field, field)


DAYS = {
    field.name for field in Patient._meta.concrete_fields if isinstance(field, models.DateField | PartialDateColumn)
} - {"created_at"}

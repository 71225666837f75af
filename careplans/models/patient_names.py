from django.conf import settings
from django.db import models

# What `str()` says of a patient.
NAMED_BY = (
    "family_name", "given_name", "is_dead", "died_year", "died_month", "died_day", "transferred_to", "transferred_on",
)  # fmt: skip


class PatientName(models.Model):
    """Another name of a patient: one from before, or one by which they are known, too. Taken off, it stays readable."""

    class Kind(models.TextChoices):
        FORMER = "former", "Former name"
        ALIAS = "alias", "Also known as"

    patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="names")
    kind = models.CharField("what it is", max_length=8, choices=Kind)
    family_name = models.CharField("family name", max_length=80)
    # Empty where the given name is as it was, or where there is none.
    given_name = models.CharField("given name", max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(family_name=""), name="patient_name_says_something"),
            models.CheckConstraint(
                condition=models.Q(removed_at=None, removed_by=None)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
                name="patient_name_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}" if self.given_name else self.family_name

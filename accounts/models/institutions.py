from typing import Self

from django.db import models
from django.db.models import Q

from common.folding import fold

RECORD_NUMBER = "Record number"


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def for_list(self) -> Self:
        """With its boards and the systems by which it names patients."""
        return self.prefetch_related("boards", "systems")


class Institution(models.Model):
    """A hospital or a centre: its boards share its patients, and one record number means one person in it."""

    name = models.CharField("name", max_length=160, unique=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class IdentifierSystem(models.Model):
    """A way in which an institution names patients, or in which another hospital does whose number it keeps. The main one gives
    the record number, which every patient has."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="systems")
    name = models.CharField("name", max_length=80, help_text="As people say it, for example: NHS number.")
    uri = models.CharField(
        "address (URI)", max_length=200, blank=True,
        help_text="Names the system to other programs, for example https://fhir.nhs.uk/Id/nhs-number.",
    )  # fmt: skip
    format_hint = models.CharField(
        "how it is written", max_length=120, blank=True, help_text="Shown beside the field, for example: ten digits."
    )
    is_main = models.BooleanField(default=False, editable=False)
    # False where nobody set it up: a board named it with a number that it had to keep.
    is_asked = models.BooleanField(
        "ask for it", default=True, db_default=True, help_text="A field for it stands on the form of every patient."
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["-is_main", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "name"], name="identifier_system_once_per_institution"),
            models.UniqueConstraint(
                fields=["institution"], condition=Q(is_main=True), name="identifier_system_one_main"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_named(self, text: str) -> bool:
        """By its address, or by its name however that is written."""
        return bool(self.uri and text.strip() == self.uri) or fold(text) == fold(self.name)

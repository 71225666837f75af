"""What came into the record from another program: one row for each upload that was carried out, and what became of each of its
parts. The upload itself is not kept: what it brought stands in the record, with its history."""

from typing import Self

from django.conf import settings
from django.db import models

from accounts.access import BoardQuerySet


class ImportQuerySet(BoardQuerySet):
    def for_list(self) -> Self:
        """With how many parts became what, as the list tells it: `new`, `changed`, `same`, `left_out`. One query."""
        counts = {
            name: models.Count("parts", filter=models.Q(parts__does__in=does))
            for name, does in ImportedPart.COUNTED.items()
        }
        return self.select_related("board", "by").annotate(**counts)

    def with_parts(self) -> Self:
        return self.prefetch_related(models.Prefetch("parts", ImportedPart.objects.order_by("id")))

    def for_page(self) -> Self:
        parts = ImportedPart.objects.select_related("patient", "case").order_by("id")
        return self.select_related("board", "by").prefetch_related(models.Prefetch("parts", parts))


class Import(models.Model):
    """One upload that was carried out, known by the number that its sender gave it, or by its content where there is none."""

    class Format(models.TextChoices):
        BUNDLE = "fhir_bundle", "FHIR Bundle"
        ADT = "hl7_adt", "HL7 v2 ADT message"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="imports")
    format = models.CharField(max_length=12, choices=Format)
    # The sending application and facility, or the system of the Bundle's identifier.
    source = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    # When the sender wrote it, where it says so: what is older than that is refused (`services.imports.later_than`).
    sent_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "format", "source", "number"], name="import_once_per_board")
        ]

    def __str__(self) -> str:
        return f"{self.get_format_display()} {self.number}"


class ImportedPart(models.Model):
    """One part of an upload, by its place in it, and what became of it."""

    class Does(models.TextChoices):
        ADDED = "added", "New patient"
        TAKEN_ON = "taken_on", "Known patient taken on"
        CHANGED = "changed", "Patient changed"
        OPENED = "opened", "New case"
        SET = "set", "Facts set"
        ASKED = "asked", "Merge asked for"
        ALREADY = "already", "There already"
        LEFT_OUT = "left_out", "Not taken over"
        REFUSED = "refused", "Refused"

    # How a list counts them. What is refused is in none: then nothing of the upload was imported, and no row made.
    COUNTED = {
        "new": (Does.ADDED, Does.TAKEN_ON, Does.OPENED), "changed": (Does.CHANGED, Does.SET, Does.ASKED),
        "same": (Does.ALREADY,), "left_out": (Does.LEFT_OUT,),
    }  # fmt: skip

    upload = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="parts")
    place = models.CharField(max_length=120)
    does = models.CharField(max_length=12, choices=Does)
    # How the sender names it, by which the same tumour is found again.
    key = models.CharField(max_length=200, blank=True)
    patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.place} of import {self.upload_id}"

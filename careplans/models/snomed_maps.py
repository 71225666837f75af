"""Codes of SNOMED CT beside ours, as the site itself loads them: the licence is the site's, and nothing of it is shipped.

A map is never changed. The next one takes its place, and what stood before stays readable in the database.
"""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

SNOMED = "http://snomed.info/sct"
LONGEST_DISPLAY = 255


class SnomedMapQuerySet(models.QuerySet["SnomedMap"]):
    def in_force(self) -> Self:
        return self.filter(ended_at=None)


class SnomedMap(models.Model):
    """`edition` is the SCTID of the edition's module, `released_on` the day of its release: together they are the version of
    every code. `content_hash` is SHA-256 over both and the codes, so that the same file changes nothing."""

    edition = models.CharField(max_length=18)
    released_on = models.DateField()
    file_name = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(default=timezone.now)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = SnomedMapQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "map to SNOMED CT"
        constraints = [
            models.UniqueConstraint(
                Case(When(ended_at__isnull=True, then=Value(1)), output_field=models.SmallIntegerField()),
                name="snomed_map_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="snomed_map_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"SNOMED CT, edition {self.edition}, release {self.released_on}"

    @property
    def version(self) -> str:
        return version_of(self.edition, self.released_on)


class SnomedCode(models.Model):
    """One code of ours and its concept of SNOMED CT. `system` is the id of our value set, or `ncit` for a code of a tumour."""

    class Relation(models.TextChoices):
        """What SNOMED CT's concept is to ours, in the words of FHIR R4 (ConceptMap.equivalence). One that is narrower has no
        place here: it would say more than the record does."""

        EQUIVALENT = "equivalent", "means the same"
        WIDER = "wider", "is wider than ours"
        RELATED = "relatedto", "is related; how was not said"

    map = models.ForeignKey(SnomedMap, on_delete=models.PROTECT, related_name="codes")
    system = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    sctid = models.CharField(max_length=18)
    display = models.CharField(max_length=LONGEST_DISPLAY)
    relation = models.CharField(max_length=10, choices=Relation, default=Relation.RELATED)

    class Meta:
        ordering = ["pk"]
        verbose_name = "code of SNOMED CT"
        constraints = [
            models.UniqueConstraint(fields=["map", "system", "code"], name="snomed_code_one_for_each_of_ours"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}: {self.sctid} {self.display}"


def version_of(edition: str, released_on: date) -> str:
    """As FHIR names an edition's release: https://hl7.org/fhir/R4/snomedct.html, “Version”."""
    return f"{SNOMED}/{edition}/version/{released_on:%Y%m%d}"

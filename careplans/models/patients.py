import unicodedata
from typing import Self

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from accounts.access import BoardQuerySet


def search_key(text: str) -> str:
    """Lower case without accents, so that “Muller” finds “Müller” on both databases."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip()


def starts_with(column: str, value: str) -> Q:
    """Prefix match that uses the index: SQLite's LIKE cannot, a range can; PostgreSQL has a pattern index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": value, f"{column}__lt": f"{value}\U0010ffff"})
    return Q(**{f"{column}__startswith": value})


class PatientQuerySet(BoardQuerySet):
    def search(self, text: str) -> Self:
        """Every word must begin the record number, the family name or the given name."""
        rows = self
        for word in search_key(text).split():
            rows = rows.filter(
                starts_with("record_key", word) | starts_with("family_key", word) | starts_with("given_key", word)
            )
        return rows

    def for_list(self) -> Self:
        return self.prefetch_related("cases")

    def for_detail(self) -> Self:
        return self.select_related("board").prefetch_related("cases__proforma", "cases__plans")


class Patient(models.Model):
    """A person under the care of one board's institution."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Unknown"

    board = models.ForeignKey("accounts.Board", on_delete=models.PROTECT, related_name="patients")
    record_number = models.CharField("record number", max_length=32, help_text="As your hospital writes it.")
    family_name = models.CharField("family name", max_length=80)
    given_name = models.CharField("given name", max_length=80)
    birth_date = models.DateField("date of birth")
    sex = models.CharField("sex", max_length=8, choices=Sex, default=Sex.UNKNOWN)
    is_synthetic = models.BooleanField(default=False, editable=False)
    record_key = models.CharField(max_length=32, editable=False)
    family_key = models.CharField(max_length=100, editable=False)
    given_key = models.CharField(max_length=100, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_key", "id"]
        constraints = [
            models.UniqueConstraint(fields=["board", "record_key"], name="patient_record_number_once_per_board"),
        ]
        indexes = [
            models.Index(fields=["board", "family_key", "id"], name="patient_by_name"),
            models.Index(fields=["family_key"], name="patient_family_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["given_key"], name="patient_given_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["record_key"], name="patient_record_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["board", "birth_date"], name="patient_by_birth_date"),
            models.Index(fields=["board", "-id"], name="patient_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

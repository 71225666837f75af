"""By what a patient is found: written with each change of a name or number by `services.patient_keys`, and never typed."""

from collections.abc import Iterable, Sequence
from typing import Self

from django.db import connection, models
from django.db.models import Q

from common.folding import LONGEST, beginnings, number_beginnings, wholes


def starts_with(column: str, value: str) -> Q:
    """Prefix match that uses the index: SQLite's LIKE cannot, a range can; PostgreSQL has a pattern index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": value, f"{column}__lt": f"{value}\U0010ffff"})
    return Q(**{f"{column}__startswith": value})


class PatientKeyQuerySet(models.QuerySet["PatientKey"]):
    def begin_with(self, beginnings: Sequence[str]) -> Self:
        """Any of these begins the key: one range of the index for each."""
        condition = Q()
        for beginning in beginnings:
            condition |= starts_with("key", beginning)
        return self.filter(condition)


class PatientKey(models.Model):
    """Some of many for one patient: common/folding.py says which. A whole name has blanks where it has several words, so no
    word of a query begins it wrongly."""

    class Kind(models.TextChoices):
        WORD = "w", "From a word of a name"
        NUMBER = "n", "From a word of a number"
        WHOLE = "a", "A whole name, its words in the order of the alphabet"

    patient = models.ForeignKey("careplans.Patient", on_delete=models.PROTECT, related_name="keys", db_index=False)
    kind = models.CharField(max_length=1, choices=Kind)
    key = models.CharField(max_length=LONGEST)

    objects = PatientKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "key", "kind"], name="patient_key_once")]
        indexes = [
            models.Index(
                fields=["key", "patient"], name="patient_key_prefix", opclasses=["varchar_pattern_ops", "int8_ops"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def keys_of(names: Iterable[tuple[str, str]], numbers: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and key of all that these names (family, given) and numbers are found by."""
    kind = PatientKey.Kind
    found = set()
    for family_name, given_name in names:
        found |= {(kind.WORD.value, key) for key in beginnings(family_name) | beginnings(given_name)}
        found |= {(kind.WHOLE.value, key) for key in wholes(family_name, given_name)}
    return found | {(kind.NUMBER.value, key) for number in numbers for key in number_beginnings(number)}

"""By which words of its title a case is found: written with each change of it by `services.case_keys`, and never typed."""

from collections.abc import Sequence
from typing import Self

from django.db import models
from django.db.models import Q

from careplans.models.patient_keys import starts_with
from common.folding import LONGEST


class CaseKeyQuerySet(models.QuerySet["CaseKey"]):
    def begin_with(self, beginnings: Sequence[str]) -> Self:
        """Any of these begins the key: one range of the index for each."""
        condition = Q()
        for beginning in beginnings:
            condition |= starts_with("key", beginning)
        return self.filter(condition)


class CaseKey(models.Model):
    """What is left of the title from one of its words on, folded as names are (common/folding.py)."""

    case = models.ForeignKey("careplans.Case", on_delete=models.PROTECT, related_name="keys", db_index=False)
    key = models.CharField(max_length=LONGEST)

    objects = CaseKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="case_key_once")]
        indexes = [
            models.Index(fields=["key", "case"], name="case_key_prefix", opclasses=["varchar_pattern_ops", "int8_ops"])
        ]

    def __str__(self) -> str:
        return f"{self.key} of case {self.case_id}"

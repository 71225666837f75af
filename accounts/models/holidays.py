from datetime import date
from typing import Self

from django.db import models


class HolidayQuerySet(models.QuerySet["Holiday"]):
    def ahead(self, today: date) -> Self:
        return self.filter(day__gte=today)


class Holiday(models.Model):
    """A day on which a board sends no reminders and no template plans a step. Not a clinical row: it may be removed."""

    board = models.ForeignKey("accounts.Board", on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField("day")
    name = models.CharField("name", max_length=80)

    objects = HolidayQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["board", "day"], name="holiday_once_per_board")]

    def __str__(self) -> str:
        return f"{self.day:%-d %b %Y} {self.name}"

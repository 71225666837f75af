"""How a fact is kept, one function for each kind of column. Not recorded is a value of its own, never "no"."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn

AS_REPORTED = "As the report gives it: 6, <1, >95 or 3-5."
MM_HINT = "Whole millimetres: 25, not 2.5 cm."


def choice(label: str, choices: type[models.TextChoices], hint: str = "") -> Any:
    return models.CharField(label, max_length=24, choices=choices, default="not_recorded", help_text=hint)


def later_choice(label: str, choices: type[models.TextChoices], hint: str = "") -> Any:
    """Of a column that is younger than the table: what does not know it yet writes that it is not recorded."""
    return models.CharField(
        label, max_length=24, choices=choices, default="not_recorded", db_default="not_recorded", help_text=hint
    )


def whole(label: str, low: int, high: int, hint: str = "") -> Any:
    limits = [MinValueValidator(low), MaxValueValidator(high)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=limits, help_text=hint)


def decimal(label: str, low: int, high: int, hint: str = "") -> Any:
    limits = [MinValueValidator(low), MaxValueValidator(high)]
    return models.DecimalField(
        label, max_digits=8, decimal_places=2, null=True, blank=True, validators=limits, help_text=hint
    )


def figure(label: str, low: int, high: int, hint: str = "", *, is_whole: bool = False) -> Any:
    return FigureColumn(label, low=low, high=high, whole=is_whole, help_text=hint)


def day(label: str) -> Any:
    """As far as it is known: a letter may say “biopsy in 2019”."""
    return PartialDateColumn(label, null=True, blank=True)


def line(label: str, hint: str = "") -> Any:
    return models.CharField(label, max_length=160, blank=True, help_text=hint)


def later_line(label: str, hint: str = "") -> Any:
    return models.CharField(label, max_length=160, blank=True, default="", db_default="", help_text=hint)


def text(label: str, hint: str = "") -> Any:
    return models.TextField(label, blank=True, help_text=hint)

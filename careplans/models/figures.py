"""A column for a figure as a report gives it (`common.figures`): the text as written; empty is not recorded."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from careplans.models.fact_groups import UNITS
from common.figures import LONGEST, Figure, NotAFigure, plain, read_figure


class FigureColumn(models.CharField):
    """`low` and `high` are the least and the most that can be. What stands in the column is as written, old whole numbers
    and decimals included; `figure()` gives the bounds."""

    # What can be is checked when it is written: the database holds text.
    non_db_attrs = (*models.CharField.non_db_attrs, "low", "high", "whole")

    def __init__(self, *args: Any, low: int, high: int, whole: bool = False, **kwargs: Any) -> None:
        self.low, self.high, self.whole = low, high, whole
        super().__init__(*args, **{"max_length": LONGEST, "null": True, "blank": True} | kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"low": self.low, "high": self.high, "whole": self.whole}

    @property
    def unit(self) -> str:
        return UNITS.get(self.name, "")

    def to_python(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        return plain(value) if isinstance(value, Decimal) else str(value)

    def get_prep_value(self, value: Any) -> str | None:
        return self.to_python(value)

    def figure(self, value: Any) -> Figure | None:
        """The bounds of a stored value; None where nothing is recorded."""
        text = self.to_python(value)
        return (
            None if text is None else read_figure(text, low=self.low, high=self.high, whole=self.whole, unit=self.unit)
        )

    def checked(self, value: Any) -> str | None:
        """As it will stand in the column; raises ValidationError for what is no figure."""
        try:
            figure = self.figure(value)
        except NotAFigure as error:
            raise ValidationError({self.name: str(error)}) from error
        return figure.written if figure else None

"""A column for a day that may be known to the year or the month alone (`common.partial_dates`), kept as FHIR writes it.

Old and new texts stand in the order of their earliest days, and one index finds a day, a month or a year.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.query_utils import DeferredAttribute

from common.partial_dates import LONGEST, NotADate, PartialDate


class _Attribute(DeferredAttribute):
    """Whatever is put on a row reads as a PartialDate at once, not only when it comes from the database."""

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.field.attname] = self.field.to_python(value)


class PartialDateColumn(models.Field):
    if TYPE_CHECKING:
        _pyi_private_set_type: PartialDate | date | str
        _pyi_private_get_type: PartialDate

    descriptor_class = _Attribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST} | kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length")
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "CharField"

    def to_python(self, value: Any) -> Any:
        if isinstance(value, date):
            return PartialDate.of(value)
        if not isinstance(value, str):
            return value
        try:
            return PartialDate.read(value) if value else None
        except NotADate as error:
            raise ValidationError(str(error), code="invalid") from error

    def from_db_value(self, value: str | None, *_: Any) -> PartialDate | None:
        return None if value is None else PartialDate.read(value)

    def get_prep_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, PartialDate | date) else super().get_prep_value(value)

    def value_to_string(self, row: models.Model) -> str:
        value: Any = self.value_from_object(row)
        return "" if value is None else value.isoformat()


def may_be(column: str, day: PartialDate) -> Q:
    """Of rows whose day can be this one: it, what is known of it less exactly, and what is known more exactly. By the index."""
    same = Q(**{f"{column}__in": day.known_as_far()})
    if day.is_exact:
        return same
    # What follows the last day that begins so; “2019-13” is behind every day of December, in any order of letters.
    behind = f"{day.year + 1:04}" if day.month is None else f"{day.year:04}-{day.month + 1:02}"
    return same | Q(**{f"{column}__gte": day.isoformat(), f"{column}__lt": behind})

"""A value that was read, as the proforma keeps it, and a fact as people call it. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import IntegerField

from careplans.importing.uploads import Finding
from careplans.models import Proforma
from careplans.models.fact_values import OtherSite
from careplans.models.figures import FigureColumn
from careplans.models.proforma import FIGURES
from common.figures import WHOLE

SITES = "other_metastatic_sites"


def cleaned(name: str, value: Any) -> Any:
    """As the column takes it. Raises ValidationError."""
    column: Any = Proforma._meta.get_field(name)
    if name == SITES:
        return _sites(value)
    if isinstance(column, FigureColumn):
        try:
            return FIGURES[name].checked(value)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
    if isinstance(column, IntegerField) and isinstance(value, str):
        value = _whole(value)
    return column.clean(value, None)


def comparable(finding: Finding) -> str:
    """Of its value, as the proforma would hold it; what it refuses is refused later."""
    try:
        return str(cleaned(finding.name, finding.value))
    except ValidationError:
        return str(finding.value)


def label(name: str) -> str:
    words = str(getattr(Proforma._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]


def _whole(text: str) -> int:
    """38 and 38.0 say the same; 3.8 is no whole number."""
    number = Decimal(text)
    if number != number.to_integral_value():
        raise ValidationError(f"{text}: {WHOLE}")
    return int(number)


def _sites(codes: Sequence[str]) -> list[str]:
    if unknown := [code for code in codes if code not in OtherSite.values]:
        raise ValidationError(f"“{unknown[0][:40]}” is no site that the proforma knows: {', '.join(OtherSite.values)}.")
    return [site for site in OtherSite.values if site in codes]

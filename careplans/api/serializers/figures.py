"""What serializers of rows with figures share."""

from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import Body, DecimalNumber, FigureField, WholeNumber
from careplans.models.figures import FigureColumn
from common.figures import Figure, plain

NUMBERS = {serializers.IntegerField: WholeNumber, serializers.DecimalField: DecimalNumber}


class FigureFields(Body):
    """A figure as a report gives it, and numbers that ask."""

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        if isinstance(model_field, FigureColumn):
            limits = {
                "least": model_field.low,
                "most": model_field.high,
                "whole": model_field.whole,
                "unit": model_field.unit,
            }
            return FigureField, {"required": False, "allow_null": True, "help_text": model_field.help_text} | limits
        kind, kwargs = super().build_standard_field(field_name, model_field)
        return NUMBERS.get(kind, kind), kwargs


class BoundsSerializer(serializers.Serializer):
    """The ends of a figure as they were written. null: nobody wrote this end, it is open. `low_included`, `high_included`:
    whether the bound itself counts; false where it is open."""

    low = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    high = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    low_included = serializers.BooleanField()
    high_included = serializers.BooleanField()
    about = serializers.BooleanField(help_text="Written as ca. or about.")


class WithBounds(serializers.Serializer):
    bounds = serializers.SerializerMethodField(
        help_text="Of each figure that is recorded, by its name: the figure itself is served as it is written."
    )

    @extend_schema_field(serializers.DictField(child=BoundsSerializer()))
    def get_bounds(self, row: Model) -> dict[str, dict[str, Any]]:
        columns = [column for column in row._meta.fields if isinstance(column, FigureColumn)]
        figures = {column.name: column.figure(getattr(row, column.name)) for column in columns}
        return {name: bounds(figure) for name, figure in figures.items() if figure}


def bounds(figure: Figure) -> dict[str, Any]:
    """What can be entered at all is no finding: of `>20` the upper end is open."""
    low = None if figure.low_is_limit else figure.low
    high = None if figure.high_is_limit else figure.high
    return {
        "low": None if low is None else plain(low),
        "high": None if high is None else plain(high),
        "low_included": low is not None and figure.with_low,
        "high_included": high is not None and figure.with_high,
        "about": figure.is_about,
    }

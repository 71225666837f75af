from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import DecimalNumber, FigureField, Millimetres, WholeNumber
from careplans.api.serializers.contradictions import ContradictionSerializer, as_row
from careplans.models import Proforma
from careplans.models.fact_values import OtherSite
from careplans.models.figures import FigureColumn
from careplans.models.proforma import FIELDS, FIGURES
from careplans.readers.contradictions import contradictions_of
from common.figures import Figure, plain

NUMBERS = {serializers.IntegerField: WholeNumber, serializers.DecimalField: DecimalNumber}


class ProformaBody(serializers.ModelSerializer):
    """Facts to save: any of them. `not_recorded` for a choice, null for a number or date, empty for a text."""

    largest_primary_mm = Millimetres(required=False, allow_null=True)
    largest_liver_lesion_mm = Millimetres(required=False, allow_null=True)
    other_metastatic_sites = serializers.ListField(
        child=serializers.ChoiceField(choices=OtherSite.choices), required=False, max_length=len(OtherSite)
    )

    class Meta:
        model = Proforma
        fields = FIELDS

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        if isinstance(model_field, FigureColumn):
            limits = {"least": model_field.low, "most": model_field.high, "whole": model_field.whole}
            return FigureField, {"required": False, "allow_null": True, "help_text": model_field.help_text} | limits
        kind, kwargs = super().build_standard_field(field_name, model_field)
        return NUMBERS.get(kind, kind), kwargs

    def validate_other_metastatic_sites(self, sites: list[str]) -> list[str]:
        return list(dict.fromkeys(sites))


class BoundsSerializer(serializers.Serializer):
    """What a figure as written can stand for. null: open. `low_included`, `high_included`: whether the bound itself counts."""

    low = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    high = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    low_included = serializers.BooleanField()
    high_included = serializers.BooleanField()
    about = serializers.BooleanField(help_text="Written as ca. or about.")


class ProformaSerializer(ProformaBody):
    bounds = serializers.SerializerMethodField(
        help_text="Of each figure that is recorded, by its name: the figure itself is served as it is written."
    )

    @extend_schema_field(serializers.DictField(child=BoundsSerializer()))
    def get_bounds(self, facts: Proforma) -> dict[str, dict[str, Any]]:
        found = {name: column.figure(getattr(facts, name)) for name, column in FIGURES.items()}
        return {name: _bounds(figure) for name, figure in found.items() if figure}

    contradictions = serializers.SerializerMethodField(help_text="Facts that do not go together, with their answers.")

    @extend_schema_field(ContradictionSerializer(many=True))
    def get_contradictions(self, facts: Proforma) -> Any:
        return ContradictionSerializer([as_row(one) for one in contradictions_of(facts)], many=True).data

    class Meta(ProformaBody.Meta):
        fields = (*FIELDS, "bounds", "contradictions", "version")
        read_only_fields = fields


def _bounds(figure: Figure) -> dict[str, Any]:
    return {
        "low": None if figure.low is None else plain(figure.low),
        "high": None if figure.high is None else plain(figure.high),
        "low_included": figure.with_low, "high_included": figure.with_high, "about": figure.is_about,
    }  # fmt: skip

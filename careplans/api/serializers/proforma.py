from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import AsksAboutDays, Millimetres
from careplans.api.plainly import plain_rows
from careplans.api.serializers.contradictions import ContradictionSerializer, as_row
from careplans.api.serializers.figures import FigureFields, WithBounds
from careplans.models import Proforma
from careplans.models.fact_groups import FOUND
from careplans.models.fact_values import OtherSite
from careplans.models.proforma import FIELDS
from careplans.readers.facts.contradictions import contradictions_of
from careplans.readers.facts.proforma import found_of


class ProformaBody(AsksAboutDays, FigureFields):
    """Facts to save: any of them. `not_recorded` for a choice, null for a number or date, empty for a text."""

    largest_primary_mm = Millimetres(required=False, allow_null=True)
    largest_liver_lesion_mm = Millimetres(required=False, allow_null=True)
    mesenteric_mass_mm = Millimetres(required=False, allow_null=True)
    other_metastatic_sites = serializers.ListField(
        child=serializers.ChoiceField(choices=OtherSite.choices), required=False, max_length=len(OtherSite)
    )

    class Meta:
        model = Proforma
        fields = (*FIELDS, "confirmed_dates")

    def validate_other_metastatic_sites(self, sites: list[str]) -> list[str]:
        return list(dict.fromkeys(sites))


class ProformaSerializer(WithBounds, ProformaBody):
    found = serializers.SerializerMethodField(
        help_text="Of each recorded fact, by its name: its specimen or scan and its day, as far as the proforma asks for them."
    )

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_found(self, facts: Proforma) -> dict[str, str]:
        told = {name: found_of(name, lambda one: getattr(facts, one)) for name in FOUND if facts.is_recorded(name)}
        return {name: words for name, words in told.items() if words}

    contradictions = serializers.SerializerMethodField(help_text="Facts that do not go together, with their answers.")

    @extend_schema_field(ContradictionSerializer(many=True))
    def get_contradictions(self, facts: Proforma) -> Any:
        return plain_rows(ContradictionSerializer, [as_row(one) for one in contradictions_of(facts)])

    class Meta(ProformaBody.Meta):
        fields = (*FIELDS, "deciding_specimen", "bounds", "found", "contradictions", "version")
        read_only_fields = fields

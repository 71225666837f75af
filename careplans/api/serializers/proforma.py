from rest_framework import serializers

from careplans.api.fields import Millimetres
from careplans.models import Proforma
from careplans.models.fact_values import OtherSite
from careplans.models.proforma import FIELDS


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

    def validate_other_metastatic_sites(self, sites: list[str]) -> list[str]:
        return list(dict.fromkeys(sites))


class ProformaSerializer(ProformaBody):
    class Meta(ProformaBody.Meta):
        fields = (*FIELDS, "version")
        read_only_fields = fields

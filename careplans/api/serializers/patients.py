from rest_framework import serializers

from careplans.models import Patient


class PatientSerializer(serializers.ModelSerializer):
    """The only place of the API with a name, a record number or a birth date."""

    cases: serializers.Field = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Patient
        fields = (
            "id", "board", "record_number", "family_name", "given_name", "birth_date", "sex", "is_synthetic", "cases",
            "version", "created_at",
        )  # fmt: skip
        read_only_fields = fields

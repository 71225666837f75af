from typing import TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models.institutions import RECORD_NUMBER
from careplans.models import Patient, PatientIdentifier


class Identifier(TypedDict):
    system: str
    uri: str
    value: str


class IdentifierSerializer(serializers.Serializer):
    """One number of a patient: the record number first, then those of the institution's further systems."""

    system = serializers.CharField()
    uri = serializers.CharField(help_text="Empty where the institution has not named the system for programs.")
    value = serializers.CharField()


class PatientSerializer(serializers.ModelSerializer):
    """The only place of the API with a name, a record number or a birth date."""

    board = serializers.SerializerMethodField(help_text="The first of your boards that know the patient.")
    boards = serializers.SerializerMethodField(help_text="Those of your boards that know the patient.")
    institution: serializers.Field = serializers.StringRelatedField()
    identifiers = serializers.SerializerMethodField()
    cases: serializers.Field = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="Those on your boards."
    )

    class Meta:
        model = Patient
        fields = (
            "id", "board", "boards", "institution", "record_number", "identifiers", "family_name", "given_name", "birth_date",
            "sex", "is_synthetic", "cases", "version", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_board(self, patient: Patient) -> int:
        return self.get_boards(patient)[0]

    def get_boards(self, patient: Patient) -> list[int]:
        return [row.board_id for row in patient.on_boards.all()]

    @extend_schema_field(IdentifierSerializer(many=True))
    def get_identifiers(self, patient: Patient) -> list[Identifier]:
        systems = patient.institution.systems.all() if patient.institution else []
        main = next((system for system in systems if system.is_main), None)
        own: Identifier = {
            "system": main.name if main else RECORD_NUMBER, "uri": main.uri if main else "", "value": patient.record_number,
        }  # fmt: skip
        return [own, *map(_further, patient.identifiers.all())]


def _further(row: PatientIdentifier) -> Identifier:
    return {"system": row.system.name, "uri": row.system.uri, "value": row.value}

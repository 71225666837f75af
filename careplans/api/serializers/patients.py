from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models.institutions import RECORD_NUMBER
from careplans.api.fields import AsksAboutDays, Body, Day, PartialDay, WholeNumber
from careplans.api.serializers.outcomes import answered
from careplans.models import CareEnd, Patient, PatientBoard, PatientIdentifier, PatientName


class Identifier(TypedDict):
    system: str
    uri: str
    value: str


class IdentifierSerializer(serializers.Serializer):
    """One number of a patient: the record number first, then those of the institution's further systems."""

    system = serializers.CharField()
    uri = serializers.CharField(help_text="Empty where the institution has not named the system for programs.")
    value = serializers.CharField()


class OtherName(TypedDict):
    id: int
    kind: str
    family_name: str
    given_name: str


class OtherNameSerializer(serializers.Serializer):
    """A former name of a patient, or one by which they are known, too."""

    id = serializers.IntegerField(help_text="The id by which it is taken off.")
    kind = serializers.ChoiceField(PatientName.Kind.choices)
    family_name = serializers.CharField()
    given_name = serializers.CharField(help_text="Empty where it is the same as now.")


class PatientSerializer(serializers.ModelSerializer):
    """The only place of the API with a name, a record number or a birth date."""

    board = serializers.SerializerMethodField(help_text="The id of the first of your boards that know the patient.")
    boards = serializers.SerializerMethodField(help_text="The ids of those of your boards that know the patient.")
    institution: serializers.Field = serializers.StringRelatedField()
    identifiers = serializers.SerializerMethodField()
    other_names = serializers.SerializerMethodField(help_text="Former names and aliases: the search finds them, too.")
    birth_date = PartialDay(help_text="As far as it is known: 1960-05-17, 1960-05 or 1960.")
    died_on = serializers.SerializerMethodField(help_text="As far as it is known: 2026-03-04, 2026-03, 2026 or null.")
    merged_into: serializers.Field = serializers.PrimaryKeyRelatedField(
        read_only=True,
        allow_null=True,
        help_text="The id of the patient whose record stands for this one, as they are one person (in FHIR: replaced-by).",
    )
    replaces: serializers.Field = serializers.PrimaryKeyRelatedField(
        source="absorbed", many=True, read_only=True, help_text="The ids of the records that were merged into this one."
    )
    cases: serializers.Field = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="The ids of those on your boards."
    )

    class Meta:
        model = Patient
        fields = (
            "id", "board", "boards", "institution", "record_number", "identifiers", "family_name", "given_name",
            "other_names", "birth_date", "sex",
            "is_synthetic", "is_dead", "died_on", "transferred_to", "transferred_on", "merged_into",
            "replaces", "cases", "version", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_board(self, patient: Patient) -> int:
        return self.get_boards(patient)[0]

    def get_boards(self, patient: Patient) -> list[int]:
        return [row.board_id for row in patient.on_boards.all()]

    def get_died_on(self, patient: Patient) -> str | None:
        parts = [(patient.died_year, 4), (patient.died_month, 2), (patient.died_day, 2)]
        return "-".join(f"{part:0{width}}" for part, width in parts if part is not None) or None

    @extend_schema_field(IdentifierSerializer(many=True))
    def get_identifiers(self, patient: Patient) -> list[Identifier]:
        systems = patient.institution.systems.all() if patient.institution else []
        main = next((system for system in systems if system.is_main), None)
        own: Identifier = {
            "system": main.name if main else RECORD_NUMBER, "uri": main.uri if main else "", "value": patient.record_number,
        }  # fmt: skip
        return [own, *map(_further, patient.identifiers.all())]

    @extend_schema_field(OtherNameSerializer(many=True))
    def get_other_names(self, patient: Patient) -> list[OtherName]:
        return [
            {"id": row.pk, "kind": row.kind, "family_name": row.family_name, "given_name": row.given_name}
            for row in patient.names.all()
        ]


CONFIRMED = "Send true: it ends every case, plan, step and follow-up of the patient on every board of the institution."


class Confirmed(serializers.Serializer):
    """What ends all care of a patient says so in its body."""

    confirmed_all = serializers.BooleanField(help_text=CONFIRMED, error_messages={"required": CONFIRMED})
    why = serializers.CharField(
        required=False, help_text="Why the date is right, where something is recorded as done after it."
    )

    def validate_confirmed_all(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(CONFIRMED)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.pop("confirmed_all")
        return attrs


class DeathBody(Confirmed):
    year = WholeNumber(allow_null=True, min_value=1900, max_value=2199, help_text="Null: not even the year is known.")
    month = WholeNumber(default=None, allow_null=True, min_value=1, max_value=12)
    day = WholeNumber(default=None, allow_null=True, min_value=1, max_value=31)
    source = serializers.CharField(max_length=200, help_text="Where it is known from.")  # type: ignore[assignment]  # DRF's own


class TransferBody(Confirmed):
    to_centre = serializers.CharField(max_length=160)
    on = Day(help_text="From which day the other centre has the patient in care.")
    taken_over_by = serializers.CharField(max_length=160, help_text="Who takes over there.")
    confirmed = answered(CareEnd.Confirmed.choices, "Say whether the other centre has confirmed it.")


class AddNameBody(serializers.Serializer):
    kind = answered(
        PatientName.Kind.choices, "Say whether it is a former name or one by which the patient is known, too."
    )
    family_name = serializers.CharField(max_length=80, help_text="Or the only name.")
    given_name = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="Empty where it is the same as now."
    )


class RemoveNameBody(serializers.Serializer):
    name = WholeNumber(help_text="The id of one of the patient's other names.")


class LetGoBody(serializers.Serializer):
    board = WholeNumber(help_text="The id of the one of your boards that lets go of the patient.")
    reason = answered(PatientBoard.LetGo.choices, "Say why this board lets go of the patient.")


def _further(row: PatientIdentifier) -> Identifier:
    return {"system": row.system.name, "uri": row.system.uri, "value": row.value}


MOST_NUMBERS = 20


class NumberBody(serializers.Serializer):
    """A number and whose it is."""

    system = serializers.CharField(
        max_length=200,
        help_text="The name or the address (URI) of the system; one that nobody set up, for example another hospital, is kept.",
    )
    value = serializers.CharField(max_length=64)


class NumberChange(NumberBody):
    value = serializers.CharField(max_length=64, allow_blank=True, help_text="Empty: the number is taken off.")


def _named(rows: list[dict[str, str]]) -> dict[str, str]:
    """By the name of the system, which a list names once."""
    if len(rows) > MOST_NUMBERS:
        raise serializers.ValidationError(f"Send at most {MOST_NUMBERS} numbers at once.")
    named = {row["system"]: row["value"] for row in rows}
    if len(named) < len(rows):
        raise serializers.ValidationError("A system is named twice. A patient has one number in each system.")
    return named


class PatientBody(Body):
    birth_date = PartialDay()
    sex = answered(Patient.Sex.choices, "Say the sex; “unknown” where it is not known.")
    given_name = serializers.CharField(
        max_length=80, allow_blank=True, help_text="Empty of a person who has one name only: it is the family name."
    )

    def validate_identifiers(self, value: list[dict[str, str]]) -> dict[str, str]:
        return _named(value)


class NewPatient(PatientBody):
    board = WholeNumber(min_value=1, help_text="The id of the board that adds the patient.")
    identifiers = NumberBody(
        many=True, required=False, help_text="Further numbers; the record number is not among them."
    )
    take_known = WholeNumber(
        min_value=1, required=False, allow_null=True,
        help_text="The id of the patient whom the institution knows by this number and date of birth: it is them.",
    )  # fmt: skip
    another_than = serializers.ListField(
        child=WholeNumber(min_value=1), required=False,
        help_text="Ids of the patients who look alike, were looked at, and are somebody else.",
    )  # fmt: skip

    class Meta:
        model = Patient
        fields = (
            "board", "record_number", "family_name", "given_name", "birth_date", "sex", "identifiers", "take_known",
            "another_than",
        )  # fmt: skip


OLD_NAMES = [("former", "It is kept as a former name"), ("mistyped", "It was mistyped, and is not kept")]


class PatientChanges(AsksAboutDays, PatientBody):
    identifiers = NumberChange(
        many=True, required=False,
        help_text="Those that change; the others stay. The record number is not among them.",
    )  # fmt: skip
    old_name = serializers.ChoiceField(
        OLD_NAMES, required=False, help_text="Where the name changes: what becomes of the old one."
    )

    class Meta:
        model = Patient
        fields = (
            "record_number", "family_name", "given_name", "birth_date", "sex", "identifiers", "old_name", "confirmed_dates",
        )  # fmt: skip


class LookUpBody(serializers.Serializer):
    system = serializers.CharField(
        max_length=200, help_text="The name or the address (URI) of a system, as `identifiers` of a patient names it."
    )
    value = serializers.CharField(max_length=64, help_text="The whole number; blanks, dashes and case do not matter.")


class SearchBody(serializers.Serializer):
    search = serializers.CharField(
        max_length=100, help_text="Each word begins any word of a name or former name, or a number."
    )

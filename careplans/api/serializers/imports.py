from typing import Any, ClassVar

from rest_framework import serializers

from careplans.api.fields import WholeNumber
from careplans.api.serializers.people import PersonSerializer
from careplans.importing.uploads import MOST_BYTES
from careplans.models import Import, ImportedPart


class ImportBody(serializers.Serializer):
    """One FHIR R4 Bundle, or one HL7 v2 message."""

    board = WholeNumber(min_value=1, help_text="The id of the board whose record it goes into.")
    format = serializers.ChoiceField(choices=Import.Format.choices, help_text="Which of the two it is.")
    content = serializers.CharField(
        max_length=MOST_BYTES,
        trim_whitespace=False,
        help_text="As it was written, as a text: the JSON of the Bundle, or the message.",
    )


class CarryOutBody(ImportBody):
    digest = serializers.CharField(
        max_length=64, help_text="Of the preview. Where it would do something else by now, the answer is 409."
    )
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list,
        help_text="The `key` of each question of the preview that a person has answered with yes.",
    )  # fmt: skip


class ToldSerializer(serializers.Serializer):
    place = serializers.CharField(help_text="Where in the upload: entry[3].resource.birthDate, or PID-7.")
    words = serializers.CharField(help_text="What about it, and what to do.")


class LeftOutSerializer(ToldSerializer):
    asks = serializers.BooleanField(
        help_text="Whether the record could hold it, so that it is among the `questions`. What the record has no place for is "
        "listed alone."
    )


class FieldChangeSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The field in words.")
    old = serializers.CharField(allow_blank=True, help_text="As it stands. Empty: not recorded.")
    new = serializers.CharField(help_text="As it will stand.")


class ImportQuestionSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Sent back in `confirmed` where the answer is yes.")
    words = serializers.CharField(help_text="What nobody but a person decides.")


class ImportPartSerializer(serializers.Serializer):
    place = serializers.CharField(help_text="Where in the upload it stands.")
    kind = serializers.CharField(help_text="Patient, Case, Fact or Merge.")
    about = serializers.CharField(help_text="Who or what it is about, in words.")
    does = serializers.ChoiceField(choices=ImportedPart.Does.choices, help_text="What becomes of it.")
    changes = FieldChangeSerializer(many=True, help_text="Field by field.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What else is to be known of it.")
    problems = ToldSerializer(many=True, help_text="Why it is refused. Then nothing of the upload is imported.")
    questions = ImportQuestionSerializer(many=True, help_text="What has to be confirmed.")
    patient = serializers.IntegerField(allow_null=True, help_text="Id of the patient. Null: none, or not there yet.")
    case = serializers.IntegerField(allow_null=True, help_text="Id of the case. Null: none, or not there yet.")


class ImportSerializer(serializers.Serializer):
    """What an upload does, or did."""

    id = serializers.IntegerField(allow_null=True, help_text="Of the import. Null: not carried out.")
    format = serializers.ChoiceField(choices=Import.Format.choices, help_text="Which of the two it is.")
    sender = serializers.CharField(allow_blank=True, help_text="Who wrote it, as far as it says.")
    number = serializers.CharField(
        help_text="By which it is known again: MSH-10, or the Bundle's identifier or digest."
    )
    event = serializers.CharField(allow_blank=True, help_text="What the message tells. Empty of a Bundle.")
    sent_at = serializers.DateTimeField(allow_null=True, help_text="When it was written, as far as it says.")
    digest = serializers.CharField(help_text="Of all that is told here: sent back to carry it out.")
    can_apply = serializers.BooleanField(help_text="Whether nothing is refused, and it was not carried out before.")
    was_imported = serializers.BooleanField(help_text="It was carried out before: sent again, it changes nothing.")
    parts = ImportPartSerializer(many=True, help_text="Part by part. Empty where it was carried out before.")
    left_out = LeftOutSerializer(many=True, help_text="What is not taken over, and why.")
    problems = ToldSerializer(many=True, help_text="All that is refused, with its places.")
    questions = ImportQuestionSerializer(many=True, help_text="All that has to be confirmed.")


class ImportedSerializer(serializers.ModelSerializer[Import]):
    """An upload that was carried out. One that was refused changed nothing, and is not kept."""

    sender = serializers.CharField(source="source", help_text="Who wrote it, as far as it says.")
    by = PersonSerializer(help_text="Who imported it.")
    new = serializers.IntegerField(help_text="How many patients and cases it added or took on.")
    changed = serializers.IntegerField(help_text="How many patients it changed, facts it set, and merges it asked for.")
    same = serializers.IntegerField(help_text="How many of its parts said what stood there already.")
    left_out = serializers.IntegerField(help_text="How many of its parts were not taken over.")

    class Meta:
        model = Import
        fields: Any = (
            "id", "board", "format", "sender", "number", "sent_at", "by", "at", "new", "changed", "same", "left_out",
        )  # fmt: skip
        read_only_fields: Any = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "format": {"help_text": "Which of the two it was."},
            "number": {"help_text": "By which it is known again: MSH-10, or the Bundle's identifier or digest."},
            "sent_at": {"help_text": "When it was written, as far as it says; else null."},
            "at": {"help_text": "When it was imported."},
        }


class ImportedPartSerializer(serializers.ModelSerializer[ImportedPart]):
    class Meta:
        model = ImportedPart
        fields: Any = ("place", "does", "patient", "case")
        read_only_fields: Any = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "place": {"help_text": "Where in the upload it stands."},
            "does": {"help_text": "What became of it."},
            "patient": {"help_text": "The id of the patient; null: none."},
            "case": {"help_text": "The id of the case; null: none."},
        }


class ImportedWithPartsSerializer(ImportedSerializer):
    """With what became of each of its parts."""

    parts = ImportedPartSerializer(many=True, help_text="In the order of the upload.")

    class Meta(ImportedSerializer.Meta):
        fields: Any = (*ImportedSerializer.Meta.fields, "parts")
        read_only_fields: Any = fields

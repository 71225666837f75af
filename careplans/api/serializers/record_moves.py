from rest_framework import serializers

from careplans.api.fields import WholeNumber
from careplans.api.serializers.people import PersonSerializer
from careplans.models import RecordMove

REASON = "How it is known. Kept with both records."


class RecordMoveSerializer(serializers.ModelSerializer):
    """Patients and cases by id alone. In FHIR's words a confirmed merge is `Patient.link`: `to_patient` replaces `from_patient`,
    which is replaced by it."""

    kind = serializers.ChoiceField(choices=RecordMove.Kind.choices)
    status = serializers.ChoiceField(choices=RecordMove.Status.choices)
    asked_by = PersonSerializer()
    decided_by = PersonSerializer(allow_null=True)
    undone_by = PersonSerializer(allow_null=True)
    from_version = serializers.IntegerField(
        source="from_patient.version", help_text="The version of `from_patient`: sent back when it is confirmed."
    )
    to_version = serializers.IntegerField(
        source="to_patient.version", help_text="The version of `to_patient`: sent back when it is confirmed."
    )

    class Meta:
        model = RecordMove
        fields = (
            "id", "kind", "status", "board", "from_patient", "to_patient", "from_version", "to_version", "case", "reason",
            "asked_by", "asked_at", "decided_by", "decided_at", "decided_reason", "undone_by", "undone_at", "undone_reason",
            "version",
        )  # fmt: skip
        read_only_fields = fields


class MergeBody(serializers.Serializer):
    into = WholeNumber(min_value=1, help_text="The id of the patient whose record stays.")
    reason = serializers.CharField(help_text=REASON)


class MoveCaseBody(serializers.Serializer):
    to = WholeNumber(min_value=1, help_text="The id of the patient whose the case is.")
    reason = serializers.CharField(help_text=REASON)


class ConfirmBody(serializers.Serializer):
    from_version = WholeNumber(min_value=1, help_text="The version of `from_patient` that was looked at.")
    to_version = WholeNumber(min_value=1, help_text="The version of `to_patient` that was looked at.")
    note = serializers.CharField(required=False, allow_blank=True, help_text="What was checked.")

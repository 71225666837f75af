from rest_framework import serializers

from careplans.api.fields import PersonId
from careplans.api.serializers.outcomes import answered
from careplans.api.serializers.people import PersonSerializer
from careplans.api.serializers.proforma import ProformaSerializer
from careplans.models import Case, PriorTreatment


class PriorTreatmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = PriorTreatment
        fields = (
            "id", "modality_code", "description", "started_on", "ended_on", "response", "toxicity", "stop_reason",
        )  # fmt: skip


class CaseSerializer(serializers.ModelSerializer):
    """A case names its patient by id alone. Its proforma has a version of its own, at `/cases/{id}/proforma/`."""

    close_reason = serializers.ChoiceField(choices=Case.CloseReason.choices, allow_blank=True)
    responsible = PersonSerializer()
    created_by = PersonSerializer()
    proforma = ProformaSerializer()
    prior_treatments = PriorTreatmentSerializer(many=True)

    class Meta:
        model = Case
        fields = (
            "id", "board", "patient", "title", "question", "status", "close_reason", "responsible", "proforma",
            "prior_treatments", "version", "created_at", "created_by", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class NewCase(serializers.ModelSerializer):
    responsible = PersonId()
    needs_triage = serializers.BooleanField(
        help_text="True: it begins as referred; false: the board has accepted it.",
        error_messages={"required": "Say whether the board has accepted the case, or it still needs triage."},
    )
    on_board = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="Where several of your boards know the patient; without it, the first of them.",
    )

    class Meta:
        model = Case
        fields = ("title", "question", "responsible", "needs_triage", "on_board")


class CaseChange(serializers.ModelSerializer):
    responsible = PersonId()

    class Meta:
        model = Case
        fields = ("title", "question", "responsible")


class CaseMove(serializers.Serializer):
    to = serializers.ChoiceField(choices=Case.Status.choices)
    reason = serializers.CharField(required=False, allow_blank=True)


class CaseClose(serializers.Serializer):
    reason = answered(Case.CloseReason.choices, "Choose one of the listed reasons for closing.")
    note = serializers.CharField(required=False, allow_blank=True)

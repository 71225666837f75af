from typing import Any

from rest_framework import serializers

from careplans.api.fields import PartialDay, PersonId, UpdatedAt, WholeNumber
from careplans.api.serializers.outcomes import answered
from careplans.api.serializers.people import PersonSerializer
from careplans.api.serializers.proforma import ProformaSerializer
from careplans.models import Case, PriorTreatment
from careplans.models.cases import PRIOR_TREATMENT_FIELDS
from careplans.readers.case_moves import MOVES, Way

TOLD_OF_TREATMENTS = {
    "modality_code": {"help_text": "The kind of treatment, as a code."},
    "toxicity": {"help_text": "The worst toxicity, in words."},
}

TOLD_OF_ENDED = "Whether it is still running, has ended, or nobody knows."


class PriorTreatmentSerializer(serializers.ModelSerializer):
    started_on = PartialDay(
        help_text="When it began, as far as it is known: 2019-05-17, 2019-05, 2019 or null.", allow_null=True
    )
    ended = serializers.ChoiceField(PriorTreatment.Ended.choices, source="has_ended", help_text=TOLD_OF_ENDED)
    ended_on = PartialDay(
        help_text="When it ended, as far as it is known; null while it has not, and where nobody knows.",
        allow_null=True,
    )

    class Meta:
        model = PriorTreatment
        fields: tuple[str, ...] = ("id", *PRIOR_TREATMENT_FIELDS, "version")
        extra_kwargs: Any = TOLD_OF_TREATMENTS


class CaseSerializer(serializers.ModelSerializer):
    """A case names its patient by id alone. Its proforma has a version of its own, at `/cases/{id}/proforma/`."""

    close_reason = serializers.ChoiceField(choices=Case.CloseReason.choices, allow_blank=True)
    responsible = PersonSerializer()
    created_by = PersonSerializer()
    proforma = ProformaSerializer()
    updated_at = UpdatedAt()
    prior_treatments = PriorTreatmentSerializer(
        many=True,
        help_text="From before the plans alone. What the plans have given stands in their steps: `/steps/?case=`.",
    )

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
    on_board = WholeNumber(
        required=False,
        min_value=1,
        help_text="The id of the board, where several of your boards know the patient; without it, the first of them.",
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


class CaseWay(serializers.Serializer):
    """One move: `move`, `close` or `reopen` carries it out."""

    to = serializers.ChoiceField(choices=Case.Status.choices)
    action = serializers.CharField(source="move.label", help_text="In words.")
    needs_reason = serializers.SerializerMethodField()
    verb = serializers.SerializerMethodField(help_text="Of `/cases/{id}/`: move, close or reopen.")
    why_not = serializers.CharField(help_text="Empty where it can be done now.")

    def get_needs_reason(self, way: Way) -> bool:
        return bool(way.move.reason) or way.to == Case.Status.CLOSED

    def get_verb(self, way: Way) -> str:
        if way.to == Case.Status.CLOSED:
            return "close"
        return "reopen" if way.move is MOVES[(Case.Status.CLOSED, Case.Status.ACCEPTED)] else "move"


class CaseClose(serializers.Serializer):
    reason = answered(Case.CloseReason.choices, "Choose one of the listed reasons for closing.")
    note = serializers.CharField(required=False, allow_blank=True)

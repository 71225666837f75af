from typing import Any

from rest_framework import serializers

from careplans.api.fields import AsksAboutDays, Body, UpdatedAt
from careplans.api.serializers.cases import TOLD_OF_ENDED, TOLD_OF_TREATMENTS, PriorTreatmentSerializer
from careplans.api.serializers.outcomes import answered
from careplans.api.serializers.people import PersonSerializer
from careplans.models import PriorTreatment, Step
from careplans.models.cases import ASKED_ENDED, PRIOR_TREATMENT_FIELDS


class PriorTreatmentBody(AsksAboutDays, Body):
    """A treatment from before the plans; a correction names only what changes."""

    modality_code = serializers.ChoiceField(Step.ModalityCode.choices)
    response = answered(
        PriorTreatment.Response.choices, "Say what the response was; “not recorded” where nobody knows."
    )

    ended = answered(PriorTreatment.Ended.choices, ASKED_ENDED, help_text=TOLD_OF_ENDED)

    class Meta:
        model = PriorTreatment
        fields = (*PRIOR_TREATMENT_FIELDS, "confirmed_dates")
        extra_kwargs: Any = {
            "started_on": {"help_text": "When it began, as far as it is known."},
            "ended_on": {
                "help_text": "When it ended, as far as it is known; null while it has not, and where nobody knows."
            },
            "toxicity": TOLD_OF_TREATMENTS["toxicity"],
        }


class PriorTreatmentRow(PriorTreatmentSerializer):
    """A treatment from before the plans, by itself: also one that was taken off the list."""

    board: serializers.Field = serializers.PrimaryKeyRelatedField(source="case.board", read_only=True)
    case: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    created_by = PersonSerializer()
    updated_at = UpdatedAt()

    class Meta(PriorTreatmentSerializer.Meta):
        fields = (
            "id", "board", "case", *PRIOR_TREATMENT_FIELDS, "removed_at", "removed_reason", "version", "created_at",
            "created_by", "updated_at",
        )  # fmt: skip
        read_only_fields: Any = fields

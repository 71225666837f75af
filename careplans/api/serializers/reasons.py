from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.serializers.people import PersonSerializer
from careplans.models import NothingAhead


class ReasonForNothing(serializers.ModelSerializer):
    """Why a case in care has no dated next thing, as somebody said it."""

    look_again_on = serializers.DateField(help_text="The day on which the reason is looked at again.")
    recorded_by = PersonSerializer(help_text="Who said it.")
    recorded_at = serializers.DateTimeField(help_text="When it was said.")
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="When something dated, or another reason, took its place; null while it stands."
    )
    updated_at = UpdatedAt()

    class Meta:
        model = NothingAhead
        fields = (
            "id", "board", "case", "reason", "look_again_on", "recorded_by", "recorded_at", "ended_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

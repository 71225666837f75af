from typing import Any

from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.serializers.occurrences import BreakSerializer


class BreakRow(BreakSerializer):
    """From when a step was held, until when as far as that was known, and when it went on."""

    board: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    case: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    plan: serializers.Field = serializers.PrimaryKeyRelatedField(source="step.plan", read_only=True)
    step: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    updated_at = UpdatedAt()

    class Meta(BreakSerializer.Meta):
        fields: Any = (
            "id", "board", "case", "plan", "step", *BreakSerializer.Meta.fields[1:], "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields: Any = fields

from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.serializers.plans import SignatureSerializer
from careplans.api.serializers.steps import LINEAGE
from careplans.models import Plan, Signature


class SignatureRow(SignatureSerializer):
    """What one discipline was asked, and answered, about one content of a plan."""

    board: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    case = serializers.IntegerField(source="plan.case_id", help_text="The id of the case.")
    plan: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True)
    plan_number = serializers.IntegerField(
        source="plan.number", help_text="Number of the plan among those of the case."
    )
    plan_status = serializers.ChoiceField(
        choices=Plan.Status.choices, source="plan.status", help_text="Where the plan stands."
    )
    lineage = serializers.IntegerField(source="plan.lineage", help_text=LINEAGE)
    updated_at = UpdatedAt()

    class Meta(SignatureSerializer.Meta):
        model = Signature
        fields = (
            "id", "board", "case", "plan", "plan_number", "plan_status", "lineage", *SignatureSerializer.Meta.fields[1:],
            "updated_at",
        )  # type: ignore[assignment]  # fmt: skip
        read_only_fields = fields

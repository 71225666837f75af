from collections import Counter
from typing import Any

from rest_framework import serializers

from careplans.api.fields import ArmId, AsksAboutDays, Day, StepId, UpdatedAt
from careplans.api.serializers.outcomes import OutcomeBody, past_day
from careplans.models import Arm, Step
from careplans.models.step_values import REASONS_GIVEN

DIRECTIONS = ("up", "down")


class ArmSerializer(serializers.ModelSerializer):
    """One way on from a decision. Its steps name it in their `arm`."""

    class Meta:
        model = Arm
        fields = ("id", "decision", "position", "name", "condition", "no_step", "carried_from", "version", "created_at")
        read_only_fields = fields


class ArmRow(ArmSerializer):
    updated_at = UpdatedAt()

    class Meta(ArmSerializer.Meta):
        fields = (*ArmSerializer.Meta.fields, "updated_at")  # type: ignore[assignment]  # one list longer


class ArmChanged(ArmRow):
    message = serializers.CharField(help_text="What else the write did: for example, that it voided signatures.")

    class Meta(ArmRow.Meta):
        fields = (*ArmRow.Meta.fields, "message")  # type: ignore[assignment]  # one list longer


class ArmBody(serializers.ModelSerializer):
    class Meta:
        model = Arm
        fields = ("name", "condition", "no_step")


class ArmMove(serializers.Serializer):
    direction = serializers.ChoiceField(choices=DIRECTIONS)


class DecisionBody(serializers.Serializer):
    """A decision with its arms. Goals and modality of a decision are set: it treats nothing."""

    description = serializers.CharField(max_length=200, help_text="At what the board decides, for example: re-staging.")
    phase = serializers.ChoiceField(choices=Step.Phase.choices)
    arms = ArmBody(many=True, help_text="In their order. Two or more before the plan can be sent to sign-off.")


class StepDay(serializers.Serializer):
    step = StepId()
    due_on = Day()


class StepFate(serializers.Serializer):
    step = StepId()
    goes_on = serializers.BooleanField(help_text="False: it is stopped, on the day of the decision.")
    reason = serializers.ChoiceField(
        choices=REASONS_GIVEN, required=False, allow_blank=True, help_text="Needed where it is stopped."
    )
    reason_note = serializers.CharField(required=False, allow_blank=True, help_text="Needed for `other`.")


class ArmCorrection(AsksAboutDays):
    chosen_arm = ArmId(
        allow_null=True, help_text="Null: on none of the arms. All are set aside, and the board discusses the case."
    )
    on = past_day("Say on which day this was decided.")
    reason = serializers.CharField(help_text="Why this arm.")
    starts = StepDay(
        many=True, required=False,
        help_text="Days on which steps of the arm start. Needed where the planned start is past, and where the decision is more "
        "than a fortnight earlier or later than planned: then the planned day has to be said again, or another.",
    )  # fmt: skip
    running = StepFate(
        many=True, required=False,
        help_text="One for each treatment of the plan that still runs: whether it goes on or is stopped. "
        "What was stopped with a decision stays stopped when that is corrected.",
    )  # fmt: skip

    def validate_starts(self, starts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Of two days for one step nobody knows which is meant."""
        found = Counter(one["step"] for one in starts)
        if twice := [f"Step {step.number} ({step.title})" for step, times in found.items() if times > 1]:
            raise serializers.ValidationError(f"{', '.join(twice)}: two days are given. Give one.")
        return starts


class ArmChoice(ArmCorrection, OutcomeBody):
    why = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="Needed when it is decided out of order or before its condition holds.",
    )
    outcome = serializers.CharField(required=False, allow_blank=True, help_text="What was found, in words.")

from rest_framework import serializers

from careplans.api.fields import Day, UpdatedAt, WholeNumber
from careplans.api.serializers.outcomes import answered, past_day
from careplans.models import Occurrence, PlanSchedule, Step, StepBreak
from careplans.models.step_values import REASONS_GIVEN

LATER = "Whether those after it move by as much; needed where it is on another day than planned and others follow."

WHY = "Why it is corrected; kept with what was recorded before."


class OccurrenceSerializer(serializers.ModelSerializer):
    """One cycle, session or administration of a step."""

    updated_at = UpdatedAt()
    heading = serializers.CharField(help_text="“Cycle 3 of 4”, with its name where it has one.")
    reason = serializers.ChoiceField(choices=Step.Reason.choices, allow_blank=True)
    postponed_for = serializers.ChoiceField(choices=REASONS_GIVEN, allow_blank=True)

    class Meta:
        model = Occurrence
        fields = (
            "id", "board", "case", "step", "number", "heading", "planned_on", "agreed_on", "status", "given_on", "reason",
            "reason_note", "postponed_for", "version", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class OccurrenceInStep(serializers.ModelSerializer):
    reason = serializers.ChoiceField(choices=Step.Reason.choices, allow_blank=True)
    postponed_for = serializers.ChoiceField(choices=REASONS_GIVEN, allow_blank=True)

    class Meta:
        model = Occurrence
        fields = (
            "id", "number", "planned_on", "agreed_on", "status", "given_on", "reason", "reason_note", "postponed_for", "version",
        )  # fmt: skip
        read_only_fields = fields


class BreakSerializer(serializers.ModelSerializer):
    """From when a step was held, until when as far as that was known, and when it went on."""

    class Meta:
        model = StepBreak
        fields = ("id", "held_from", "held_until", "reason", "reason_note", "ended_on")
        read_only_fields = fields


class LateFollowUp(serializers.Serializer):
    monitoring = WholeNumber(min_value=1, help_text="What hangs on the step: its id, as the step shows it.")
    fate = serializers.ChoiceField(choices=PlanSchedule.Fate.choices)
    on = Day(required=False, allow_null=True, help_text="With `planned`: for which day, from today on.")


class OccurrenceGive(serializers.Serializer):
    on = past_day("Say on which day it was given.")
    move_later = serializers.BooleanField(required=False, allow_null=True, help_text=LATER)
    why = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="Needed when the step starts out of order with it. As planned also where it is on the day of the one before or "
        "within half the interval after it, or more than a week and a quarter of the interval from its planned day.",
    )
    passed = LateFollowUp(
        many=True, required=False,
        help_text="What becomes of each follow-up that hangs on it and whose day has passed; needed where there are some.",
    )  # fmt: skip


class CodedReason(serializers.Serializer):
    reason = answered(REASONS_GIVEN, "Choose the reason from the list.")
    reason_note = serializers.CharField(required=False, allow_blank=True, help_text="Needed for “other”.")


class OccurrenceGiveOtherwise(CodedReason, OccurrenceGive):
    pass


class OccurrencePostpone(CodedReason):
    to = Day(help_text="Its new day.")
    move_later = serializers.BooleanField(required=False, allow_null=True, help_text=LATER)


class OccurrenceOmit(CodedReason):
    pass


class CorrectGiven(OccurrenceGive):
    why = serializers.CharField(help_text=WHY)


class CorrectGivenOtherwise(CodedReason, CorrectGiven):
    pass


class CorrectOmitted(CodedReason):
    why = serializers.CharField(help_text=WHY)
    move_later = serializers.BooleanField(required=False, allow_null=True, help_text=LATER)


class TakeBack(serializers.Serializer):
    why = serializers.CharField(help_text=WHY)
    move_later = serializers.BooleanField(required=False, allow_null=True, help_text=LATER)

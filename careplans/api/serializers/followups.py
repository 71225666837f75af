from datetime import date

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.permissions import membership_on
from careplans.api.fields import AsksAboutDays, Body, Day, PersonId, UpdatedAt, WholeNumber
from careplans.api.serializers.nothing_ahead import AheadBody
from careplans.api.serializers.outcomes import past_day
from careplans.api.serializers.people import PersonSerializer
from careplans.models import FollowUp

STATES = ("planned", "due", "overdue", "done", "did_not_attend", "cancelled")


class FollowUpSerializer(serializers.ModelSerializer):
    assignee = PersonSerializer()
    created_by = PersonSerializer()
    updated_at = UpdatedAt()
    replaced_by: serializers.Field = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    state = serializers.SerializerMethodField(help_text="As the board's calendar has it today.")

    class Meta:
        model = FollowUp
        fields = (
            "id", "board", "case", "plan", "schedule", "monitoring", "kind", "title", "due_on", "due_until", "agreed_on",
            "times_moved", "assignee",
            "status", "state", "done_on", "result", "reason", "replaces", "replaced_by", "version", "created_at",
            "created_by", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, follow_up: FollowUp) -> str:
        return follow_up.state_on(self._today(follow_up.board_id))

    def _today(self, board_id: int) -> date:
        """The board's own date, from the memberships that are known already."""
        membership = membership_on(self.context["request"].user, board_id)
        return membership.board.today if membership else timezone.now().date()


class NewFollowUp(AsksAboutDays, Body):
    assignee = PersonId()
    window_days = WholeNumber(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=180,
        help_text="How late it may be; else the board's grace.",
    )

    class Meta:
        model = FollowUp
        fields = ("kind", "title", "due_on", "assignee", "window_days", "confirmed_dates")


class FollowUpChange(AsksAboutDays):
    """A new day, a new person, or both; with the reason, always."""

    due_on = Day(required=False)
    assignee = PersonId(required=False)
    reason = serializers.CharField()


class FollowUpDone(AsksAboutDays, AheadBody):
    done_on = past_day("Say on which day it was done.")
    result = serializers.CharField(required=False, allow_blank=True)


class FollowUpDoneDay(AsksAboutDays):
    """The day on which it was done after all, and why the first one was wrong."""

    done_on = past_day("Say on which day it was done.")
    reason = serializers.CharField()


class FollowUpNotDone(serializers.Serializer):
    """Why it was recorded as done by mistake."""

    reason = serializers.CharField()


class FollowUpMissed(AsksAboutDays):
    new_due_on = Day()
    reason = serializers.CharField(required=False, allow_blank=True)

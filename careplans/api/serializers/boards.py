from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Board, Membership, RequiredDiscipline
from accounts.permissions import membership_on
from careplans.models import FollowUpSchedule


@extend_schema_field(OpenApiTypes.STR)
class LocalTimeField(serializers.TimeField):
    """A time on the board's own clock. A “time” of JSON Schema would have an offset."""


class BoardSerializer(serializers.ModelSerializer):
    institution: serializers.Field = serializers.StringRelatedField()
    reminder_time = LocalTimeField()
    role = serializers.SerializerMethodField(help_text="Your role on this board.")
    discipline = serializers.SerializerMethodField(help_text="The discipline you sign for, or empty.")

    class Meta:
        model = Board
        fields = (
            "id", "name", "institution", "time_zone", "reminder_time", "lead_days", "grace_days", "escalate_days",
            "chair_days", "weekends_off", "role", "discipline", "version",
        )  # fmt: skip

    def get_role(self, board: Board) -> str:
        membership = membership_on(self.context["request"].user, board)
        return membership.role if membership else ""

    def get_discipline(self, board: Board) -> str:
        membership = membership_on(self.context["request"].user, board)
        return membership.discipline if membership else ""


class MemberSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(
        source="user_id", help_text="The person's id: what owners and assignees are named by."
    )
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ("id", "name", "role", "discipline")


class RequiredDisciplineSerializer(serializers.ModelSerializer):
    class Meta:
        model = RequiredDiscipline
        fields = ("discipline", "alternative", "when")


class FollowUpScheduleSerializer(serializers.ModelSerializer):
    class Meta:
        model = FollowUpSchedule
        fields = (
            "id", "name", "site_group", "grade", "extent", "resection", "kinds", "interval_months", "window_days",
            "duration_months", "source", "reviewed_on", "reviewed_by", "is_active", "version",
        )  # fmt: skip


class BoardDetailSerializer(BoardSerializer):
    """The board with everything that a body may name: its people and its follow-up schedules."""

    members = MemberSerializer(many=True, source="current_members")
    required_disciplines = RequiredDisciplineSerializer(many=True)
    follow_up_schedules = FollowUpScheduleSerializer(many=True)

    class Meta(BoardSerializer.Meta):
        fields = (*BoardSerializer.Meta.fields, "members", "required_disciplines", "follow_up_schedules")  # type: ignore[assignment]  # one list longer

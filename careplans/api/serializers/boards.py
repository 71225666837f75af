from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Board, Membership, RequiredDiscipline
from accounts.permissions import membership_on
from careplans.models import FollowUpSchedule, Kind, ScheduleLine


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


class ScheduleLineSerializer(serializers.ModelSerializer):
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.choices))
    interval = serializers.IntegerField(
        allow_null=True, help_text="How much time lies between one and the next, in `unit`; null: once, at its start."
    )
    starts_after = serializers.IntegerField(
        allow_null=True,
        help_text="How long after the start of the schedule it begins, in `starts_unit`; null: after one interval.",
    )
    ends_after = serializers.IntegerField(
        allow_null=True, help_text="How long after the start of the schedule it ends, in `ends_unit`; null: lifelong."
    )
    in_words = serializers.CharField(source="__str__", help_text="The line as a sentence.")

    class Meta:
        model = ScheduleLine
        fields = (*ScheduleLine.FIELDS, "in_words")
        extra_kwargs: ClassVar[dict[str, Any]] = {"source": {"help_text": "Empty: set by the centre."}}


class FollowUpScheduleSerializer(serializers.ModelSerializer):
    """`is_none`: no follow-up is needed. `then`: what the board is asked for on the last day of a schedule that ends. A `source`
    that is empty: set by the centre."""

    lines = ScheduleLineSerializer(many=True)

    class Meta:
        model = FollowUpSchedule
        fields = ("id", *FollowUpSchedule.FIELDS, "lines", "version")


class BoardDetailSerializer(BoardSerializer):
    """The board with everything that a body may name: its people and its follow-up schedules."""

    members = MemberSerializer(many=True, source="current_members")
    required_disciplines = RequiredDisciplineSerializer(many=True)
    follow_up_schedules = FollowUpScheduleSerializer(many=True)

    class Meta(BoardSerializer.Meta):
        fields = (*BoardSerializer.Meta.fields, "members", "required_disciplines", "follow_up_schedules")  # type: ignore[assignment]  # one list longer

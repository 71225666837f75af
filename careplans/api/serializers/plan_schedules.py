from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import Day, PersonId, StepId, TemplateId
from careplans.api.serializers.people import PersonSerializer
from careplans.models import Kind, PlanSchedule


class PastDate(serializers.Serializer):
    """A date of the schedule that lies in the past, by what it asks for and when, and what becomes of it."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    title = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=160,
        help_text="The words of the line, where it has some.",
    )
    day = Day()
    fate = serializers.ChoiceField(choices=PlanSchedule.Fate.choices)
    on = Day(required=False, allow_null=True, default=None, help_text="With `planned`: for which day, from today on.")


class PlanScheduleSerializer(serializers.ModelSerializer):
    assignee = PersonSerializer(allow_null=True)
    done_with = PersonSerializer(
        allow_null=True, help_text="Who does the follow-ups now, where it is not the one who was signed."
    )
    name = serializers.CharField(source="schedule.name")
    is_none = serializers.BooleanField(source="schedule.is_none", help_text="It says that no follow-up is needed.")
    lines = serializers.SerializerMethodField(help_text="What it asks for now, a sentence for each thing.")
    past = PastDate(many=True)
    from_event = serializers.ChoiceField(
        choices=PlanSchedule.FromEvent.choices, allow_blank=True, help_text="Empty where it counts from a day."
    )
    starts_on = Day(
        allow_null=True, help_text="The day it counts from: `counts_from`, or that of its step once it is recorded."
    )

    class Meta:
        model = PlanSchedule
        fields = (
            "schedule",
            "name",
            "is_none",
            "lines",
            "counts_from",
            "from_step",
            "from_event",
            "starts_on",
            "assignee",
            "done_with",
            "overlap",
            "past",
            "written_until",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_lines(self, row: PlanSchedule) -> list[str]:
        return row.schedule.sentences


class PlanScheduleBody(serializers.Serializer):
    schedule = TemplateId()
    counts_from = Day(
        required=False,
        allow_null=True,
        help_text="Needed before sign-off, or `from_step`, unless the schedule says that none is needed.",
    )
    from_step = StepId(
        required=False,
        allow_null=True,
        help_text="Instead of a day: it waits for this step of the plan, with `from_event`.",
    )
    from_event = serializers.ChoiceField(choices=PlanSchedule.FromEvent.choices, required=False, allow_blank=True)
    assignee = PersonId(required=False, allow_null=True)
    overlap = serializers.ChoiceField(
        choices=PlanSchedule.Overlap.choices, required=False, allow_blank=True,
        help_text="Needed where a schedule above asks for the same within 14 days: whether one follow-up is enough.",
    )  # fmt: skip
    past = PastDate(
        many=True, required=False,
        help_text="Needed when `counts_from` lies so far back that dates have passed: what becomes of each of them.",
    )  # fmt: skip


class PlanSchedulesBody(serializers.Serializer):
    """The whole list, in its order. A schedule that is not named is taken out."""

    schedules = PlanScheduleBody(many=True)

    def validate_schedules(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # A row that says nothing of a value takes it back; it never keeps what somebody else said before.
        empty: dict[str, Any] = {
            "counts_from": None, "from_step": None, "from_event": "", "assignee": None, "overlap": "", "past": [],
        }  # fmt: skip
        return [empty | dict(row) for row in rows]

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.serializers.advisories import AdvisorySerializer
from careplans.api.serializers.cases import CaseSerializer
from careplans.api.serializers.followups import STATES, FollowUpSerializer
from careplans.api.serializers.people import PersonSerializer
from careplans.api.serializers.plans import PlanSerializer
from careplans.api.serializers.steps import StepSerializer
from careplans.models import Event, FollowUp


def _but(fields: Any, *left_out: str) -> Any:
    return tuple(name for name in fields if name not in left_out)


class CaseThen(CaseSerializer):
    """A case as it was. When it was last changed is asked of today's."""

    updated_at = None  # type: ignore[assignment]  # how a field of the parent is left out

    class Meta(CaseSerializer.Meta):
        fields = _but(CaseSerializer.Meta.fields, "updated_at")
        read_only_fields = fields


class StepThen(StepSerializer):
    updated_at = None  # type: ignore[assignment]  # as above

    class Meta(StepSerializer.Meta):
        fields = _but(StepSerializer.Meta.fields, "updated_at")
        read_only_fields = fields


class PlanThen(PlanSerializer):
    """A plan as it was, with its steps and signatures of then."""

    updated_at = None  # type: ignore[assignment]  # as above
    steps = StepThen(many=True)

    class Meta(PlanSerializer.Meta):
        fields = _but(PlanSerializer.Meta.fields, "updated_at")
        read_only_fields = fields


class FollowUpThen(FollowUpSerializer):
    """A follow-up as it was. `state` is that of the day that is asked about."""

    updated_at = None  # type: ignore[assignment]  # as above

    class Meta(FollowUpSerializer.Meta):
        fields = _but(FollowUpSerializer.Meta.fields, "updated_at")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, follow_up: FollowUp) -> str:
        return follow_up.state_on(follow_up.board.today)


class AdvisoryThen(AdvisorySerializer):
    updated_at = None  # type: ignore[assignment]  # as above

    class Meta(AdvisorySerializer.Meta):
        fields = _but(AdvisorySerializer.Meta.fields, "updated_at")
        read_only_fields = fields


class CourseEvent(serializers.ModelSerializer):
    """Something that happened to the case. What stood before and after is in the rows of the days around it."""

    by = PersonSerializer(allow_null=True, help_text="Who did it; null: the program itself.")

    class Meta:
        model = Event
        fields = ("id", "kind", "old", "new", "reason", "plan", "step", "follow_up", "by", "at")
        read_only_fields = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "kind": {"help_text": "What happened, as a code."},
            "old": {"help_text": "The state before, as a code; empty where it is about none."},
            "new": {"help_text": "The state after, as a code; empty where it is about none."},
            "follow_up": {"help_text": "The id of the follow-up that it is about."},
            "at": {"help_text": "When it was recorded."},
        }


class CaseCourseSerializer(serializers.Serializer[Any]):
    """One patient's course: as of a day, by what had been recorded until a moment."""

    as_of = serializers.DateTimeField(source="asked.as_of", help_text="Nothing is told that happened later.")
    known_by = serializers.DateTimeField(
        source="asked.known_by",
        help_text="Nothing is told that was written later. Asked again with both moments, the answer is the same.",
    )
    known_from = serializers.DateTimeField(
        source="asked.known_from",
        allow_null=True,
        help_text="From when on this centre has kept what the record held, where what is asked lies before it. Else null.",
    )
    case = CaseThen(help_text="The case as it was.")
    plans = PlanThen(many=True, help_text="In the order in which they were begun.")
    follow_ups = FollowUpThen(many=True, help_text="Those that had been written, settled ones too.")
    advisories = AdvisoryThen(many=True, help_text="Those that had fired, and what had been answered.")
    events = CourseEvent(many=True, help_text="The newest first.")

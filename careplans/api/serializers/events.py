from typing import Any

from rest_framework import serializers

from careplans.api.serializers.people import PersonSerializer
from careplans.models import Event
from careplans.readers.timeline import VERBS

KINDS = [(kind, kind) for kind in sorted(VERBS)]


class EventSerializer(serializers.ModelSerializer):
    """Something that happened to a case: a line of its timeline, which never changes."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="What happened.")
    old = serializers.CharField(help_text="The state before, as a code; empty where it is no change of state.")
    new = serializers.CharField(help_text="The state after, as a code; empty where it is no change of state.")
    follow_up: serializers.Field = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="The id of the follow-up, where it happened to one."
    )
    by = PersonSerializer(allow_null=True, help_text="Who did it; null: the program by itself.")
    at = serializers.DateTimeField(help_text="When it was recorded.")
    fields_changed = serializers.SerializerMethodField(help_text="Names of the fields that changed.")
    data = serializers.DictField(  # type: ignore[assignment]  # DRF has an attribute of that name
        help_text="What else the timeline tells: `was` and `now` of each field that changed, ids, days."
    )

    class Meta:
        model = Event
        fields = (
            "id", "board", "case", "plan", "step", "follow_up", "kind", "old", "new", "by", "at", "fields_changed", "reason",
            "data",
        )  # fmt: skip
        read_only_fields = fields

    def get_fields_changed(self, event: Event) -> list[str]:
        told: dict[str, Any] = event.data
        return sorted({*told.get("fields", ()), *told.get("was", ()), *told.get("now", ())})

from typing import Any

from rest_framework import serializers

from careplans.api.fields import Day
from modalities.models import StatementFlag


class NoteSerializer(serializers.Serializer[Any]):
    """A dated note beside a statement, and who checked it or that nobody did."""

    statement = serializers.CharField()
    state = serializers.ChoiceField(choices=StatementFlag.State.choices)
    noted_on = Day()
    who = serializers.CharField()
    note = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the stubs know a `source` of fields
    because = serializers.CharField(help_text="Why it speaks to this firing.")

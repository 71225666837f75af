from rest_framework import serializers

from careplans.api.serializers.people import PersonSerializer
from careplans.models import FactChange


class FactChangeSerializer(serializers.ModelSerializer):
    """One fact of a proforma, from one value to another. It never changes."""

    board: serializers.Field = serializers.PrimaryKeyRelatedField(source="case.board", read_only=True)
    field = serializers.CharField(help_text="The name of the fact in the proforma.")
    old = serializers.JSONField(help_text="What stood there; null where nothing was recorded.")
    new = serializers.JSONField(help_text="What stands there since; null where nothing is recorded any more.")
    facts_version = serializers.IntegerField(help_text="The version of the proforma since this change.")
    by = PersonSerializer(help_text="Who changed it.")
    at = serializers.DateTimeField(help_text="When it was changed.")

    class Meta:
        model = FactChange
        fields = ("id", "board", "case", "field", "old", "new", "facts_version", "by", "at")
        read_only_fields = fields

from typing import Any

from rest_framework import serializers

from careplans.models import Change


class ChangeSerializer(serializers.ModelSerializer):
    """One row that has changed, or in which something has that it serves. Read it anew at `/{noun}/{id}/`."""

    id = serializers.IntegerField(source="row_id", help_text="Of the row, in the addresses of its noun.")
    board = serializers.IntegerField(
        source="board_id", allow_null=True, help_text="The id of its board; null for a patient, whom several may know."
    )
    case = serializers.IntegerField(source="case_id", allow_null=True, help_text="The id of the case that it is of.")
    plan = serializers.IntegerField(source="plan_id", allow_null=True, help_text="The id of the plan that it is of.")
    updated_at = serializers.DateTimeField(source="at", help_text="When it was last changed.")

    class Meta:
        model = Change
        fields = ("noun", "id", "board", "case", "plan", "updated_at")
        read_only_fields = fields


class FeedSerializer(serializers.Serializer[Any]):
    results = ChangeSerializer(many=True, help_text="Each row once, at its last change; the oldest change first.")
    cursor = serializers.CharField(help_text="Where to go on. Keep it with what you have read.")
    more = serializers.BooleanField(help_text="Whether more is there already.")
    boards = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Ids of your boards now. What you keep of another is not yours to see any more; a new one is told from its "
        "beginning.",
    )

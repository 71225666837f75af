from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import UpdatedAt
from careplans.api.plainly import plain
from careplans.api.serializers.notes import NoteSerializer
from careplans.api.serializers.people import PersonSerializer
from careplans.models import Advisory

ANSWERED = ("state", "answer", "note", "citation", "answered_by", "answered_at", "answered_content_version")


class AdvisorySerializer(serializers.ModelSerializer):
    """A rule that fired on a plan or step, what the board knew then, and what it answered."""

    statements = serializers.ListField(child=serializers.CharField())
    details = serializers.ListField(child=serializers.CharField())
    in_arms = serializers.CharField(help_text="In which arms alone, in words. Empty: whichever way the plan goes.")
    facts = serializers.DictField(help_text="What the rule could read, as it stood when it fired.")
    answered_facts = serializers.DictField(allow_null=True, help_text="The same when it was answered.")
    answer = serializers.ChoiceField(choices=Advisory.Answer.choices, allow_blank=True)
    answered_by = PersonSerializer(allow_null=True)
    updated_at = UpdatedAt()
    carried_from = serializers.IntegerField(
        source="carried_from_id",
        allow_null=True,
        help_text="The id of the advisory of the plan before, which was answered so.",
    )

    class Meta:
        model = Advisory
        fields = (
            "id", "board", "case", "plan", "step", "rule", "rule_set", "severity", "basis", "advice", "statements", "details",
            "in_arms", "content_version", "facts", "fired_at", *ANSWERED, "answered_facts", "carried_from", "ended_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {"ended_at": {"help_text": "Since when it fires no longer."}}


class AnswerSerializer(serializers.ModelSerializer):
    answered_by = PersonSerializer()

    class Meta:
        model = Advisory
        fields = ("id", *ANSWERED)
        read_only_fields = fields


class ShownAdvisory(serializers.Serializer[Any]):
    """An advisory of a plan as its pages show it now, with its answer."""

    rule = serializers.CharField(source="firing.rule")
    step = serializers.IntegerField(source="firing.step", allow_null=True)
    severity = serializers.ChoiceField(choices=Advisory.Severity.choices, source="firing.severity")
    basis = serializers.CharField(source="firing.basis")
    advice = serializers.CharField(source="firing.advice")
    statements = serializers.ListField(child=serializers.CharField(), source="firing.statements")
    details = serializers.SerializerMethodField()
    in_arms = serializers.CharField(source="firing.in_arms")
    rule_set = serializers.CharField(source="firing.rule_set")
    since_facts_changed = serializers.BooleanField(
        help_text="Fires on the facts of today, and did not on those that the plan was signed on."
    )
    notes = NoteSerializer(many=True, help_text="Dated notes of the reference pages that speak to it in this case.")
    behind = serializers.CharField(
        help_text="What of it lies behind: its step has ended, what it misses was given, or is on hold."
    )
    judged = serializers.CharField(
        help_text="Which facts it judges, and what it says on those of today. Empty: they are the same."
    )
    answer = serializers.SerializerMethodField(help_text="null: nobody has answered it.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_details(self, shown: dict[str, Any]) -> list[str]:
        return [detail.text for detail in shown["firing"].details]

    @extend_schema_field(AnswerSerializer(allow_null=True))
    def get_answer(self, shown: dict[str, Any]) -> Any:
        kept = shown["kept"]
        return plain(AnswerSerializer, kept) if kept is not None and kept.is_answered else None

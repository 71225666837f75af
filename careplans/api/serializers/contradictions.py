from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.plainly import plain
from careplans.api.serializers.people import PersonSerializer
from careplans.models import ContradictionAnswer
from careplans.readers.facts.contradictions import Contradiction
from careplans.readers.facts.fact_checks import Question


class ContradictionAnswerSerializer(serializers.ModelSerializer):
    """Checked, it is so, because … Kept until one of the values changes."""

    by = PersonSerializer()

    class Meta:
        model = ContradictionAnswer
        fields = ("reason", "by", "at")
        read_only_fields = fields


class QuestionSerializer(serializers.Serializer[Any]):
    """Facts that do not go together: a question that stops nothing."""

    key = serializers.CharField(help_text="Of the question with these values; an answer names it.")
    code = serializers.CharField()
    sentence = serializers.CharField()
    values = serializers.DictField(help_text="The facts or step fields that make it, by their names.")
    ground = serializers.CharField(help_text="What the question rests on.")


class ContradictionSerializer(QuestionSerializer):
    answer = serializers.SerializerMethodField()

    @extend_schema_field(ContradictionAnswerSerializer(allow_null=True))
    def get_answer(self, row: dict[str, Any]) -> Any:
        return plain(ContradictionAnswerSerializer, row["answer"]) if row["answer"] else None


class ContradictionBody(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60, help_text="Of `contradictions`, of the proforma or of a step.")
    reason = serializers.CharField(max_length=2000, help_text="What was checked, and why it is so.")


def question_row(question: Question) -> dict[str, Any]:
    return {
        "key": question.key, "code": question.code, "sentence": question.text, "values": dict(question.values),
        "ground": question.source,
    }  # fmt: skip


def as_row(one: Contradiction) -> dict[str, Any]:
    return question_row(one.question) | {"answer": one.answer}

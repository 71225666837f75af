"""What is left out of the answers to whoever may not read free text (`text.view`): analysts, unless their board says otherwise.

Text is left out unless it is known to be a code: a field that is added tomorrow is left out until somebody lists it here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers

from careplans.api.answered import Answered, answered, item_of
from careplans.api.fields import FigureField, PartialDay
from careplans.models import Proforma
from careplans.models.figures import FigureColumn

# Texts that no person writes about a patient: codes, versions, hashes.
CODES = frozenset({
    "AdvisorySerializer.rule", "AdvisorySerializer.rule_set", "AdvisorySerializer.statements",
    "BoardSerializer.institution", "BoardSerializer.name", "BoardSerializer.time_zone",
    "BoardSerializer.discipline", "BoardSerializer.role", "CaseWay.action", "CaseWay.verb", "CourseEvent.kind",
    "FactSinceSigned.name", "AnsweredFact.name", "PlanSerializer.content_hash",
    "PriorTreatmentSerializer.modality_code", "QuestionSerializer.code", "RecordedSerializer.name",
    "RecordedSerializer.label", "ShownAdvisory.rule", "ShownAdvisory.rule_set", "ShownAdvisory.statements",
    "SignatureSerializer.content_hash", "StepRevisionSerializer.modality", "StepSerializer.reference_page",
    "EventSerializer.old", "EventSerializer.new", "EventSerializer.fields_changed", "FactChangeSerializer.field",
    "ChangeSerializer.noun", "FeedSerializer.cursor",
    "OverrideSerializer.rule", "OverrideReasonSerializer.reason", "OverrideSerializer.pages",
})  # fmt: skip
# Facts by their names: those that are codes stay.
FACTS = frozenset({"AdvisorySerializer.facts", "AdvisorySerializer.answered_facts"})
# Values of the fact that the row names: of one that is a code they stay.
FACT_VALUES = frozenset({"FactChangeSerializer.old", "FactChangeSerializer.new"})
SAFE_FIELDS = (
    serializers.BooleanField, serializers.ChoiceField, serializers.DateField, serializers.DateTimeField,
    serializers.DecimalField, serializers.FloatField, serializers.IntegerField, serializers.PrimaryKeyRelatedField,
    serializers.TimeField, FigureField, PartialDay,
)  # fmt: skip
SAFE_TYPES = (bool, int, float, list[int])
KEPT, LEFT_OUT, OF_FACTS, OF_FACT = "kept", "left out", "of facts", "of the fact"
Shape = Mapping[str, Any]


def without_text(serializer_class: Any, data: Any) -> Any:
    """The answer of this serializer, one row or a list of them, without what is not a code, a number or a day."""
    return _cut(shape_of(serializer_class), data)


@cache
def shape_of(serializer_class: Any) -> Shape:
    """Of each field that is answered: KEPT, LEFT_OUT, OF_FACTS, OF_FACT, or the shape of what is inside."""
    return {one.name: _field(one) for one in answered(serializer_class)}


def left_out(serializer_class: Any) -> set[str]:
    return {name for name, told in shape_of(serializer_class).items() if told in (LEFT_OUT, OF_FACT)}


def _field(one: Answered) -> Any:
    if one.names & CODES:
        return KEPT
    if one.names & FACTS:
        return OF_FACTS
    if one.names & FACT_VALUES:
        return OF_FACT
    if one.says is None:
        return KEPT if one.hint in SAFE_TYPES else LEFT_OUT
    return _kind(one.says)


def _kind(field: Any) -> Any:
    item = item_of(field)
    if isinstance(item, serializers.DictField):
        # Keyed by the names of fields: kept where nothing in it is text.
        inside = _kind(item.child)
        return KEPT if inside == KEPT or (isinstance(inside, Mapping) and set(inside.values()) == {KEPT}) else LEFT_OUT
    if isinstance(item, serializers.BaseSerializer):
        kind: Any = type(item)
        return shape_of(kind)
    return KEPT if isinstance(item, SAFE_FIELDS) else LEFT_OUT


def _cut(shape: Any, data: Any) -> Any:
    if isinstance(data, list):
        return [_cut(shape, one) for one in data]
    if data is None or shape == KEPT:
        return data
    if shape == OF_FACTS:
        return {name: value for name, value in data.items() if name in _coded_facts()}
    kept = {name: told for name, told in shape.items() if name in data and _stays(told, data)}
    return {name: _cut(KEPT if told == OF_FACT else told, data[name]) for name, told in kept.items()}


def _stays(told: Any, data: Shape) -> bool:
    return bool(told != LEFT_OUT and (told != OF_FACT or data.get("field") in _coded_facts()))


@cache
def _coded_facts() -> frozenset[str]:
    return frozenset(column.name for column in Proforma._meta.fields if _is_coded(column))


def _is_coded(column: Any) -> bool:
    is_text = isinstance(column, models.CharField | models.TextField) and not isinstance(column, FigureColumn)
    return bool(column.choices) or not is_text

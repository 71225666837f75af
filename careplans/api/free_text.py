"""What is left out of the answers to whoever may not read free text (`text.view`): analysts, unless their board says otherwise.

Text is left out unless it is known to be a code: a field that is added tomorrow is left out until somebody lists it here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from django.db import models
from drf_spectacular.drainage import get_override
from rest_framework import serializers

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
    "ChangeSerializer.noun", "FeedSerializer.cursor",
    "OverrideSerializer.rule", "OverrideReasonSerializer.reason", "OverrideSerializer.pages",
})  # fmt: skip
# Facts by their names: those that are codes stay.
FACTS = frozenset({"AdvisorySerializer.facts", "AdvisorySerializer.answered_facts"})
SAFE_FIELDS = (
    serializers.BooleanField, serializers.ChoiceField, serializers.DateField, serializers.DateTimeField,
    serializers.DecimalField, serializers.FloatField, serializers.IntegerField, serializers.PrimaryKeyRelatedField,
    serializers.TimeField, FigureField, PartialDay,
)  # fmt: skip
SAFE_TYPES = (bool, int, float, list[int])
KEPT, LEFT_OUT, OF_FACTS = "kept", "left out", "of facts"
Shape = Mapping[str, Any]


def without_text(serializer_class: Any, data: Any) -> Any:
    """The answer of this serializer, one row or a list of them, without what is not a code, a number or a day."""
    return _cut(shape_of(serializer_class), data)


@cache
def shape_of(serializer_class: Any) -> Shape:
    """Of each field that is answered: KEPT, LEFT_OUT, OF_FACTS, or the shape of what is inside."""
    serializer: Any = serializer_class()
    return {name: _field(serializer, name, one) for name, one in serializer.fields.items() if not one.write_only}


def left_out(serializer_class: Any) -> set[str]:
    return {name for name, told in shape_of(serializer_class).items() if told == LEFT_OUT}


def _field(serializer: Any, name: str, field: Any) -> Any:
    places = {f"{kind.__name__}.{name}" for kind in type(serializer).__mro__}
    if places & CODES:
        return KEPT
    if places & FACTS:
        return OF_FACTS
    if isinstance(field, serializers.SerializerMethodField):
        return _method(getattr(serializer, field.method_name))
    return _kind(field)


def _method(method: Any) -> Any:
    declared = get_override(method, "field")
    if declared is not None:
        return _kind(declared() if isinstance(declared, type) else declared)
    return KEPT if get_type_hints(method).get("return") in SAFE_TYPES else LEFT_OUT


def _kind(field: Any) -> Any:
    if isinstance(field, serializers.ManyRelatedField):
        return _kind(field.child_relation)
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return _kind(field.child)
    if isinstance(field, serializers.DictField):
        # Keyed by the names of fields: kept where nothing in it is text.
        inside = _kind(field.child)
        return KEPT if inside == KEPT or (isinstance(inside, Mapping) and set(inside.values()) == {KEPT}) else LEFT_OUT
    if isinstance(field, serializers.BaseSerializer):
        kind: Any = type(field)
        return shape_of(kind)
    return KEPT if isinstance(field, SAFE_FIELDS) else LEFT_OUT


def _cut(shape: Any, data: Any) -> Any:
    if isinstance(data, list):
        return [_cut(shape, one) for one in data]
    if data is None or shape == KEPT:
        return data
    if shape == OF_FACTS:
        return {name: value for name, value in data.items() if name in _coded_facts()}
    return {name: _cut(told, data[name]) for name, told in shape.items() if told != LEFT_OUT and name in data}


@cache
def _coded_facts() -> frozenset[str]:
    return frozenset(column.name for column in Proforma._meta.fields if _is_coded(column))


def _is_coded(column: Any) -> bool:
    is_text = isinstance(column, models.CharField | models.TextField) and not isinstance(column, FigureColumn)
    return bool(column.choices) or not is_text

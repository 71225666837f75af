"""What a value of an answer is: the word of the data dictionary, and what decides how a file of typed columns holds it."""

from typing import Any

from rest_framework import serializers

from careplans.api.answered import Answered
from careplans.api.fields import FigureField, PartialDay

ID, INTEGER, DECIMAL, YES_NO = "id", "whole number", "decimal number", "yes or no"
DAY, PARTIAL_DAY, MOMENT = "day", "day as far as it is known", "moment"
CODE, CODES, FIGURE, TEXT, TEXTS = "code", "list of codes", "figure as written", "text", "list of texts"
IDS, ROWS, VALUES = "list of ids", "list of rows", "values by name"
NUMBERS = (INTEGER, DECIMAL, FIGURE)


def kind_of(one: Answered) -> str:
    if one.says is None:
        if one.hint is int and one.name == "board":
            return ID
        return _BY_HINT.get(one.hint, MOMENT if "datetime" in str(one.hint) else TEXT)
    if one.says.field_name == "id" or str(one.says.source).endswith("_id"):
        return ID
    return next((kind for kinds, kind in _KINDS if isinstance(one.says, kinds)), None) or _listed(one.says)


def _listed(field: Any) -> str:
    child = getattr(field, "child", None)
    if isinstance(child, serializers.Serializer):
        return ROWS
    return CODES if isinstance(child, serializers.ChoiceField) else TEXTS


# From the narrow to the wide: the first that fits.
_KINDS: tuple[tuple[Any, str], ...] = (
    (serializers.DictField | serializers.JSONField, VALUES),
    (serializers.ListSerializer | serializers.ListField, ""),
    (serializers.Serializer, VALUES),
    (serializers.ManyRelatedField, IDS),
    (serializers.PrimaryKeyRelatedField, ID),
    (FigureField, FIGURE),
    (PartialDay, PARTIAL_DAY),
    (serializers.ChoiceField, CODE),
    (serializers.BooleanField, YES_NO),
    (serializers.DateTimeField, MOMENT),
    (serializers.DateField, DAY),
    (serializers.DecimalField | serializers.FloatField, DECIMAL),
    (serializers.IntegerField, INTEGER),
    (serializers.Field, TEXT),
)

_BY_HINT: dict[Any, str] = {int: INTEGER, bool: YES_NO, str: TEXT, list[int]: IDS, list[str]: TEXTS}

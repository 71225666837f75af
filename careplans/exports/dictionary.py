"""The data dictionary: every field of every list, made from the serializer that serves it, its table and its choices, so that
nothing is said twice and nothing can be forgotten. What a field means is what the document of the API says of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.drainage import get_override
from rest_framework import serializers

from careplans.api.fields import FigureField, PartialDay
from careplans.api.free_text import LEFT_OUT, shape_of
from careplans.api.reading import read_document
from careplans.exports.kinds import (
    CODE,
    CODES,
    DAY,
    DECIMAL,
    FIGURE,
    ID,
    IDS,
    INTEGER,
    MOMENT,
    PARTIAL_DAY,
    ROWS,
    TEXT,
    TEXTS,
    VALUES,
    WORKED_OUT,
    YES_NO,
    Code,
    Entry,
)  # fmt: skip
from careplans.exports.reported import fields as reported
from careplans.exports.reported.contents import REPORTED
from careplans.exports.sources import SOURCES, Source
from careplans.exports.units import unit_of

NUMBERS = (INTEGER, DECIMAL, FIGURE)
Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A field as the serializer has it, without the words of the document, which take longer to make."""

    path: str
    shape: str
    """The name of its serializer in the document of the API."""
    name: str
    kind: str
    field: Any
    source: str
    left_out: bool
    nullable: bool

    @property
    def is_in_list(self) -> bool:
        return "[]" in self.path


@cache
def fields_of(noun: str) -> tuple[Told, ...]:
    """Every field of a list, nested ones behind what they are in."""
    return tuple(_walk(SOURCES[noun].view.serializer_class, "", False))


@cache
def entries_of(noun: str) -> tuple[Entry, ...]:
    """Of a list, or of a report that is taken out."""
    if noun in REPORTED:
        return tuple(reported.entries(REPORTED[noun]))
    return tuple(_entry(SOURCES[noun], told) for told in fields_of(noun))


def dictionary() -> list[Entry]:
    return [entry for noun in (*SOURCES, *REPORTED) for entry in entries_of(noun)]


def row_of(noun: str) -> str:
    """What one row is."""
    return SOURCES[noun].row if noun in SOURCES else REPORTED[noun].row


def _entry(source: Source, told: Told) -> Entry:
    return Entry(
        noun=source.name, field=told.path, type=told.kind, unit=unit_of(told) if told.kind in NUMBERS else "",
        codes=tuple(_codes(told.field)), description=_notes().get((told.shape, told.name), ""), source=told.source,
        analysts=not told.left_out and source.name != "patients", nullable=told.nullable,
    )  # fmt: skip


@cache
def _notes() -> dict[tuple[str, str], str]:
    return {(shape.name, field.name): field.note for shape in read_document().shapes for field in shape.fields}


def _codes(field: Any) -> Iterator[Code]:
    place = getattr(field, "child", field)
    if isinstance(place, serializers.ChoiceField) and not isinstance(place, serializers.ModelField):
        for code, label in place.choices.items():
            if code not in ("", None):
                yield Code(str(code), str(label))


def _walk(serializer_class: Any, prefix: str, left_out: bool) -> Iterator[Told]:
    serializer, shape = serializer_class(), shape_of(serializer_class)
    for name, declared in serializer.fields.items():
        if declared.write_only:
            continue
        field = _declared(serializer, declared)
        cut = left_out or shape.get(name) == LEFT_OUT
        kind = _kind(serializer, declared, field)
        source = (
            WORKED_OUT if isinstance(declared, serializers.SerializerMethodField) else _source(serializer, declared)
        )
        yield Told(
            f"{prefix}{name}", _shape_name(serializer_class), name, kind, field, source, cut,
            _is_nullable(serializer, declared, field),
        )  # fmt: skip
        inside = getattr(field, "child", field)
        if isinstance(inside, serializers.Serializer):
            many = "[]" if isinstance(field, serializers.ListSerializer) else ""
            within = "" if not isinstance(field, serializers.DictField) else "*"
            yield from _walk(type(inside), f"{prefix}{name}{many}{'.' + within if within else ''}.", cut)


def _shape_name(serializer_class: Any) -> str:
    return str(serializer_class.__name__.removesuffix("Serializer"))


def _declared(serializer: Any, field: Any) -> Any:
    """Of a method, the field that it says it answers with."""
    if not isinstance(field, serializers.SerializerMethodField):
        return field
    declared = get_override(getattr(serializer, field.method_name), "field")
    return declared() if isinstance(declared, type) else declared or field


_BY_HINT: dict[Any, str] = {int: INTEGER, bool: YES_NO, str: TEXT, list[int]: IDS, list[str]: TEXTS}


def _kind(serializer: Any, declared: Any, field: Any) -> str:
    if isinstance(field, serializers.SerializerMethodField):
        hint = get_type_hints(getattr(serializer, declared.method_name)).get("return")
        if hint is int and declared.field_name == "board":
            return ID
        return _BY_HINT.get(hint, MOMENT if "datetime" in str(hint) else TEXT)
    if field.field_name == "id" or str(field.source).endswith("_id"):
        return ID
    return next((kind for kinds, kind in _KINDS if isinstance(field, kinds)), None) or _listed(field)


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


def _is_nullable(serializer: Any, declared: Any, field: Any) -> bool:
    column = _column(serializer, declared)
    hinted = isinstance(declared, serializers.SerializerMethodField) and "None" in str(
        get_type_hints(getattr(serializer, declared.method_name)).get("return")
    )
    return bool(declared.allow_null or getattr(field, "allow_null", False) or getattr(column, "null", False) or hinted)


def _source(serializer: Any, field: Any) -> str:
    column = _column(serializer, field)
    return WORKED_OUT if column is None else f"{column.model._meta.db_table}.{column.column}"


def _column(serializer: Any, field: Any) -> Any:
    """The column behind a field, through the rows that its source names; None where it is in no table."""
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    parts = str(field.source).split(".")
    for place, name in enumerate(parts):
        if model is None:
            return None
        try:
            column: Any = model._meta.get_field(name.removesuffix("_id") if place == len(parts) - 1 else name)
        except FieldDoesNotExist:
            return None
        model = getattr(column, "related_model", None)
    return column if getattr(column, "concrete", False) and not column.many_to_many else None

"""The data dictionary: every field of every list, made from the serializer that serves it, its table and its choices, so that
nothing is said twice and nothing can be forgotten. What a field means is what the document of the API says of it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from rest_framework import serializers

from careplans.api.answered import Answered, Holds, walk
from careplans.api.fields import FigureField, PartialDay
from careplans.api.free_text import LEFT_OUT, shape_of
from careplans.api.reading import read_document
from careplans.exports.sources import SOURCES, Source
from careplans.exports.units import unit_of

# What a value is, and what it is in a file of typed columns (careplans/exports/parquet_file.py).
ID, INTEGER, DECIMAL, YES_NO = "id", "whole number", "decimal number", "yes or no"
DAY, PARTIAL_DAY, MOMENT = "day", "day as far as it is known", "moment"
CODE, CODES, FIGURE, TEXT, TEXTS = "code", "list of codes", "figure as written", "text", "list of texts"
IDS, ROWS, VALUES = "list of ids", "list of rows", "values by name"
NUMBERS = (INTEGER, DECIMAL, FIGURE)
WORKED_OUT = "worked out when it is read"


@dataclass(frozen=True)
class Code:
    code: str
    label: str


@dataclass(frozen=True)
class Entry:
    """One field. `field` is its path: a dot goes into what is nested, `[]` into each row of a list."""

    noun: str
    field: str
    type: str
    unit: str
    codes: tuple[Code, ...]
    description: str
    source: str
    """Table and column, or that it is worked out."""
    analysts: bool
    """Whether who may not read free text is told it."""
    nullable: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


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
    return tuple(_told(steps) for steps in walk(SOURCES[noun].view.serializer_class))


@cache
def entries_of(noun: str) -> tuple[Entry, ...]:
    return tuple(_entry(SOURCES[noun], told) for told in fields_of(noun))


def dictionary() -> list[Entry]:
    return [entry for noun in SOURCES for entry in entries_of(noun)]


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


def _told(steps: tuple[Answered, ...]) -> Told:
    one = steps[-1]
    path = "".join(f"{step.name}{INTO.get(step.holds, '.')}" for step in steps[:-1]) + one.name
    left_out = any(shape_of(step.owner).get(step.name) == LEFT_OUT for step in steps)
    field = one.field if one.says is None else one.says
    return Told(path, _shape_name(one), one.name, _kind(one), field, _source(one), left_out, _is_nullable(one))


# How a path goes on into what is nested.
INTO = {Holds.ROWS: "[].", Holds.BY_KEY: ".*."}


def _shape_name(one: Answered) -> str:
    return str(one.owner.__name__.removesuffix("Serializer"))


_BY_HINT: dict[Any, str] = {int: INTEGER, bool: YES_NO, str: TEXT, list[int]: IDS, list[str]: TEXTS}


def _kind(one: Answered) -> str:
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


def _is_nullable(one: Answered) -> bool:
    says_none = "None" in str(one.hint) if one.is_worked_out else False
    return bool(
        one.field.allow_null
        or getattr(one.says, "allow_null", False)
        or getattr(_column(one), "null", False)
        or says_none
    )


def _source(one: Answered) -> str:
    column = None if one.is_worked_out else _column(one)
    return WORKED_OUT if column is None else f"{column.model._meta.db_table}.{column.column}"


def _column(one: Answered) -> Any:
    """The column of a table in which the value stands; None where it stands in none."""
    column = one.column
    return column if getattr(column, "concrete", False) and not column.many_to_many else None

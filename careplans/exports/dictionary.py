"""The data dictionary: every field of every list, made from the serializer that serves it, its table and its choices, so that
nothing is said twice and nothing can be forgotten. What a field means is what the document of the API says of it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from rest_framework import serializers

from careplans.api.lists.fields import Told, fields_of
from careplans.api.lists.kinds import NUMBERS
from careplans.api.openapi.reading import read_document
from careplans.exports.sources import SOURCES, Source
from careplans.exports.units import unit_of


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


@cache
def entries_of(noun: str) -> tuple[Entry, ...]:
    return tuple(_entry(SOURCES[noun], told) for told in fields_of(SOURCES[noun].serializer_class))


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

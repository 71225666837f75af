"""The data dictionary: every field of every list, made from the serializer that serves it, its table and its choices, so that
nothing is said twice and nothing can be forgotten. What a field means is what the document of the API says of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from rest_framework import serializers

from careplans.api.lists.columns import beside
from careplans.api.lists.fields import WORKED_OUT, Told, fields_of
from careplans.api.lists.kinds import NUMBERS
from careplans.api.openapi.reading import read_document
from careplans.exports.entries import Code, Entry
from careplans.exports.sources import SOURCES, Source
from careplans.exports.units import unit_of
from careplans.reports.tables.contents import REPORTED
from careplans.reports.tables.fields import Field as ReportField
from careplans.reports.tables.fields import fields_of as fields_of_report

BESIDE = {
    "low": "The lower end, as written. Empty: not recorded, or nobody wrote one (<2).",
    "high": "The upper end, as written. Empty: not recorded, or nobody wrote one (>20).",
    "low_included": "Whether the lower end itself counts; no where it is open.",
    "high_included": "Whether the upper end itself counts; no where it is open.",
    "from": "The first day that it can be.",
    "until": "The last day that it can be.",
}


@cache
def entries_of(noun: str) -> tuple[Entry, ...]:
    """Of a list, or of a report that is taken out."""
    if noun in REPORTED:
        return tuple(_reported(noun, field) for field in fields_of_report(REPORTED[noun]))
    source = SOURCES[noun]
    return tuple(
        entry for told in fields_of(source.serializer_class) for entry in (_entry(source, told), *_beside(source, told))
    )


def dictionary() -> list[Entry]:
    return [entry for noun in (*SOURCES, *REPORTED) for entry in entries_of(noun)]


def row_of(noun: str) -> str:
    """What one row is."""
    return SOURCES[noun].row if noun in SOURCES else REPORTED[noun].row


def _reported(noun: str, field: ReportField) -> Entry:
    codes = tuple(Code(code, label) for code, label in field.codes)
    return Entry(
        noun, field.path, field.kind, field.unit, codes, field.says, WORKED_OUT, analysts=True, nullable=field.nullable
    )


def _entry(source: Source, told: Told) -> Entry:
    return Entry(
        noun=source.name, field=told.path, type=told.kind, unit=unit_of(told) if told.kind in NUMBERS else "",
        codes=tuple(_codes(told.field)), description=_notes().get((told.shape, told.name), ""), source=told.source,
        analysts=not told.left_out and source.name != "patients", nullable=told.nullable,
    )  # fmt: skip


def _beside(source: Source, told: Told) -> Iterator[Entry]:
    """The columns that CSV and Parquet have beside it."""
    for column in beside(told):
        yield replace(
            _entry(source, told), field=column.name, type=column.kind, codes=(), nullable=True,
            unit=unit_of(told) if column.kind in NUMBERS else "",
            description=f"{BESIDE[column.name.removeprefix(f'{told.path}_')]} Of {told.path}, in CSV and Parquet.",
            source=WORKED_OUT,
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

"""The data dictionary as a file: CSV, JSON and Markdown."""

import json
from collections.abc import Sequence

from careplans.api.lists.columns import is_apart
from careplans.api.lists.fields import fields_of
from careplans.exports.dictionary import row_of
from careplans.exports.entries import Entry
from careplans.exports.sources import SOURCES
from common.cells import table

HEADINGS = (
    "list", "field", "type", "unit", "codes", "description", "source", "read by analysts", "may be null",
)  # fmt: skip


def as_csv(entries: Sequence[Entry]) -> str:
    return table(HEADINGS, map(cells, entries))


def cells(entry: Entry) -> list[str]:
    codes = "; ".join(f"{one.code}: {one.label}" for one in entry.codes)
    analysts, nullable = ("yes" if value else "no" for value in (entry.analysts, entry.nullable))
    return [
        entry.noun, entry.field, entry.type, entry.unit, codes, entry.description, entry.source, analysts, nullable,
    ]  # fmt: skip


def as_json(entries: Sequence[Entry]) -> str:
    return json.dumps([entry.as_dict() for entry in entries], ensure_ascii=False, indent=1)


def as_markdown(entries: Sequence[Entry]) -> str:
    lines = ["# Data dictionary", "", HOW]
    for noun in dict.fromkeys(entry.noun for entry in entries):
        lines += [
            "",
            f"## {noun}",
            "",
            row_of(noun),
            "",
            f"| {' | '.join(HEADINGS[1:])} |",
            "|---" * (len(HEADINGS) - 1) + "|",
        ]
        lines += [
            f"| {' | '.join(_safe(cell) for cell in cells(entry)[1:])} |" for entry in entries if entry.noun == noun
        ]
    return "\n".join([*lines, ""])


def _safe(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


APART = [
    f"{noun}.{told.path}"
    for noun, source in SOURCES.items()
    for told in fields_of(source.serializer_class)
    if is_apart(told)
]
HOW = f"""A dot goes into what is nested; `[]` into each row of a list. CSV and Parquet hold a column for each field outside of
`[]`: a list of rows as JSON, but for {", ".join(APART)}, whose rows stand in a table of their own.
A figure as written (`<2`, `3-5`) has its bounds beside it (`_low`, `_high`, and whether each counts itself: `_low_included`,
`_high_included`), a day that is known in part its first and last possible day (`_from`, `_until`). What is a list is JSON in
one cell of CSV. Empty is not recorded."""

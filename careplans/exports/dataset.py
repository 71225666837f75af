"""Everything in one zip: each list as CSV and, where that is set up, Parquet; the data dictionary; and what was asked for."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from careplans.api.lists.columns import Column, Row
from careplans.exports import dictionary_files, files
from careplans.exports.csv_file import write_csv
from careplans.exports.dictionary import entries_of
from careplans.exports.entries import Entry
from careplans.exports.parquet_file import is_possible, write_parquet
from careplans.models import Export

NO_PARQUET = "Parquet is not set up on the server that made this: each list is here as CSV alone."
AS_READ = (
    "The lists were read one after the other, from read_from to read_until. What was added after read_from is in none of them,"
    " and what points at a row of another list was read before that list. A row says what it held when it was read: where it"
    " changed meanwhile, another list may still tell what was before."
)
Tables = Iterable[tuple[str, list[Column], Callable[[], Iterable[Row]]]]


def write_dataset(target: BinaryIO, export: Export, tables: Tables, beside: Path) -> None:
    """`tables`: name, columns and rows of each list. `beside`: a name for what has to lie on the disk for a while."""
    entries: list[Entry] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as whole:
        for name, columns, rows in tables:
            fields = {name for one in columns for name in (one.field, one.name)}
            entries += [one for one in entries_of(name) if export.project_id is None or one.field in fields]
            with whole.open(f"{name}.csv", "w", force_zip64=True) as table:
                write_csv(cast(BinaryIO, table), columns, rows())
            if is_possible():
                _add_parquet(whole, name, columns, rows(), beside)
        whole.writestr("dictionary.csv", dictionary_files.as_csv(entries))
        whole.writestr("dictionary.json", dictionary_files.as_json(entries))
        whole.writestr("dictionary.md", dictionary_files.as_markdown(entries))
        whole.writestr("about.json", json.dumps(about(export), indent=1))


def _add_parquet(whole: zipfile.ZipFile, name: str, columns: list[Column], rows: Iterable[Row], beside: Path) -> None:
    """Compressed by itself already. Its writer goes back to the end of each group, which a zip cannot."""
    try:
        with files.open_new(beside) as table:
            write_parquet(table, name, columns, rows)
        place = zipfile.ZipInfo(f"{name}.parquet")
        with beside.open("rb") as table, whole.open(place, "w", force_zip64=True) as inside:
            shutil.copyfileobj(table, inside, files.BLOCK)
    finally:
        beside.unlink(missing_ok=True)


def about(export: Export) -> dict[str, Any]:
    """Without a name: the audit trail holds who asked."""
    project = export.project
    within = {} if project is None else {
        "project": project.pk, "project_name": project.name, "dates": project.dates,
        "says": "Read within a reporting project: ids are its pseudonyms, days as it gives them. docs/deidentification.md",
    }  # fmt: skip
    return within | _reading(export) | {
        "export": export.pk, "requested_at": export.requested_at.isoformat(), "filters": export.filters, "rows": export.counts,
    }  # fmt: skip


def _reading(export: Export) -> dict[str, Any]:
    """Of which time its rows are, and in which forms."""
    forms = {"forms": ["csv", "parquet"]} if is_possible() else {"forms": ["csv"], "says_of_forms": NO_PARQUET}
    return forms | {
        "read_from": _moment(export.read_from), "read_until": _moment(export.read_until),
        "says_of_reading": AS_READ,
    }  # fmt: skip


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()

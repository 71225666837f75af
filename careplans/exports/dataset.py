"""Everything in one zip: each list as CSV and, where that is set up, Parquet; the data dictionary; and what was asked for."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

from careplans.api.lists.columns import Column, Row
from careplans.exports import dictionary_files, files
from careplans.exports.csv_file import write_csv
from careplans.exports.dictionary import Entry, entries_of
from careplans.exports.parquet_file import is_possible, write_parquet
from careplans.models import Export

Tables = Iterable[tuple[str, list[Column], Callable[[], Iterable[Row]]]]


def write_dataset(target: BinaryIO, export: Export, tables: Tables, beside: Path) -> None:
    """`tables`: name, columns and rows of each list. `beside`: a name for what has to lie on the disk for a while."""
    entries: list[Entry] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as whole:
        for name, columns, rows in tables:
            fields = {one.field for one in columns}
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
    return within | {
        "export": export.pk, "requested_at": export.requested_at.isoformat(), "filters": export.filters, "rows": export.counts,
    }  # fmt: skip

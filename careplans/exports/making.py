"""The file that was asked for, out of the rows as they were written."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from careplans.api.lists.columns import Column, Row, columns_of
from careplans.api.masking import is_told
from careplans.exports import files
from careplans.exports.csv_file import write_csv
from careplans.exports.dataset import write_dataset
from careplans.exports.fhir.file import write_fhir
from careplans.exports.fhir.lists import FHIR
from careplans.exports.parquet_file import write_parquet
from careplans.exports.sources import SOURCES
from careplans.exports.spool import rows_in
from careplans.models import Export
from careplans.reports.tables import table
from careplans.reports.tables.contents import REPORTED

Form = Export.Form
Keeping = Callable[[Iterable[Row]], Iterable[Row]]


def write_file(export: Export, names: Sequence[str], target: Path, keeping: Keeping) -> None:
    """Raises OSError. `keeping`: rows as they pass, while the worker says that it is still there."""

    def rows_of(name: str) -> Iterable[Row]:
        return keeping(rows_in(files.part(export, name)))

    if export.what == FHIR:
        write_fhir(export, names, target, keeping)
        return
    if export.form == Form.NDJSON:
        _take_over(files.part(export, names[0]), target)
        return
    tables = [(name, _columns(export, name), partial(rows_of, name)) for name in names]
    with files.open_new(target) as handle:
        if export.form == Form.DATASET:
            write_dataset(handle, export, tables, target.with_suffix(".parquet"))
        elif export.form == Form.PARQUET:
            write_parquet(handle, names[0], tables[0][1], rows_of(names[0]))
        else:
            write_csv(handle, tables[0][1], rows_of(names[0]))
        handle.flush()
        os.fsync(handle.fileno())


def _columns(export: Export, name: str) -> list[Column]:
    """Patients are never cut. Where there is no row, nobody's text can be in it, and all columns are shown."""
    if name in REPORTED:
        by = export.filters.get("by", [""])[0].split(",")
        return table.columns(REPORTED[name], by, is_typed=export.form == Form.PARQUET)
    boards = export.boards.get(name)
    serializer = SOURCES[name].serializer_class
    has_text = not boards or bool(set(boards) & set(export.text_boards)) or name == "patients"
    found = columns_of(serializer, with_text=has_text)
    if export.project_id is None:
        return found
    return [one for one in found if is_told(serializer, one.field.split("."), with_text=bool(export.text_boards))]


def _take_over(rows: Path, target: Path) -> None:
    """The rows are the file: a second name for it, where the file system has that."""
    target.unlink(missing_ok=True)
    if not rows.exists():
        files.open_new(target).close()
        return
    try:
        os.link(rows, target)
    except OSError:
        with rows.open("rb") as source, files.open_new(target) as copy:
            shutil.copyfileobj(source, copy, files.BLOCK)

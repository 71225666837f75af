"""Parquet with typed columns, and the data dictionary in its schema. pyarrow is large, so a centre may leave it out."""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError

from careplans.api.lists import kinds
from careplans.api.lists.columns import Column, Row
from careplans.exports.dictionary import entries_of
from careplans.exports.typed import all_typed

# Rows of one group, and how many of them are held as rows of Python, which take ten times the room of Arrow's.
GROUP = 2000
BATCH = 250
MISSING = (
    "Parquet is not set up on this server. Choose CSV or NDJSON, or ask an administrator to install"
    " requirements-export.txt."
)


def is_possible() -> bool:
    return find_spec("pyarrow") is not None


def check_possible() -> None:
    if not is_possible():
        raise ValidationError({"form": MISSING})


def write_parquet(target: BinaryIO, noun: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A group of rows at a time, so that memory does not grow with the file."""
    # Lazily: it takes half a second and 60 MB, which no page is to pay.
    import pyarrow
    from pyarrow import parquet

    schema = _schema(pyarrow, noun, columns)
    # Arrow's own allocator keeps what it was given, and would grow with the file.
    with parquet.ParquetWriter(target, schema, compression="zstd", memory_pool=pyarrow.system_memory_pool()) as writer:
        for table in _groups(pyarrow, schema, columns, rows):
            writer.write_table(table, row_group_size=GROUP)


def _groups(pyarrow: Any, schema: Any, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[Any]:
    left = iter(rows)
    while batches := list(islice(_batches(pyarrow, schema, columns, left), max(1, GROUP // BATCH))):
        pool = pyarrow.system_memory_pool()
        yield pyarrow.Table.from_batches(batches, schema).unify_dictionaries(pool).combine_chunks(pool)


def _batches(pyarrow: Any, schema: Any, columns: Sequence[Column], rows: Iterator[Row]) -> Iterator[Any]:
    while part := list(islice(rows, min(BATCH, GROUP))):
        arrays = [
            pyarrow.array(_values(column, part), type=field.type, memory_pool=pyarrow.system_memory_pool())
            for column, field in zip(columns, schema, strict=True)
        ]
        yield pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _values(column: Column, rows: Sequence[Row]) -> list[Any]:
    values = column.of(rows)
    if column.kind in (kinds.ROWS, kinds.VALUES):
        # Most lists are empty.
        return [
            None if value is None else "[]" if value == [] else json.dumps(value, ensure_ascii=False)
            for value in values
        ]
    return all_typed(column.kind, values)


def _schema(pyarrow: Any, noun: str, columns: Sequence[Column]) -> Any:
    told = {entry.field: entry for entry in entries_of(noun)}
    types = _types(pyarrow)
    fields = [
        pyarrow.field(
            column.name, types.get(column.kind, pyarrow.string()),
            metadata={"dictionary": json.dumps(told.get(column.name, told[column.field]).as_dict(), ensure_ascii=False)},
        )
        for column in columns
    ]  # fmt: skip
    whole = {
        "noun": noun,
        "dictionary": json.dumps([told[name].as_dict() for name in dict.fromkeys(c.field for c in columns)]),
    }
    return pyarrow.schema(fields, metadata=whole)


def _types(pyarrow: Any) -> dict[str, Any]:
    """Codes are few and repeat: as a dictionary of Arrow they are a number each."""
    text, number = pyarrow.string(), pyarrow.int64()
    return {
        kinds.ID: number, kinds.INTEGER: number, kinds.DECIMAL: pyarrow.decimal128(18, 6), kinds.YES_NO: pyarrow.bool_(),
        kinds.DAY: pyarrow.date32(), kinds.MOMENT: pyarrow.timestamp("us", tz="UTC"),
        kinds.CODE: pyarrow.dictionary(pyarrow.int32(), text), kinds.CODES: pyarrow.list_(text),
        kinds.TEXTS: pyarrow.list_(text), kinds.IDS: pyarrow.list_(number),
    }  # fmt: skip

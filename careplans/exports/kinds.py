"""What a value is, and one field of the data dictionary."""

from dataclasses import asdict, dataclass
from typing import Any

# What a value is, and what it is in a file of typed columns (careplans/exports/parquet_file.py).
ID, INTEGER, DECIMAL, YES_NO = "id", "whole number", "decimal number", "yes or no"
DAY, PARTIAL_DAY, MOMENT = "day", "day as far as it is known", "moment"
CODE, CODES, FIGURE, TEXT, TEXTS = "code", "list of codes", "figure as written", "text", "list of texts"
IDS, ROWS, VALUES = "list of ids", "list of rows", "values by name"
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

"""One field of the data dictionary."""

from dataclasses import asdict, dataclass
from typing import Any


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

"""The columns that the database is asked for, and how what COPY writes of them becomes JSON.

COPY writes a column as it stands, and takes a tenth of the time in which PostgreSQL puts a line of JSON together. What it escapes
of a text (a backslash, the end of a line, a tab) JSON escapes alike, but for the quotation mark and for rarer signs (`is_clean`).
Each byte that it writes is a sign of a text of Python here (`SIGNS`): texts are joined in a quarter of the time of bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from django.db import models
from django.db.models import F, Func, TextField
from django.db.models.constants import LOOKUP_SEP

from careplans.exports.in_database.values import Quoted

Expression = Any

SIGNS = "latin-1"
BETWEEN = "\x1f"
NULL = "null"
# Signs that JSON writes in a way of its own, and COPY as they are.
RARE = bytes(set(range(32)) - {ord("\n"), ord(BETWEEN)})


class Kind(Enum):
    BARE = auto()
    """Numbers: JSON as they stand."""
    YES_NO = auto()
    CODE = auto()
    """Codes and days: nothing in them is escaped."""
    CODE_OR_NULL = auto()
    TEXT = auto()
    JSON = auto()
    """Written by the database as JSON."""
    CODES = auto()
    """A list of codes, in which the database leaves a blank behind each comma."""
    MOMENT = auto()


@dataclass(frozen=True)
class Column:
    """`in_quotes`: its value is a text of JSON that wants quotation marks around it."""

    expression: Expression
    kind: Kind
    in_quotes: bool = False

    def as_json(self, value: str) -> bytes:
        return (f'"{value}"' if self.in_quotes else value).encode(SIGNS)


@dataclass
class Columns:
    """Each is asked for once. `escaped`: texts as the database escapes them for JSON, for rows whose texts hold rare signs."""

    escaped: bool
    listed: list[Column] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def of(self, path: str, kind: Kind, column: Any) -> int:
        """The place of this column of the row, or of a related one."""
        if path in self._places:
            place = self._places[path]
            if kind is Kind.CODES:
                self.listed[place] = replace(self.listed[place], kind=kind)
            return place
        # What stands in a related row may be missing with it.
        may_miss = column is None or column.null or LOOKUP_SEP in path
        return self.add(_column(path, kind, column, self.escaped, may_miss), path)

    def add(self, column: Column, path: str = "") -> int:
        self.listed.append(column)
        if path:
            self._places[path] = len(self.listed) - 1
        return len(self.listed) - 1


def _column(path: str, kind: Kind, column: Any, escaped: bool, may_miss: bool) -> Column:
    if kind is Kind.TEXT and escaped:
        return Column(_Escaped(F(path)), Kind.JSON)
    if kind is Kind.CODE and may_miss:
        # No code and no day reads "null": Python sets the quotation marks, at a fraction of what it costs the database.
        return Column(F(path), Kind.CODE_OR_NULL)
    if kind is Kind.TEXT and may_miss:
        # A text may: the database sets them.
        return Column(Quoted(F(path)), kind)
    if isinstance(column, models.BooleanField):
        return Column(F(path), Kind.YES_NO)
    return Column(F(path), kind, in_quotes=kind in (Kind.TEXT, Kind.CODE))


class _Escaped(Func):
    template = "to_json(%(expressions)s)::text"
    output_field = TextField()


def is_clean(block: bytes) -> bool:
    """Whether no text in it holds a sign that JSON writes otherwise than COPY, or the one that stands between columns."""
    if b"\\" in block and (b"\\v" in block or b"\\\x1f" in block):
        return False
    return len(block.translate(None, RARE)) == len(block)


def told(column: Column, values: list[str]) -> list[str]:
    """What stands in one column of many rows, as JSON. All at once: Python takes no step for each row."""
    if column.kind in (Kind.BARE, Kind.CODE):
        return values
    if tell := _OF_EACH.get(column.kind):
        known = {value: tell(value) for value in set(values)}
        return list(map(known.__getitem__, values))
    whole = BETWEEN.join(values)
    if column.kind is Kind.TEXT:
        if column.in_quotes:
            return whole.replace('"', '\\"').split(BETWEEN) if '"' in whole else values
        if whole.count('"') == 2 * (len(values) - values.count(NULL)):
            return values
        return [_quoted(value) if value.count('"') > 2 else value for value in values]
    fixed = whole.replace("\\\\", "\\") if "\\" in whole else whole
    if column.kind is Kind.CODES:
        fixed = fixed.replace('", "', '","')
    return values if fixed == whole else fixed.split(BETWEEN)


def _quoted(value: str) -> str:
    return '"' + value[1:-1].replace('"', '\\"') + '"'


def _code_or_null(value: str) -> str:
    return value if value == NULL else f'"{value}"'


def _moment(value: str) -> str:
    """In UTC, and without a part of a second where there is none; of a part the database leaves out noughts at the end."""
    if value == NULL:
        return value
    day, time = value.removesuffix("+00").split(" ")
    return f'"{day}T{time.ljust(15, "0") if "." in time else time}Z"'


_OF_EACH: Mapping[Kind, Callable[[str], str]] = {
    Kind.MOMENT: _moment,
    Kind.CODE_OR_NULL: _code_or_null,
    Kind.YES_NO: {"t": "true", "f": "false", NULL: NULL}.__getitem__,
}

"""What is worked out is written where the line of the database left a mark for it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from careplans.exports.in_database.declared import ASK_ROW, Worked
from careplans.exports.in_database.lines import BEGIN, END, Told
from careplans.exports.spool import as_bytes, text_of

# Of a mark: the key of its row, and with the name of the field what its value follows from.
MARK = re.compile(f"{BEGIN}([^{BEGIN}]*){BEGIN}([^{END}]*){END}".encode())
Rows = Callable[[set[int]], Mapping[int, Mapping[str, Any]]]
"""Of these keys the rows as Python tells them, to this reader."""


class GoneError(Exception):
    """A row that was asked about is told no more."""


def written(text: bytes, told: Told, rows: Rows) -> bytes:
    """The lines of the database, with a value for each mark. Raises GoneError.

    Rows that are alike are worked out once, and put in by what takes no step of Python for each."""
    parts = MARK.split(text)
    keys, marks = parts[1::3], parts[2::3]
    known = {mark: _value(mark, told) for mark in set(marks)}
    values = list(map(known.__getitem__, marks))
    if None in values:
        places = [place for place, value in enumerate(values) if value is None]
        whole = rows({int(keys[place]) for place in places})
        if len(whole) < len({keys[place] for place in places}):
            raise GoneError
        for place in places:
            values[place] = as_bytes(text_of(whole[int(keys[place])][_name(marks[place])]))
    parts[1::3], parts[2::3] = [b""] * len(keys), values
    return b"".join(parts)


def _name(mark: bytes) -> str:
    return mark.partition(BEGIN.encode())[0].decode()


def _value(mark: bytes, told: Told) -> bytes | None:
    """As JSON; None where the row has to be asked."""
    name, _, inputs = mark.decode().partition(BEGIN)
    one = told.declared.worked[name]
    value = one.tell(tuple(json.loads(inputs))) if isinstance(one, Worked) else ASK_ROW
    return None if value is ASK_ROW else as_bytes(text_of(told.cut(name, value)))

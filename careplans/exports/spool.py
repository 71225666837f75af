"""The rows of one list as they were written, a line of JSON each: read again to make the file that was asked for."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))

AT_ONCE = 50


def text_of(value: Any) -> str:
    """A value as a row holds it."""
    return _ENCODER.encode(value)


def line(row: Any) -> bytes:
    return as_bytes(text_of(row)) + b"\n"


def as_bytes(text: str) -> bytes:
    """A text that holds half a character, as only JSON can say it, is told and breaks nothing."""
    return text.encode(errors="backslashreplace")


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open("rb") as handle:
        # Several at once: the names of the fields are then read once for all of them.
        while lines := list(islice(handle, AT_ONCE)):
            yield from json.loads(b"[" + b",".join(lines) + b"]")

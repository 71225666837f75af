"""The rows of one list as they were written, a line of JSON each: read again to make the file that was asked for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def line(row: Any) -> bytes:
    return _ENCODER.encode(row).encode(errors="backslashreplace") + b"\n"


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open("rb") as handle:
        for text in handle:
            yield json.loads(text)

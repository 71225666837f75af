"""The file of a bulk export: one of NDJSON, in which the resources of each type follow one another, and where each type begins.

What a program fetches as the file of a type is a stretch of it. So an export stays one file, with one length and one hash.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from careplans.api.fhir.kinds import KINDS
from careplans.exports import files
from careplans.exports.fhir.lists import LISTS
from careplans.models import Export

INDEX = "types.json"
_TYPE = re.compile(rb'\{"resourceType":"([A-Za-z]+)"')
Keeping = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Stretch:
    """The resources of one type: from which byte until before which, and how many."""

    type: str
    start: int
    end: int
    count: int


def write_fhir(export: Export, names: Sequence[str], target: Path, keeping: Keeping) -> None:
    """Raises OSError. Each list is read once for each of its types, a line at a time."""
    found: list[Stretch] = []
    with files.open_new(target) as handle:
        for type in KINDS:
            parts = [files.part(export, name) for name in names if type in _types_of(name)]
            start, count = handle.tell(), 0
            for part in parts:
                count += _copy(keeping(_lines(part)), type.encode(), handle)
            if count:
                found.append(Stretch(type, start, handle.tell(), count))
        handle.flush()
        os.fsync(handle.fileno())
    _write_index(export, found)


def _types_of(name: str) -> set[str]:
    return {kind.type for kind, _ in LISTS[name].parts}


def _copy(lines: Iterable[bytes], type: bytes, handle: BinaryIO) -> int:
    count = 0
    for line in lines:
        if (found := _TYPE.match(line)) and found[1] == type:
            handle.write(line)
            count += 1
    return count


def _lines(part: Path) -> Iterator[bytes]:
    if part.exists():
        with part.open("rb") as handle:
            yield from handle


def _write_index(export: Export, found: Sequence[Stretch]) -> None:
    """Before the file stands under its name. Two workers would write the same: it follows from the same rows on the disk."""
    started = files.folder(export) / f"{INDEX}-{export.token}"
    with files.open_new(started) as handle:
        handle.write(json.dumps([vars(one) for one in found]).encode())
        handle.flush()
        os.fsync(handle.fileno())
    started.replace(files.folder(export) / INDEX)


def stretches(export: Export) -> list[Stretch]:
    """Raises OSError where the folder is not on this server."""
    return [Stretch(**one) for one in json.loads((files.folder(export) / INDEX).read_text())]


def blocks_of(export: Export, stretch: Stretch) -> Iterator[bytes]:
    """Opened before the first block is asked for: a file that is removed meanwhile is still sent whole."""
    handle = files.finished(export).open("rb")
    handle.seek(stretch.start)
    return _blocks(handle, stretch.end - stretch.start)


def _blocks(handle: BinaryIO, left: int) -> Iterator[bytes]:
    with handle:
        for block in iter(partial(_next, handle, files.BLOCK), b""):
            yield block[:left]
            left -= len(block)
            if left <= 0:
                return


def _next(handle: BinaryIO, size: int) -> bytes:
    return handle.read(size)

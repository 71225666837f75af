"""Where the files lie: a folder for each, which nobody but the account of Consilium opens, and which nobody guesses."""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from careplans.models import Export

BLOCK = 2**20


def root() -> Path:
    return Path(settings.DATA_DIR) / "exports"


def folder(export: Export) -> Path:
    return root() / str(export.key)


def finished(export: Export) -> Path:
    return folder(export) / "file"


def part(export: Export, name: str) -> Path:
    """The rows of one list, a line each, as far as they are written."""
    return folder(export) / f"{name}.ndjson"


def begin(export: Export) -> None:
    """Make the folder. Raises OSError."""
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder(export).mkdir(mode=0o700, exist_ok=True)


def open_new(path: Path) -> BinaryIO:
    """A new file, or an old one made empty, that only its owner reads."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


@contextmanager
def held(export: Export) -> Iterator[None]:
    """While this is held no other process writes into the folder: one that stood still past its lease and wakes up waits here,
    and finds then that the work was taken from it."""
    begin(export)
    handle = os.open(folder(export) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def append(path: Path, position: int, lines: bytes) -> int:
    """Write behind `position`; what stood there was written by somebody who did not come to record it. On the disk when it
    returns: the row must never know of more than there is. The new end."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(handle, position)
        os.lseek(handle, position, os.SEEK_SET)
        view = memoryview(lines)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    return position + len(lines)


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def remove(export: Export) -> None:
    shutil.rmtree(folder(export), ignore_errors=True)


def sweep() -> int:
    """Folders on this machine whose export is neither under way nor ready: of how many."""
    # In this order: one that is begun meanwhile has its row before it has a folder.
    there = [path for path in root().iterdir() if path.is_dir()] if root().is_dir() else []
    rows = Export.objects.filter(state__in=(*Export.OPEN, Export.State.DONE))
    live = {str(key) for key in rows.values_list("key", flat=True)} if there else set()
    gone = [path for path in there if _is_key(path.name) and path.name not in live]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _is_key(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def told(error: OSError) -> str:
    """What happened to the disk, as a sentence to act on."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk of the server is full. Ask an administrator to make room, then ask for the file again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "The server may not write into its folder for exports. Ask an administrator to give it to Consilium's account."
    return "The server could not write the file. Ask an administrator to look at its disk, then ask for the file again."

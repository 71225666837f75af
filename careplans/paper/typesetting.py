"""Sets a sheet, in a process apart (`typesetter.py`), with limits of time, size and number."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

PROGRAM = Path(__file__).resolve().parent / "typesetter.py"
# A plan takes a fifth of a second and some 100 kB; twenty steps with 10,000 letters each stay below.
SECONDS = 15
MOST_WRITTEN = 2_000_000
# Of one web process at a time, and how long the next one waits for its turn.
AT_ONCE, PATIENCE = 2, 10

PLACE = re.compile(r"\w+\.typ:\d+:\d+")

logger = logging.getLogger(__name__)
_places = BoundedSemaphore(AT_ONCE)


class NotPrinted(Exception):
    """With a sentence for who wanted to print."""


def typeset(sheet: str, content: dict[str, Any], *, kind: str = "pdf") -> bytes:
    """The sheet as PDF/UA; `png`: a picture of its first page. Nothing is written to a disk."""
    written = json.dumps(content).encode()
    if len(written) > MOST_WRITTEN:
        raise NotPrinted("This plan is too long for a PDF. Print it from the browser.")
    if not _places.acquire(timeout=PATIENCE):
        raise NotPrinted("Several plans are being printed at this moment. Try again in a minute.")
    try:
        return _run(sheet, written, kind)
    finally:
        _places.release()


def _run(sheet: str, written: bytes, kind: str) -> bytes:
    """What the program says of an error is a place in the template; no word of a patient is logged."""
    command = [sys.executable, "-I", str(PROGRAM), sheet, kind]
    try:
        done = subprocess.run(command, input=written, capture_output=True, timeout=SECONDS, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        logger.error("a sheet took too long", extra={"seconds": SECONDS})
        raise NotPrinted("The PDF took too long. Print the plan from the browser, and tell an administrator.") from None
    if done.returncode or not done.stdout:
        logger.error("a sheet could not be set", extra={"status": done.returncode, "where": _places_in(done.stderr)})
        raise NotPrinted("The PDF could not be made. Print the plan from the browser, and tell an administrator.")
    return done.stdout


def _places_in(said: bytes) -> list[str]:
    """A crash may say anything: only places in a template are kept."""
    words = said.decode(errors="replace").split()
    return [word for word in words if PLACE.fullmatch(word)][:3]

"""docs/analyst.md as a reader goes through it: its calls in their order, and the days in them moved along with the demo board."""

import re
import shlex
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from common.centre_day import centre_today

PAGE = Path(__file__).resolve().parents[3] / "docs" / "analyst.md"
# The demo board tells its stories up to today; the page tells its calls as of this day.
WRITTEN_ON = date(2026, 11, 26)
HOST = "https://consilium.example"
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


@dataclass(frozen=True)
class Call:
    """`question` is its number on the page; 0 outside of the nine."""

    question: int
    method: str
    path: str
    body: str = ""


def calls(*, text=None):
    """Every line that is a call, `curl` ones with what they send. A line that cannot be read fails: it would not be run."""
    found, question = [], 0
    for line in (PAGE.read_text() if text is None else text).replace("\\\n", " ").splitlines():
        if heading := re.match(r"## (?:(\d)\.)?", line):
            question = int(heading[1] or 0)
        if re.match(r"    +(GET|POST|curl) ", line):
            found.append(_read(question, line.strip()))
    return found


def _read(question, line):
    if not line.startswith("curl"):
        method, path, *rest = line.split(" ", 2)
        return Call(question, method, moved(path), moved(*rest) if rest else "")
    method, path, body = "GET", "", ""
    words = iter(shlex.split(line)[1:])
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-d":
            body = next(words)
        elif word in ("-H", "-o"):
            next(words)
        else:
            assert word.startswith(HOST), f"this is not understood, and so not run: {word} in {line}"
            path = word.removeprefix(HOST)
    assert path, line
    return Call(question, method, moved(path), moved(body))


def moved(text):
    """Each day as far back from today as it lies from the day on which the page was written."""
    by = centre_today() - WRITTEN_ON
    return DAY.sub(lambda found: (date.fromisoformat(found[0]) + by).isoformat(), text)


def days_ago(day):
    return centre_today() - timedelta(days=(WRITTEN_ON - date.fromisoformat(day)).days)

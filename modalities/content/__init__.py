"""Reads the content files of this folder. Touches no database; a broken file is named in the error."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent

# Heading in the file -> field of a revision.
HEADINGS = {
    "What it is": "what_it_is",
    "Indication": "indication",
    "Limits": "limits",
    "Goal": "goal",
    "Availability": "availability",
    "References": "references",
}


class ContentError(ValueError):
    """A content file that cannot be read: says which file, and what is wrong in it."""


@dataclass(frozen=True)
class PageFile:
    slug: str
    title: str
    order: int
    code: str = ""
    parent: str = ""
    is_group: bool = False
    change_note: str = ""
    sections: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StatementEntry:
    number: str
    line: str
    kind: str
    text: str
    reference: str


@dataclass(frozen=True)
class FlagEntry:
    number: str
    about: str
    state: str
    noted_on: date
    note: str
    source: str


def read_pages(folder: Path = FOLDER) -> list[PageFile]:
    """Every page, parents before their children."""
    files = {path.stem: read_page(path) for path in sorted((folder / "pages").glob("*.md"))}
    ordered: list[PageFile] = []
    while len(ordered) < len(files):
        done = {page.slug for page in ordered}
        ready = [p for p in files.values() if p.slug not in done and (not p.parent or p.parent in done)]
        if not ready:
            raise ContentError(f"These pages have no parent that exists: {', '.join(sorted(set(files) - done))}.")
        ordered += ready
    return ordered


def read_page(path: Path) -> PageFile:
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ContentError(f"{path.name} does not begin with front matter between two lines of ---.")
    sections = _sections(path.name, parts[2])
    try:
        page = PageFile(slug=path.stem, sections=sections, **yaml.safe_load(parts[1]))
    except (TypeError, yaml.YAMLError) as error:
        raise ContentError(f"{path.name}: the front matter cannot be read: {error}") from error
    if not page.is_group and set(sections) != set(HEADINGS.values()):
        raise ContentError(f"{path.name} needs exactly these headings: {', '.join(HEADINGS)}.")
    return page


def read_statements(folder: Path = FOLDER) -> list[StatementEntry]:
    return [StatementEntry(**row) for row in _rows(folder / "statements.yaml")]


def read_flags(folder: Path = FOLDER) -> list[FlagEntry]:
    """One entry per statement: a note on several statements, or on a range, stands beside each of them."""
    return [
        FlagEntry(
            number=number,
            about=row.get("about", "statement"),
            state=row["state"],
            noted_on=row["noted_on"],
            note=row["note"],
            source="\n".join(row["sources"]),
        )
        for row in _rows(folder / "flags.yaml")
        for spec in row["statements"]
        for number in _numbers(spec)
    ]


def _sections(name: str, body: str) -> dict[str, str]:
    sections: dict[str, str] = {}
    for part in ("\n" + body).split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        if heading not in HEADINGS:
            raise ContentError(f"{name}: “{heading}” is not one of the headings {', '.join(HEADINGS)}.")
        sections[HEADINGS[heading]] = text.strip()
    return sections


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return rows


def _numbers(spec: str) -> list[str]:
    first, _, last = spec.partition("-")
    return [f"S{number:02}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)]

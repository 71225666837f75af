"""Reads the case files and puts everything that happens in them in one order of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.models import Board, User
from careplans.demo.clock import Calendar
from careplans.demo.files import DATA, load
from careplans.models import Case
from careplans.rules.vignettes import read_cases


class StoryError(ValueError):
    """A case file that cannot be told: says which file and which entry."""


@dataclass
class Telling:
    """One case while it is being told: who is who, which day it is, and the case once it is open."""

    board: Board
    people: Mapping[str, User]
    calendar: Calendar
    record: str
    about: dict[str, Any]
    case: Case | None = None


@dataclass(frozen=True)
class StoryEntry:
    """One thing that one person does on one day. `args` is what the file says beside `day`, `do` and `by`."""

    telling: Telling
    day: int
    moment: datetime
    do: str
    by: User | None
    args: dict[str, Any] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        if self.telling.case is None:
            raise StoryError(f"{self.telling.record}: “{self.do}” comes before the case is open")
        return self.telling.case

    @property
    def actor(self) -> User:
        if self.by is None:
            raise StoryError(f"{self.telling.record}: “{self.do}” on day {self.day} does not say by whom")
        return self.by

    def person(self, key: str) -> User:
        return self.telling.people[key]


def read_entries(board: Board, people: Mapping[str, User], calendar: Calendar) -> list[StoryEntry]:
    """Every entry of every file in order of time; entries of one case and day stay in the order of the file."""
    entries: list[StoryEntry] = []
    for place, path in enumerate(sorted((DATA / "cases").glob("*.yaml"))):
        entries += _entries_of(path, place, board, people, calendar)
    return sorted(entries, key=lambda entry: entry.moment)


def _entries_of(
    path: Path, place: int, board: Board, people: Mapping[str, User], calendar: Calendar
) -> Iterator[StoryEntry]:
    about = load(path)
    told = about.pop("story")
    telling = Telling(board=board, people=people, calendar=calendar, record=about["record"], about=about)
    on_that_day: dict[Any, int] = {}
    last = told[0]["day"]
    for row in told:
        args = dict(row)
        day, do, by = args.pop("day", last), args.pop("do"), args.pop("by", None)
        if day < last:
            raise StoryError(f"{path.name}: day {day} comes after day {last}")
        date, last = calendar.date(day), day
        on_that_day[date] = on_that_day.get(date, -1) + 1
        moment = calendar.moment(day, nth=on_that_day[date], case=place)
        yield StoryEntry(telling, day, moment, do, people[by] if by else None, args)


def vignette_facts(name: str) -> dict[str, Any]:
    """The facts of a worked example in the app's own names: sizes in whole millimetres instead of centimetres."""
    facts = next(row["facts"] for row in read_cases() if row["id"] == name)
    return dict(_in_mm(key, value) for key, value in facts.items())


def _in_mm(key: str, value: Any) -> tuple[str, Any]:
    return (f"{key.removesuffix('_cm')}_mm", int(value * 10)) if key.endswith("_cm") else (key, value)

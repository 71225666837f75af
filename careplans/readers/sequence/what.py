"""What a picture of a plan shows, in plain values: no row of the database, nothing of Django. `reading.py` makes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Look(StrEnum):
    """How a step is drawn. Its words stand beside it: no look is told by colour alone."""

    PLANNED = "planned"
    RUNNING = "running"
    ON_HOLD = "on_hold"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    NOT_DONE = "not_done"
    SET_ASIDE = "set_aside"
    IN_ARM = "in_arm"
    """Planned in an arm that nobody has chosen yet."""


class Passage(StrEnum):
    """How a gate stands."""

    OPEN = "open"
    WAITING = "waiting"
    FAILED = "failed"


class MarkState(StrEnum):
    """How a follow-up stands, what asks for most first. None has the value of a look: the key of a picture names both."""

    LATE = "late"
    DUE = "due"
    AHEAD = "ahead"
    MISSED = "missed"
    DONE = "done"

    @property
    def words(self) -> str:
        """In the key, in the table, and where they are counted."""
        return MARK_WORDS[self]


MARK_WORDS: dict[str, str] = {
    MarkState.LATE: "late",
    MarkState.DUE: "due now",
    MarkState.AHEAD: "to come",
    MarkState.MISSED: "did not attend",
    MarkState.DONE: "done",
}
# Nothing has become of these yet.
OPEN_MARKS = (MarkState.LATE, MarkState.DUE, MarkState.AHEAD)


@dataclass(frozen=True)
class Turn:
    """One cycle, session or administration. `state`: given, otherwise, planned, postponed, left_out; expected: nobody has
    planned a day for it, and its step goes on at this interval."""

    number: int
    day: date
    state: str
    words: str = ""


@dataclass(frozen=True)
class Gate:
    """What a step waits for: another step, a day, a condition in words. `event`: ended, begun or occurrence. `agreed`: the same
    of one that has begun or ended, whether it came or not."""

    words: str
    state: Passage = Passage.WAITING
    after: int | None = None
    event: str = "ended"
    number: int = 0
    not_before: date | None = None
    agreed: str = ""


@dataclass(frozen=True)
class Branch:
    """One arm of a decision. `state`: waiting, chosen or set_aside."""

    key: int
    words: str
    state: str = "waiting"


@dataclass(frozen=True)
class StepShown:
    """One step, at its place in the order."""

    key: int
    label: str
    """“3”, and “3a” where another step has the same number."""
    title: str
    phase: str
    phase_words: str
    look: Look
    state: str
    """In words: “In progress since 28 Aug 2026, 3 of 6 cycles given”."""
    start: date | None = None
    end: date | None = None
    filled_until: date | None = None
    """What lies before it has been delivered."""
    goes_on: bool = False
    """Nothing but a reason to stop ends it."""
    turns: tuple[Turn, ...] = ()
    gate: Gate | None = None
    is_decision: bool = False
    branches: tuple[Branch, ...] = ()
    decision: int | None = None
    """Of a step of an arm: the decision that leads to it, and how its arm stands there."""
    branch_state: str = ""
    branch: str = ""
    late: str = ""
    who: str = ""
    planned: str = ""
    """When it is or was planned, in words, for the table."""

    def days(self) -> Iterator[date]:
        found = (self.start, self.end, self.filled_until, self.gate.not_before if self.gate else None)
        yield from (day for day in found if day is not None)
        yield from (turn.day for turn in self.turns if turn.state != "expected")


@dataclass(frozen=True)
class Mark:
    """A follow-up, or the board that talks about the case again."""

    day: date
    kind: str
    state: MarkState
    words: str


@dataclass(frozen=True)
class Lane:
    """Follow-ups of one kind, on one line."""

    kind: str
    name: str
    words: str
    marks: tuple[Mark, ...]
    late: str = ""


@dataclass(frozen=True)
class Sequence:
    """A plan on its time axis. `today` is none where the plan is past, and nothing of it is still to come."""

    name: str
    state: str
    today: date | None
    steps: tuple[StepShown, ...] = ()
    lanes: tuple[Lane, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def is_something(self) -> bool:
        return bool(self.steps or self.lanes)

    def days(self) -> Iterator[date]:
        if self.today is not None:
            yield self.today
        for step in self.steps:
            yield from step.days()
        for lane in self.lanes:
            yield from (mark.day for mark in lane.marks)


def day_words(day: date) -> str:
    return f"{day:%-d %b %Y}"

"""The follow-ups of a plan, a line of its picture for each kind: as they are written, or as its schedules will. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from careplans.models import FollowUp, Kind, Plan
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import plan_dates
from careplans.readers.sequence.text import plain
from careplans.readers.sequence.what import Lane, Mark, MarkState, day_words
from common.direction import isolated

# What is drawn by one sign.
KINDS = {
    Kind.VISIT: "visit",
    Kind.MARKERS: "markers",
    Kind.CROSS_SECTIONAL: "imaging",
    Kind.RECEPTOR_IMAGING: "imaging",
    Kind.ECHO: "heart",
    Kind.REDISCUSSION: "rediscussion",
}
NAMES = {
    "markers": "Markers",
    "imaging": "Imaging",
    "heart": "Heart",
    "visit": "Visits",
    "rediscussion": "Board discusses it again",
    "other": "Other follow-up",
}
# In the order of time; what is late is said apart.
COUNTED = (MarkState.DONE, MarkState.MISSED, MarkState.DUE, MarkState.AHEAD)
LABELS: dict[str, str] = {kind.value: str(kind.label) for kind in Kind}


def lanes_of(rows: Iterable[FollowUp], today: date | None, *, since: date | None, reads_text: bool) -> tuple[Lane, ...]:
    """Of rows at hand. What was settled before the plan began is not of its sequence."""
    return _by_kind(
        _mark(row, today, reads_text)
        for row in rows
        if row.status != FollowUp.Status.CANCELLED and (row.is_open or since is None or _day(row) >= since)
    )


def lanes_ahead(plan: Plan, today: date, *, reads_text: bool) -> tuple[Lane, ...]:
    """Of a plan that is not in force yet: what its schedules ask for, as far as their day is known."""
    dues = [due for one in plan_dates(plan.standing_schedules, horizon(today)) for due in one]
    return _by_kind(
        Mark(
            due.day,
            KINDS.get(Kind(due.kind), "other"),
            MarkState.AHEAD,
            _told(due.kind, due.title, reads_text, _planned(due.day)),
        )
        for due in dues
        if due.day >= today
    )


def _planned(day: date) -> str:
    return f"planned for {day_words(day)}"


def _day(row: FollowUp) -> date:
    return row.done_on or row.due_on


STATES: dict[str, MarkState] = {
    FollowUp.Status.PLANNED: MarkState.AHEAD,
    "due": MarkState.DUE,
    "overdue": MarkState.LATE,
    FollowUp.Status.DONE: MarkState.DONE,
    FollowUp.Status.DID_NOT_ATTEND: MarkState.MISSED,
}


def _mark(row: FollowUp, today: date | None, reads_text: bool) -> Mark:
    """Without a day of today nothing is due or late."""
    state = STATES[row.status if today is None else row.state_on(today)]
    words = _told(row.kind, row.title, reads_text, _stands(row, state))
    return Mark(_day(row), KINDS.get(Kind(row.kind), "other"), state, words)


def _stands(row: FollowUp, state: MarkState) -> str:
    if state == MarkState.DONE:
        return f"done {day_words(_day(row))}"
    if state == MarkState.MISSED:
        return f"did not attend {day_words(row.due_on)}"
    if state == MarkState.LATE:
        return f"late: was to be done by {day_words(row.due_until)}"
    if state == MarkState.DUE:
        return f"due now, until {day_words(row.due_until)}"
    return f"due {day_words(row.due_on)}"


def _told(kind: str, title: str, reads_text: bool, words: str) -> str:
    name = isolated(plain(title)) if title and reads_text else LABELS[kind]
    return f"{name}, {words}"


def _by_kind(marks: Iterable[Mark]) -> tuple[Lane, ...]:
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        found.setdefault(mark.kind, []).append(mark)
    return tuple(_lane(kind, sorted(found[kind], key=lambda one: one.day)) for kind in NAMES if kind in found)


def _lane(kind: str, marks: list[Mark]) -> Lane:
    late = [mark for mark in marks if mark.state == MarkState.LATE]
    said = f"{len(late)} late, the first was due on {day_words(late[0].day)}" if late else ""
    return Lane(kind, NAMES[kind], ", ".join(_counted(marks)), tuple(marks), said)


def _counted(marks: list[Mark]) -> Iterator[str]:
    for state in COUNTED:
        if many := [mark for mark in marks if mark.state == state]:
            ahead = f", next {day_words(many[0].day)}" if state == MarkState.AHEAD else ""
            yield f"{len(many)} {state.words}{ahead}"

"""The cycles, sessions and administrations of a step: those that are written, and those that its course leads to. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

from careplans.models import Occurrence, Step
from careplans.readers.sequence.step_days import as_it_stands
from careplans.readers.sequence.what import Turn, day_words

STATES = {
    Occurrence.Status.PLANNED: "planned",
    Occurrence.Status.GIVEN: "given",
    Occurrence.Status.GIVEN_OTHERWISE: "otherwise",
    Occurrence.Status.POSTPONED: "postponed",
    Occurrence.Status.OMITTED: "left_out",
}
WORDS = {
    "planned": "planned for",
    "given": "given on",
    "otherwise": "given otherwise on",
    "postponed": "postponed to",
    "left_out": "left out, planned for",
    "fell_away": "fell away, planned for",
    "not_given": "not given, planned for",
    "expected": "at this interval on",
}
# Of what goes on until it is stopped, so many are shown ahead.
AHEAD = 12


def turns_of(step: Step, start: date | None, *, reads_text: bool) -> tuple[Turn, ...]:
    if not step.is_repeated:
        return ()
    rows = [
        _turn(step, row.number, row.day, STATES[row.status], reads_text, how=_omitted(step, row))
        for row in step.occurrences.all()
    ]
    # What was still ahead when it went on in a later plan, or in other care, is not drawn here.
    if step.carried_over_at is not None or (not step.is_open and rows):
        return tuple(rows)
    return (*rows, *turns_ahead(step, start, rows, reads_text=reads_text))


def _omitted(step: Step, row: Occurrence) -> str:
    """Nobody left out what was never due: since its course was stopped before, or has fewer in an amendment. Of a step that never
    began these rows do not tell which were due. As the report of cycles has it (careplans/reports/concordance/cycles.py)."""
    if row.status != Occurrence.Status.OMITTED:
        return ""
    if row.reason == Step.Reason.LEFT_OUT:
        return "fell_away"
    if step.status == Step.Status.NOT_DONE:
        return "not_given"
    ended = step.ended_on if step.status == Step.Status.STOPPED and row.reason == step.reason else None
    return "fell_away" if ended and row.planned_on > ended else ""


def turns_ahead(
    step: Step, start: date | None, rows: Sequence[Turn] = (), *, reads_text: bool
) -> Iterator[Turn]:  # fmt: skip
    """What is not written yet: of a number that is fixed all of them, and of what goes on the next few."""
    now = as_it_stands(step)
    if not step.interval or now.status in Step.ENDED:
        return
    done = now.occurrences_given + now.occurrences_omitted
    number = rows[-1].number if rows else done
    day = rows[-1].day if rows else (now.due_on if now.started_on else None) or start
    if day is None:
        return
    most = (step.occurrences_planned or 0) - number if step.is_counted else AHEAD
    first = 1 if rows else 0
    for turn in range(max(0, min(most, 60))):
        try:
            later = step.day_after(day, turn + first)
        except (OverflowError, ValueError):
            return
        state = "planned" if step.is_counted or (turn == 0 and not rows) else "expected"
        yield _turn(step, number + turn + 1, later, state, reads_text)


def _turn(step: Step, number: int, day: date, state: str, reads_text: bool, *, how: str = "") -> Turn:
    """`how`: what is said instead of the words of its state, which the picture draws."""
    heading = step.occurrence_heading(number, named=reads_text)
    return Turn(number, day, state, f"{heading}: {WORDS[how or state]} {day_words(day)}")

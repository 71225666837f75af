"""The picture in sentences, for who hears it, and for who reads the file by itself. Pure."""

from collections.abc import Iterator

from careplans.readers.sequence.what import Lane, Sequence, StepShown, day_words

FEW = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def heading(sequence: Sequence) -> str:
    return f"{sequence.name} as a sequence in time"


def told(sequence: Sequence) -> str:
    """What the picture says, in the order in which it is read."""
    return " ".join(_sentences(sequence))


def _sentences(sequence: Sequence) -> Iterator[str]:
    number = len(sequence.steps)
    many = FEW[number] if number < len(FEW) else str(number)
    on = f" on {day_words(sequence.today)}" if sequence.today else ""
    yield f"{sequence.name} is {sequence.state}{on}. {many} step{'' if number == 1 else 's'}."
    yield from map(_step, sequence.steps)
    yield from map(_lane, sequence.lanes)
    yield "The same stands in the table."


def _step(step: StepShown) -> str:
    said = [
        step.state,
        step.late,
        step.branch,
        step.gate.words if step.gate else "",
        *(one.words for one in step.branches),
    ]
    return f"{step.label}: {step.title}. {'. '.join(filter(None, said))}."


def _lane(lane: Lane) -> str:
    return f"{lane.name}: {', '.join(filter(None, [lane.late, lane.words]))}."

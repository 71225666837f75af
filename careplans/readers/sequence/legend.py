"""What the signs of a picture mean: only those that are on it. Pure."""

from collections.abc import Iterator

from careplans.readers.sequence.places import Frame, KeyAt, Text
from careplans.readers.sequence.text import width_of
from careplans.readers.sequence.what import MARK_WORDS, Look, MarkState, Passage, Sequence

SIGN = 22
WORDS: dict[str, str] = {
    Look.DELIVERED: "delivered",
    Look.PLANNED: "planned",
    Look.RUNNING: "in progress",
    Look.ON_HOLD: "on hold",
    Look.STOPPED: "stopped",
    Look.NOT_DONE: "not done",
    Look.SET_ASIDE: "set aside",
    Look.IN_ARM: "in an arm not chosen yet",
    "goes_on": "goes on",
    "left_out": "left out",
    "postponed": "postponed",
    "decision": "decision",
    "waits": "waits for",
    "failed": "condition failed",
    **MARK_WORDS,
}


def key_of(sequence: Sequence, frame: Frame, top: float) -> tuple[tuple[KeyAt, ...], float]:
    """In lines as wide as the picture, below each other."""
    found, x, y = [], 12.0, top + frame.line
    for look in dict.fromkeys(_looks(sequence)):
        words = WORDS[look]
        width = SIGN + 4 + width_of(words, frame.size)
        if x > 12 and x + width > frame.width - 8:
            x, y = 12.0, y + frame.line + 2
        found.append(KeyAt(look, x, y - 4, Text(x + SIGN + 4, y, words, "quiet")))
        x += width + 16
    return tuple(found), y if found else top


def _looks(sequence: Sequence) -> Iterator[str]:
    yield from (step.look for step in sequence.steps if not step.is_decision)
    turns = {turn.state for step in sequence.steps for turn in step.turns}
    yield from (state for state in ("postponed", "left_out") if state in turns)
    if any(step.goes_on for step in sequence.steps):
        yield "goes_on"
    if any(step.is_decision for step in sequence.steps):
        yield "decision"
    gates = [step.gate for step in sequence.steps if step.gate]
    if any(gate.state != Passage.FAILED for gate in gates):
        yield "waits"
    if any(gate.state == Passage.FAILED for gate in gates):
        yield "failed"
    marks = {mark.state for lane in sequence.lanes for mark in lane.marks}
    yield from (state for state in reversed(MarkState) if state in marks)

"""Where everything of a picture stands, so that no two words meet and nothing leaves the picture. Pure: values in, places out."""

from collections.abc import Iterable
from collections.abc import Sequence as Many
from datetime import date
from itertools import groupby, pairwise

from careplans.readers.sequence.axis import Axis, by_weight, first_of_months
from careplans.readers.sequence.legend import key_of
from careplans.readers.sequence.places import (
    BAR,
    BandAt,
    Drawing,
    Frame,
    LaneAt,
    RowAt,
    Text,
    TurnAt,
)
from careplans.readers.sequence.text import plain, shortened, width_of, wrapped
from careplans.readers.sequence.what import Lane, Look, Mark, MarkState, Passage, Sequence, StepShown, Turn

HEAD, PAD, BAND = 44, 6, 20
# Cycles stand apart at least so far for their numbers to fit into them, and so far to be drawn one by one.
NUMBERED, APART = 19.0, 5.0
MARK = 11.0


class Sheet:
    """The picture while it is laid out: where time runs, and how far down it has come."""

    def __init__(self, frame: Frame, axis: Axis, *, undated: bool) -> None:
        self.frame, self.axis = frame, axis
        self.right = frame.time_right - (frame.undated + 8 if undated else 0)
        self.undated_left = frame.time_right - frame.undated if undated else None

    def x(self, day: date) -> float:
        return self.along(self.axis.at(day))

    def along(self, place: float) -> float:
        return round(self.frame.time_left + place * (self.right - self.frame.time_left), 1)

    def held(self, left: float, width: float) -> float:
        """So far left that it ends on the axis, and no further than where it begins."""
        return max(float(self.frame.time_left), min(left, self.right - width))


def lay_out(sequence: Sequence, frame: Frame, axis: Axis) -> Drawing:
    sheet = Sheet(frame, axis, undated=any(step.start is None for step in sequence.steps))
    rows, bands, reached = _rows(sheet, sequence.steps)
    lanes, reached = _lanes(sheet, sequence.lanes, reached)
    notes, bottom = _notes(frame, sequence, axis, reached + PAD)
    key, bottom = key_of(sequence, frame, bottom)
    today = sequence.today
    at = sheet.x(today) if today is not None and axis.has(today) else None
    return Drawing(
        frame, bottom + PAD + 4, rows, bands, lanes, _ticks(sheet, at), key, notes, (40.0, reached), at, _today(sheet, at),
        _undated(sheet), sheet.undated_left, tuple((sheet.along(low), sheet.along(high)) for low, high in axis.breaks),
    )  # fmt: skip


def _today(sheet: Sheet, at: float | None) -> Text | None:
    if at is None:
        return None
    width = width_of("Today", sheet.frame.size, bold=True) + 10
    return Text(sheet.held(at - width / 2, width) + 5, 15, "Today", "today", bold=True)


def _undated(sheet: Sheet) -> Text | None:
    if sheet.undated_left is None:
        return None
    fits = width_of("No date yet", sheet.frame.size) <= sheet.frame.undated
    return Text(sheet.undated_left, 36, "No date yet" if fits else "No date", "quiet")


def _ticks(sheet: Sheet, today: float | None) -> tuple[Text, ...]:
    """As many as find room, what matters most first."""
    size, found = sheet.frame.size, []
    # The line of today runs through none of them.
    taken: list[tuple[float, float]] = [] if today is None else [(today + 5, today - 5)]
    for day, words in by_weight(first_of_months(sheet.axis)):
        left = sheet.x(day)
        right = left + 3 + width_of(words, size)
        if right <= sheet.right and all(right + 8 <= one or left >= other + 8 for one, other in taken):
            taken.append((left, right))
            found.append(Text(left + 3, 36, words, "quiet"))
    return tuple(sorted(found, key=lambda text: text.x))


def _rows(sheet: Sheet, steps: Iterable[StepShown]) -> tuple[tuple[RowAt, ...], tuple[BandAt, ...], float]:
    rows, bands, top, frame = [], [], float(HEAD), sheet.frame
    for (phase, words), own in groupby(steps, key=lambda step: (step.phase, step.phase_words)):
        first = top
        top += BAND
        for step in own:
            row = _row(sheet, step, top)
            rows.append(row)
            top += row.height
        left = frame.words_left - 24 if frame.stacked else 12
        name = Text(left, first + 15, shortened(words, frame.words_width, frame.size, bold=True), phase, bold=True)
        bands.append(BandAt(phase, first, top - first, name))
        top += PAD
    return tuple(rows), tuple(bands), top


def _row(sheet: Sheet, step: StepShown, top: float) -> RowAt:
    frame = sheet.frame
    texts = tuple(_texts(step, frame, top))
    words = len(texts) * frame.line + 2
    zone = 38 if any(True for _ in step.turns) else 28
    height = PAD + (words + zone if frame.stacked else max(words, zone)) + PAD
    middle = top + height - PAD - 12 if frame.stacked else top + PAD + zone - 14
    left, right, filled = _bar(sheet, step)
    turns = _turns(sheet, step, middle)
    gate = step.gate
    flag = sheet.x(gate.not_before) if gate and gate.not_before else None
    label = Text(frame.words_left - 24, top + PAD + frame.size - 1, step.label, step.phase, bold=True)
    return RowAt(step, top, height, middle, left, right, filled, step.start is not None, label, texts, turns, flag)


def _texts(step: StepShown, frame: Frame, top: float) -> Iterable[Text]:
    y = top + PAD - frame.line + frame.size - 1
    for words, tone, most in said_of(step):
        bold = tone in ("title", "late", "muted")
        inset = _inset(step, frame) if tone in ("title", "muted") else 0.0
        for line in wrapped(words, frame.words_width - inset, frame.size, most=most, bold=bold):
            y += frame.line
            yield Text(frame.words_left + inset, y, line, tone, bold)


def _inset(step: StepShown, frame: Frame) -> float:
    """A long label, as “12b”, takes room of the title."""
    return max(0.0, width_of(step.label, 14, bold=True) + 8 - 20)


def said_of(step: StepShown) -> Iterable[tuple[str, str, int]]:
    """The words beside a step, their tone, and in how many lines at most."""
    yield plain(step.title) or "–", ("muted" if step.look == Look.SET_ASIDE else "title"), 2
    if step.late:
        yield step.late, "late", 2
    yield ", ".join(filter(None, [step.state, f"with {step.who}" if step.who else ""])), "quiet", 3
    if step.branch:
        yield step.branch, "quiet", 2
    if step.gate and step.gate.words:
        yield step.gate.words, ("late" if step.gate.state == Passage.FAILED else "quiet"), 3
    for branch in step.branches:
        yield branch.words, "quiet", 2


def _bar(sheet: Sheet, step: StepShown) -> tuple[float, float, float]:
    """From where to where its bar reaches, and to where it is filled."""
    if step.start is None:
        left = float(sheet.undated_left or sheet.frame.time_left)
        return left + 4, left + 4 + min(44, sheet.frame.undated - 8), left + 4
    least = 16.0 if step.is_decision else 13.0
    left = sheet.x(step.start)
    right = sheet.right if step.goes_on else max(sheet.x(step.end or step.start), left + least)
    if step.is_decision:
        left, right = left - least / 2, left + least / 2
    left = sheet.held(left, right - left if not step.goes_on else least)
    right = min(sheet.right, max(right, left + least))
    filled = left if step.filled_until is None else min(right, max(left, sheet.x(step.filled_until)))
    return left, right, right if step.look in (Look.DELIVERED, Look.STOPPED) else filled


def _turns(sheet: Sheet, step: StepShown, middle: float) -> tuple[TurnAt, ...]:
    """Each at its day, with its number where that fits: in it, or else above it while there is room."""
    shown = [turn for turn in step.turns if turn.state != "expected" or sheet.axis.has(turn.day)]
    places = [sheet.x(turn.day) for turn in shown]
    apart = min((b - a for a, b in pairwise(places)), default=NUMBERED)
    width = max(2.0, min(17.0, round(apart - 2, 1)))
    found, reached = [], float("-inf")
    for turn, place in zip(shown, places, strict=True):
        left = sheet.held(place - width / 2 if apart >= APART else place, width)
        number, reached = _number(sheet, turn, left + width / 2, middle, reached, inside=apart >= NUMBERED)
        found.append(TurnAt(turn, left, width, number))
    return tuple(found)


def _number(
    sheet: Sheet, turn: Turn, centre: float, middle: float, reached: float, *, inside: bool
) -> tuple[Text | None, float]:
    """Numbers stand in the boxes, or above them one after the other as they find room."""
    words, size = str(turn.number), sheet.frame.size
    width = width_of(words, size, bold=True)
    left = max(float(sheet.frame.time_left), min(centre - width / 2, sheet.right - width))
    if left < reached + (1 if inside else 6) or turn.state == "expected":
        return None, reached
    y = middle - BAR / 2 - 4
    return Text(round(left, 1), y, words, "number", bold=True), left + width


def _lanes(sheet: Sheet, lanes: Many[Lane], top: float) -> tuple[tuple[LaneAt, ...], float]:
    if not lanes:
        return (), top
    frame, found = sheet.frame, []
    for lane in lanes:
        said = [(lane.name, "title", 1), (lane.late, "late", 2), (lane.words, "quiet", 2)]
        texts, y = [], top + PAD + frame.size - 1 - frame.line
        for words, tone, most in said:
            for line in wrapped(words, frame.words_width, frame.size, most=most, bold=tone != "quiet") if words else ():
                y += frame.line
                texts.append(Text(frame.words_left, y, line, tone, tone != "quiet"))
        words_height = len(texts) * frame.line + 2
        height = PAD + (words_height + 20 if frame.stacked else max(words_height, 20)) + 2
        middle = top + height - 12 if frame.stacked else top + PAD + 9
        sign = (frame.words_left - 14, top + PAD + frame.size / 2 + 1)
        found.append(LaneAt(lane, middle, sign, tuple(texts), _marks(sheet, lane)))
        top += height
    return tuple(found), top + 2


def _marks(sheet: Sheet, lane: Lane) -> tuple[tuple[float, Mark], ...]:
    """Where two would cover each other, the one that asks for more is drawn; the words beside the lane count them all."""
    taken: list[float] = []
    found, first = [], list(MarkState)
    for mark in sorted(lane.marks, key=lambda one: (first.index(one.state), one.day)):
        place = sheet.held(sheet.x(mark.day) - MARK / 2, MARK) + MARK / 2
        if all(abs(place - other) >= MARK - 2 for other in taken):
            taken.append(place)
            found.append((place, mark))
    return tuple(sorted(found, key=lambda one: one[0]))


def _notes(frame: Frame, sequence: Sequence, axis: Axis, top: float) -> tuple[tuple[Text, ...], float]:
    said = [*sequence.notes, *(["At // a long gap is drawn shorter than it is."] if axis.is_shrunk else [])]
    texts, y = [], top
    for words in said:
        for line in wrapped(words, frame.time_right - 12, frame.size, most=3):
            y += frame.line
            texts.append(Text(12, y, line, "quiet"))
    return tuple(texts), y + (4 if texts else 0)

"""What `layout.py` finds: where everything of a picture stands. Plain values, in the units of the view box."""

from dataclasses import dataclass

from careplans.readers.sequence.what import Lane, Mark, StepShown, Turn


@dataclass(frozen=True)
class Frame:
    """One size of the picture. `stacked`: words stand above the bars and not beside them, as a phone needs it."""

    width: int
    size: int
    """Of the letters; `line`: from one line to the next."""
    line: int
    words_left: int
    words_width: int
    time_left: int
    time_right: int
    undated: int
    """How wide the place is where steps without a date stand."""
    stacked: bool = False


# From some 700 px on, where its letters are drawn at 12 px or more; the other one below that.
WIDE = Frame(width=760, size=13, line=17, words_left=34, words_width=266, time_left=318, time_right=750, undated=86)
# Where a page gives the picture its whole width.
DESK = Frame(width=1120, size=13, line=17, words_left=34, words_width=336, time_left=388, time_right=1110, undated=86)
NARROW = Frame(
    width=340, size=14, line=18, words_left=50, words_width=284, time_left=24, time_right=332, undated=76, stacked=True
)
BAR = 14


@dataclass(frozen=True)
class Text:
    """One line of words. `tone`: an entry of `svg.TONES`; `y`: its base line."""

    x: float
    y: float
    words: str
    tone: str = "body"
    bold: bool = False


@dataclass(frozen=True)
class TurnAt:
    turn: Turn
    left: float
    width: float
    number: Text | None = None


@dataclass(frozen=True)
class RowAt:
    step: StepShown
    top: float
    height: float
    middle: float
    """Of its bar."""
    left: float
    right: float
    filled: float
    has_day: bool
    label: Text
    texts: tuple[Text, ...]
    turns: tuple[TurnAt, ...] = ()
    flag: float | None = None
    """Where “not before” stands."""


@dataclass(frozen=True)
class BandAt:
    """A run of steps of one phase, with its word."""

    phase: str
    top: float
    height: float
    text: Text


@dataclass(frozen=True)
class LaneAt:
    lane: Lane
    middle: float
    sign: tuple[float, float]
    texts: tuple[Text, ...]
    marks: tuple[tuple[float, Mark], ...]


@dataclass(frozen=True)
class KeyAt:
    """One sign of the legend, with its words."""

    look: str
    x: float
    y: float
    text: Text


@dataclass(frozen=True)
class Drawing:
    frame: Frame
    height: float
    rows: tuple[RowAt, ...]
    bands: tuple[BandAt, ...]
    lanes: tuple[LaneAt, ...]
    ticks: tuple[Text, ...]
    key: tuple[KeyAt, ...]
    notes: tuple[Text, ...]
    grid: tuple[float, float]
    """From where to where the lines of the axis run."""
    today: float | None = None
    today_text: Text | None = None
    undated: Text | None = None
    undated_left: float | None = None
    breaks: tuple[tuple[float, float], ...] = ()
    """From where to where the axis is drawn shorter than it is."""

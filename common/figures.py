"""Numbers as people write them. Pure.

`1.000` is one to one reader and a thousand to another: it is never taken for either, whoever typed it is asked. A figure
is what a report gives, which is not always one number: `<1`, `>95`, `3-5`, `2,5`, `ca. 5`. It is kept as written; what
reads it asks for its bounds.
"""

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

HOW_TO_WRITE = "Write a number, or what the report gives: <1, >95 or 3-5."
WHOLE = "Use a whole number in digits, for example 4."
LONGEST = 24
# Digits of the largest key or version that the database can hold, and one less.
LONGEST_KEY = 18

# One to three digits, then groups of three, as thousands are written; a nought in front is never a thousand.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,'’ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_NUMBERS = re.compile(r"[0-9]+(?:[.,'’ \u00a0\u202f][0-9]+)*")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_RANGE = re.compile(r"(?P<low>[0-9.,]+)\s*(?:-|–|—|\u2010|\u2011|\bto\b)\s*(?P<high>[0-9.,]+)")
_ONE = re.compile(
    r"(?P<word><=|>=|[<>≤≥~≈]|less than|under|up to|at most|more than|over|at least|about|ca\.?|approx\.?)?"
    r"\s*(?P<number>[0-9.,]+)",
    re.IGNORECASE,
)
_FROM_ON = re.compile(r"(?P<number>[0-9.,]+)\s*\+")
_UNDER = ("<", "less than", "under")
_UP_TO = ("<=", "≤", "up to", "at most")
_OVER = (">", "more than", "over")
_FROM = (">=", "≥", "at least")


class NotAFigure(ValueError):
    """With the sentence for whoever typed it."""


class Written(float):
    """A number that knows how it was written: 1.000 must not pass as 1 where somebody may have meant a thousand."""

    def __init__(self, written: str) -> None:
        self.written = written


@dataclass(frozen=True)
class Figure:
    """What a written figure can stand for: from `low` to `high`, each with or without the bound itself. A bound that is
    None is open. A figure that says more than one number is never taken for one of them."""

    written: str
    low: Decimal | None
    high: Decimal | None
    with_low: bool = True
    with_high: bool = True
    is_about: bool = False
    low_is_limit: bool = field(default=False, compare=False)
    """Nobody wrote this end: it is the least that can be entered."""
    high_is_limit: bool = field(default=False, compare=False)

    def is_over(self, limit: int | Decimal) -> bool:
        """Whatever it stands for is over the limit."""
        return self.low is not None and (self.low > limit or (self.low == limit and not self.with_low))

    def is_at_least(self, limit: int | Decimal) -> bool:
        return self.low is not None and self.low >= limit

    def is_under(self, limit: int | Decimal) -> bool:
        return self.high is not None and (self.high < limit or (self.high == limit and not self.with_high))

    def is_at_most(self, limit: int | Decimal) -> bool:
        return self.high is not None and self.high <= limit

    def may_be_from(self, limit: int | Decimal) -> bool:
        """It may stand for the limit or more."""
        return self.high is None or self.high > limit or (self.high == limit and self.with_high)

    def may_be_to(self, limit: int | Decimal) -> bool:
        """It may stand for the limit or less."""
        return self.low is None or self.low < limit or (self.low == limit and self.with_low)

    def is_same(self, other: "Figure") -> bool:
        """6 and 6.00 are one figure, and 3-5 and 3–5."""
        mine, theirs = (
            (one.low, one.high, one.with_low, one.with_high, one.is_about) for one in (self, other)
        )  # fmt: skip
        return mine == theirs


def question_about(text: str, *, whole: bool = False) -> str:
    """What to ask whoever wrote a number that can be read in two ways; empty where none can."""
    for token in _NUMBERS.findall(text):
        if _GROUPED.fullmatch(token):
            return _ask(token, whole)
    return ""


def _ask(token: str, whole: bool) -> str:
    marks = re.findall(r"[^0-9]", token)
    if len(marks) == 1 and marks[0] in ".,":
        large, small = token.replace(marks[0], ""), Decimal(token.replace(",", "."))
        rounded = plain(small.quantize(Decimal(1) if whole else Decimal("0.01"), ROUND_HALF_UP))
        about = "" if Decimal(rounded) == small else "about "
        return f"{token} can mean {about}{rounded} or {large}: write {rounded} or {large}."
    groups = re.split(r"[^0-9]", token)
    fraction = groups.pop() if marks[-1] in ".," and (len(set(marks)) > 1 or len(groups[-1]) != 3) else ""
    large = "".join(groups) + (f".{fraction}" if fraction and not whole else "")
    return f"{token} can be read in two ways: write {large} if you mean {large}, without marks between the thousands."


def plain(number: Decimal) -> str:
    """6, not 6.00."""
    return f"{number.normalize():f}"


def read_number(text: str) -> Decimal:
    """One number, with a point or a comma. Ask `question_about` first."""
    if not _PLAIN.fullmatch(text):
        raise NotAFigure(HOW_TO_WRITE)
    return Decimal(text.replace(",", "."))


def read_figure(text: str, *, low: int, high: int, whole: bool = False, unit: str = "") -> Figure:
    """What stands in a report, within what can be: `low` and `high` are the least and the most of this fact. A per cent sign
    behind it is taken where that is its own `unit`, which stands beside the field already."""
    written = " ".join(text.split())
    if unit == "%":
        written = written.removesuffix("%").rstrip()
    asked = question_about(written, whole=whole)
    if asked:
        raise NotAFigure(asked)
    if len(written) > LONGEST:
        raise NotAFigure(HOW_TO_WRITE)
    figure = _range(written) or _one(written, low, high)
    for bound in (figure.low, figure.high):
        if bound is not None and not low <= bound <= high:
            raise NotAFigure(f"It must be from {low} to {high}.")
        if whole and bound is not None and bound != bound.to_integral_value():
            raise NotAFigure("Write whole numbers: 12, >10 or 3-5.")
    if figure.low == figure.high and not (figure.with_low and figure.with_high):
        raise NotAFigure(f"Nothing is {written}: it must be from {low} to {high}.")
    return figure


def _range(written: str) -> Figure | None:
    found = _RANGE.fullmatch(written)
    if found is None:
        return None
    low, high = read_number(found["low"]), read_number(found["high"])
    if low >= high:
        raise NotAFigure(f"A range goes from the smaller to the larger number: {plain(high)}-{plain(low)}.")
    return Figure(written, low, high)


def _one(written: str, least: int, most: int) -> Figure:
    from_on = _FROM_ON.fullmatch(written)
    if from_on is not None:
        return Figure(written, read_number(from_on["number"]), Decimal(most), high_is_limit=True)
    found = _ONE.fullmatch(written)
    if found is None:
        raise NotAFigure(HOW_TO_WRITE)
    number, word = read_number(found["number"]), (found["word"] or "").lower()
    if word in _UNDER or word in _UP_TO:
        return Figure(written, Decimal(least), number, with_high=word in _UP_TO, low_is_limit=True)
    if word in _OVER or word in _FROM:
        return Figure(written, number, Decimal(most), with_low=word in _FROM, high_is_limit=True)
    return Figure(written, number, number, is_about=bool(word))


def read_key(text: str, *, longest: int = LONGEST_KEY) -> int | None:
    """A key, version or number that came with a request outside a form; None for what is none, or longer than any can be."""
    return int(text) if len(text) <= longest and text.isdecimal() else None

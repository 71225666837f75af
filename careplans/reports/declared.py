"""What a report is: rows of the record (its unit), what is counted of them, and by what they can be told apart.

A report declares; `answering.py` asks. So each one can be asked as of a day, by any of its dimensions, down to the rows behind a
figure, as a page, over the API or as a file, by the same definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from careplans.readers import known

# How what is declared is written as SQL. What was worked out by a former way of it may tell something else.
_WAY = sha256(b"".join(path.read_bytes() for path in sorted(Path(known.__file__).parent.glob("*.py")))).hexdigest()


class Kind(StrEnum):
    COUNT = "count"
    SHARE = "share"
    """Numerator and denominator, with Wilson's interval of 95 %."""
    SPAN = "span"
    """How many were measured, least, quartiles and most, in the unit of the measure."""


@dataclass(frozen=True)
class Dimension:
    """`column` is one of the unit's."""

    name: str
    label: str
    column: str
    says: str
    codes: Mapping[str, str] | None = None
    """Each value with its label, in their order; None where the values are ids or texts."""
    noun: str = ""
    """Of ids: the endpoint that knows them, `boards` or `people`."""


@dataclass(frozen=True)
class Measure:
    """SQL about `u`, a row of the unit.

    COUNT: the rows `where`, or how many different `of` they have. SHARE: those `where` among those `among`.
    SPAN: the whole number `span` of the rows `where` it is known.
    """

    name: str
    label: str
    says: str
    kind: Kind = Kind.COUNT
    where: str = "1 = 1"
    of: str = ""
    among: str = "1 = 1"
    span: str = ""
    unit: str = ""


class Shape(StrEnum):
    BARS = "bars"
    """Counts on top of each other, a bar for each row."""
    SPANS = "spans"
    """A box from quartile to quartile, with its median, for each row."""
    FLOW = "flow"
    """From each value of the first dimension to those of the second, a picture for each measure, as wide as that counts."""


@dataclass(frozen=True)
class Drawing:
    """How an answer is drawn, and which of its measures."""

    shape: Shape
    measures: tuple[str, ...]
    beside: tuple[str, ...] = ()
    """Of bars: what counts something else, and so stands beside those on top of each other."""


@dataclass(frozen=True)
class Lasting:
    """How the unit's rows, which last from a day to another, are counted in a period (`lasting.py`)."""

    columns: tuple[str, ...]
    """Of the unit: what the rows of a period are worked out from."""
    worked_out: Mapping[str, str]
    """By the name of a column the SQL of a row `r` of the unit. `$since` and `$until` are the first and the last day of the
    period, `$end` is the last one or the day of the report, whichever is earlier. One of them is `day`, which lies in the period.
    """
    where: str
    """Which rows of the unit count in the period."""


# Before it `not_meant` takes no day.
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True)
class Reach:
    """How far the period reaches where nobody says one: in years of 365 days before and after the day that is asked about."""

    back: int = 1
    ahead: int = 0

    def since(self, until: date) -> date:
        """At the earliest a day that can be asked for, so that an answer can be asked again from itself."""
        return max(until - self.back * timedelta(days=365), EARLIEST)

    def until(self, day: date) -> date:
        return day + self.ahead * timedelta(days=365)

    @property
    def words(self) -> str:
        if not self.ahead:
            return f"{self.back} year{'s' if self.back > 1 else ''} until that day"
        return f"from {self.back} years before that day to {self.ahead} years after it"


# What was planned years ago may run still, and what is planned for next year is signed: a shorter one would hide both.
FAR = Reach(back=10, ahead=2)
# How a sentence begins that is only about that.
WITHOUT_PERIOD = "Where no period is said"


@dataclass(frozen=True)
class Report:
    """`unit` is a SELECT of relations in braces (`careplans.readers.known`), with at least the columns `id` (of the row, once in
    it), `board_id`, `case_id`, `plan_id` and `day`, by which the period is chosen. What is not recorded is NULL in it, never
    empty. `{step}` is as known by `known_by`, `{then_step}` as known on the day itself. It is given `%(day)s`, the day as of
    which it is asked, `%(moment)s`, the end of that, and `%(written)s`, by when rows must have been written that never change.
    Where it has a period, `%(since)s` and `%(until)s` are its days, which a unit may leave out other days by, and need not.
    """

    name: str
    title: str
    question: str
    says: tuple[str, ...]
    """What is counted, what is left out, and why: sentences."""
    period: str
    """Which day `since` and `until` are about; empty where the report has no period."""
    unit: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    by: tuple[str, ...]
    """By which dimensions it is told where nobody says."""
    noun: str
    """What a row of the unit is: `plans`, `steps`, `signatures`."""
    source: str = ""
    drawing: Drawing | None = None
    shown: tuple[str, ...] = ()
    """Further columns of the unit that are shown with a row behind a figure: codes, days and numbers alone."""
    reach: Reach = Reach()
    lasting: Lasting | None = None
    """Its rows last, and what stands at the end of a period counts there whenever it began."""
    is_kept_counted: bool = False
    """Where it is worked out beforehand, rows that differ by their day alone are kept as one, too, with how many they are: of
    millions that say the same, for whoever asks of all days (`counting.py`)."""
    has_text_ids: bool = False
    """A row of the unit is of several rows of the record, and its `id` their keys in one text: no number holds two keys."""

    @property
    def mark(self) -> str:
        """Of its definition and of how that is asked of the database, as far as rows that were worked out beforehand follow from
        them."""
        asked = [(one.where, one.of, one.among, one.span) for one in self.measures]
        columns = [one.column for one in self.dimensions]
        text = repr((self.unit, self.shown, self.period, self.lasting, columns, asked, self.is_kept_counted, _WAY))
        return sha256(text.encode()).hexdigest()[:16]

    def dimension(self, name: str) -> Dimension:
        return next(one for one in self.dimensions if one.name == name)

    def measure(self, name: str) -> Measure:
        return next(one for one in self.measures if one.name == name)

"""A day of which only the year, or the year and the month, may be known. Pure.

It is written as FHIR writes a `date`: `2019`, `2019-05`, `2019-05-03`. What compares it asks what is certain: `earliest` and
`latest` are the first and the last day that it can be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import total_ordering
from typing import Self

from common.local_time import partly, range_of

LONGEST = 10
HOW_TO_WRITE = "Write what is known: 17/5/2019, 5/2019 or 2019."
AS_IN_FHIR = "Write it as 2019-05-17, or as far as it is known: 2019-05 or 2019."
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ISO = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/. ]+(?P<month>\d{1,2})(?:[-/. ]+(?P<day>\d{1,2}))?", re.ASCII)
_DAY_FIRST = re.compile(r"(?:(?P<day>\d{1,2})[-/. ]+)?(?P<month>\d{1,2})[-/. ]+(?P<year>\d{4})", re.ASCII)
_IN_WORDS = re.compile(r"(?:(?P<day>\d{1,2})[. ]+)?(?P<month>[A-Za-z]{3,9})[., ]+(?P<year>\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"(?:\d{1,2}[-/. ]+){1,2}\d{2}", re.ASCII)


class NotADate(ValueError):
    """With the sentence for whoever typed it."""


@total_ordering
@dataclass(frozen=True, eq=False)
class PartialDate:
    """Stands in lists where its earliest day would. Equal to a day that is known as exactly: “2019” is not 1 January 2019."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where there is no such day."""
        if self.month is None and self.day is not None:
            raise ValueError("A day without its month.")
        range_of(self.year, self.month, self.day)

    @classmethod
    def of(cls, day: "date | PartialDate") -> "PartialDate":
        return day if isinstance(day, PartialDate) else cls(day.year, day.month, day.day)

    @classmethod
    def read(cls, text: str) -> Self:
        """As it is kept and served. Raises NotADate."""
        found = _ISO.fullmatch(text)
        if found is None:
            raise NotADate(AS_IN_FHIR)
        return cls._made(found.groupdict())

    @classmethod
    def typed(cls, text: str) -> Self:
        """As people write it: 17/5/2019, 17.5.2019, 17 May 2019, 5/2019, May 2019, 2019, 2019-05. Raises NotADate."""
        text = " ".join(text.split())
        for shape in (_ISO, _YEAR_FIRST, _DAY_FIRST, _IN_WORDS):
            if found := shape.fullmatch(text):
                return cls._made(found.groupdict())
        if _SHORT_YEAR.fullmatch(text):
            raise NotADate("Write the year with four digits: 2019, not 19.")
        raise NotADate(HOW_TO_WRITE)

    @classmethod
    def _made(cls, parts: Mapping[str, str | None]) -> Self:
        year, day = int(parts["year"] or 0), parts.get("day")
        try:
            return cls(year, _month(parts.get("month")), None if day is None else int(day))
        except ValueError as error:
            raise NotADate(str(error) if isinstance(error, NotADate) else "There is no such day. Check it.") from error

    @property
    def earliest(self) -> date:
        return range_of(self.year, self.month, self.day)[0]

    @property
    def latest(self) -> date:
        return range_of(self.year, self.month, self.day)[1]

    @property
    def is_exact(self) -> bool:
        return self.day is not None

    def isoformat(self) -> str:
        """As FHIR writes it."""
        month = "" if self.month is None else f"-{self.month:02}"
        return f"{self.year:04}{month}" + ("" if self.day is None else f"-{self.day:02}")

    def __str__(self) -> str:
        return partly(self.year, self.month, self.day)

    def __format__(self, spec: str) -> str:
        """As a day is formatted, without what is not known."""
        if not spec:
            return str(self)
        if self.day is not None:
            return self.earliest.strftime(spec)
        return self.earliest.strftime("%B %Y" if "%B" in spec else "%b %Y") if self.month else str(self.year)

    @property
    def when(self) -> str:
        """“on 17 May 2019”, “in May 2019”, “in 2019”."""
        return f"{'on' if self.is_exact else 'in'} {self:%-d %B %Y}"

    @property
    def told(self) -> str:
        """With how far it is known, where two are compared."""
        if self.is_exact:
            return str(self)
        return f"{self} (known to the {'month' if self.month else 'year'})"

    def is_before(self, other: "date | PartialDate") -> bool:
        """Certainly: whichever days the two are."""
        return self.latest < PartialDate.of(other).earliest

    def is_after(self, other: "date | PartialDate") -> bool:
        """Certainly: whichever days the two are."""
        return self.earliest > PartialDate.of(other).latest

    def may_be(self, other: "date | PartialDate") -> bool:
        """Whether the two can be one day."""
        return not (self.is_before(other) or self.is_after(other))

    def known_as_far(self) -> list[str]:
        """This date, and what less exact knowledge of it would be, as they are kept."""
        whole = self.isoformat()
        return [whole[:length] for length in (10, 7, 4) if length <= len(whole)]

    def ages(self, today: date) -> tuple[int, int]:
        """The least and the most completed years on this day."""
        return max(_years(self.latest, today), 0), _years(self.earliest, today)

    def age_words(self, today: date) -> str:
        """“65 years”, “65 or 66 years” where what is not known of the date leaves it open."""
        least, most = self.ages(today)
        return f"{least} years" if least == most else f"{least} or {most} years"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PartialDate | date):
            return NotImplemented
        return self.isoformat() == other.isoformat()

    def __lt__(self, other: "date | PartialDate") -> bool:
        if not isinstance(other, PartialDate | date):
            return NotImplemented
        return self.isoformat() < other.isoformat()

    def __hash__(self) -> int:
        return hash(self.earliest) if self.is_exact else hash(self.isoformat())


def _month(text: str | None) -> int | None:
    """A number, or a name of which three letters are enough."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    found = [number for number, name in enumerate(MONTHS, 1) if name.startswith(text.lower())]
    if len(found) != 1 and text.lower() != "sept":
        raise NotADate(HOW_TO_WRITE)
    return found[0] if found else 9


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

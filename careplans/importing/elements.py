"""Elements of FHIR R4 as they arrive: each read with its place, and refused there where it is not what FHIR says. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from careplans.importing.uploads import NotRead
from common.arriving import all_clean
from common.partial_dates import NotADate, PartialDate

# Nothing that a laboratory reports is written with more.
LONGEST_NUMBER = 20
_MOMENT = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)


@dataclass(frozen=True)
class At:
    """A value at its place: `at["name"][0]["family"]`. What is not there is None, and so is everything in it."""

    value: Any
    place: str

    def __getitem__(self, name: str | int) -> "At":
        if isinstance(name, int):
            found = self.value[name] if isinstance(self.value, list) and name < len(self.value) else None
            return At(found, f"{self.place}[{name}]")
        if self.value is not None and not isinstance(self.value, Mapping):
            self.refuse("FHIR has an object with named elements here.")
        return At(self.value.get(name) if self.value else None, f"{self.place}.{name}" if self.place else name)

    def __iter__(self) -> Iterator["At"]:
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.refuse("FHIR has a list here.")
        yield from (self[number] for number in range(len(self.value)))

    def __bool__(self) -> bool:
        return self.value not in (None, "", [], {})

    def refuse(self, words: str) -> NoReturn:
        raise NotRead(self.place, words)

    @property
    def text(self) -> str:
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            self.refuse("FHIR has a text here.")
        return " ".join(self.value.split())

    @property
    def day(self) -> PartialDate | None:
        """As far as it is known, without the time of day."""
        text = self.text
        if not text:
            return None
        found = _MOMENT.fullmatch(text)
        try:
            if found is None:
                raise NotADate
            return PartialDate.read(found.group(1))
        except NotADate:
            self.refuse(f"“{text[:30]}” is no date. Write it as 2019-05-17, or as far as it is known: 2019-05 or 2019.")

    @property
    def moment(self) -> datetime | None:
        text = self.text
        try:
            found = datetime.fromisoformat(text) if text else None
            if found is not None and found.tzinfo is None:
                raise ValueError
        except ValueError:
            self.refuse(f"“{text[:30]}” is no moment. Write it with its zone: 2026-05-17T08:30:00Z.")
        return found

    @property
    def yes(self) -> bool | None:
        if self.value is not None and not isinstance(self.value, bool):
            self.refuse("FHIR has true or false here.")
        return None if self.value is None else bool(self.value)

    @property
    def number(self) -> str:
        """As it was written, in digits: 12.10 stays 12.10."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            self.refuse("FHIR has a number here.")
        written = f"{self.value}"
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", written, re.ASCII) or len(written) > LONGEST_NUMBER:
            self.refuse("This number is not one that a report gives. Write it in plain digits.")
        return written

    @property
    def codings(self) -> list[tuple[str, str]]:
        """Of a CodeableConcept: system and code of each."""
        return [(one["system"].text, one["code"].text) for one in self["coding"]]


def read_json(text: str) -> Any:
    """Numbers as they are written. Raises NotRead for what is no JSON, or names an element twice."""
    try:
        data = json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_no_number, object_pairs_hook=_keyed_once
        )
    except NotRead:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotRead("Bundle", "This is no JSON that can be read. A Bundle is one JSON object.") from error
    if not all_clean(data):
        raise NotRead("Bundle", "It holds characters that cannot be meant, for example a NUL.")
    return data


def _keyed_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotRead("Bundle", "An element is given twice in one object: nobody can tell which of the two holds.")
    return found


def _bounded(read: Callable[[str], Any], text: str) -> Any:
    if len(text) > 2 * LONGEST_NUMBER:
        raise NotRead("Bundle", "A number in it is longer than any that a report gives.")
    return read(text)


def _decimal(text: str) -> Any:
    return _bounded(Decimal, text)


def _whole(text: str) -> Any:
    return _bounded(int, text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

"""Small parts of resources, as plain dictionaries. What is empty is left out by `whole()`, at the end."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from careplans.api.fhir.terms.extensions import EXTENSIONS, URL
from careplans.api.fhir.terms.systems import UCUM
from common.figures import Figure
from common.partial_dates import PartialDate

Resource = dict[str, Any]
SYNTHETIC = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


def ref(kind: str, key: object) -> dict[str, str] | None:
    """`Patient/5`; nothing where there is no key."""
    return None if key in (None, "") else {"reference": f"{kind}/{key}"}


def refs(kind: str, *keys: object) -> list[Any]:
    return [ref(kind, key) for key in dict.fromkeys(keys) if key not in (None, "")]


def instant(at: datetime | None) -> str | None:
    """In UTC, to the microsecond: two changes of one second are told apart."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(on: date | PartialDate | None) -> str | None:
    return None if on is None else on.isoformat()


def period(start: str | None, end: str | None = None) -> dict[str, str | None] | None:
    """None where neither end is known. Of “March 2018 until 2018” both are told as 2018: a period that seems to end before it
    begins is refused (per-1). One that does, by a slip of who recorded it, keeps its start alone."""
    if start and end and end < start:
        start, end = (end, end) if start.startswith(end) else (start, None)
    return {"start": start, "end": end} if start or end else None


def slug(code: str) -> str:
    """A code of ours as part of an id, which may hold no underscore."""
    return code.replace("_", "-")


def extension(name: str, **value: Any) -> dict[str, Any] | None:
    """One of ours; nothing where the value is empty. KeyError: it is not declared."""
    EXTENSIONS[name]
    if not any(one not in (None, "", []) for one in value.values()):
        return None
    return {"url": f"{URL}/{name}", **value}


def part(name: str, **value: Any) -> dict[str, Any] | None:
    """A part of an extension of ours."""
    return {"url": name, **value} if any(one not in (None, "") for one in value.values()) else None


def note(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts if text.strip()]


def meta(at: datetime | None, *, synthetic: bool = False) -> dict[str, Any]:
    return {"lastUpdated": instant(at), "tag": [SYNTHETIC] if synthetic else []}


def number(value: Decimal | int) -> int | float:
    """As JSON writes it."""
    return int(value) if value == int(value) else float(value)


def quantity(value: Decimal | int, unit: str, code: str) -> dict[str, Any]:
    coded = {"system": UCUM, "code": code} if code else {}
    return {"value": number(value), "unit": unit, **coded}


def figure_value(figure: Figure, unit: str, code: str) -> dict[str, Any]:
    """A figure as its report gives it: one number, a bound, or a range. “About 5” is no 5: it is told in words. Of a bound the
    figure knows what else can be, too (a share ends at 100 %): what was written is told, and not that."""
    low, high = figure.low, figure.high
    if figure.is_about or (low is None and high is None):
        return {"valueString": f"{figure.written} {unit}".strip()}
    if low is not None and low == high:
        return {"valueQuantity": quantity(low, unit, code)}
    written = _numbers(figure.written)
    if high is not None and written == [high]:
        return {"valueQuantity": quantity(high, unit, code) | {"comparator": "<=" if figure.with_high else "<"}}
    if low is not None and written == [low]:
        return {"valueQuantity": quantity(low, unit, code) | {"comparator": ">=" if figure.with_low else ">"}}
    ends = {"low": low, "high": high}
    return {"valueRange": {end: quantity(value, unit, code) for end, value in ends.items() if value is not None}}


def _numbers(written: str) -> list[Decimal]:
    return [Decimal(found.replace(",", ".")) for found in re.findall(r"[0-9]+(?:[.,][0-9]+)?", written)]


# What is no mapping, seen without asking what else it may be.
_PLAIN = (str, list, int, bool, float, NoneType)


def whole(value: Any) -> Any:
    """Without what is empty, at any depth: FHIR knows no empty element. A bulk export comes here for each value that it tells."""
    kind = type(value)
    if kind is dict or (kind not in _PLAIN and isinstance(value, Mapping)):
        return {name: one for name, one in zip(value, map(whole, value.values()), strict=True) if one or _is_said(one)}
    if kind is list:
        return [one for one in map(whole, value) if one or _is_said(one)]
    return value.strip() if isinstance(value, str) else value


def _is_said(value: Any) -> bool:
    """Of what is false: 0 and no say something."""
    return value is not None and type(value) not in (str, list, dict)

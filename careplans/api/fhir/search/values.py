"""One value of a search parameter: how it is written, and whether a resource holds it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
DATE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2})(T(?P<clock>\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?)?",
    re.ASCII,
)
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
NOT_A_DATE = (
    "Write a date as FHIR does: 2026, 2026-03, 2026-03-04 or 2026-03-04T10:00:00Z, with a prefix such as ge before it."
)


@dataclass(frozen=True)
class Span:
    """What a date can be: from its first moment to its last."""

    start: datetime
    end: datetime


def at_path(value: Any, path: str) -> Iterator[Any]:
    """Every value that stands at a path of element names: `activity.detail.code`."""
    name, _, rest = path.partition(".")
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and name in one:
            found = one[name]
            if rest:
                yield from at_path(found, rest)
            elif isinstance(found, list):
                yield from found
            else:
                yield found


# Tokens


def holds_token(value: Any, wanted: str) -> bool:
    system, bar, code = wanted.partition("|")
    if not bar:
        system, code = "", wanted
    return any(_is_token(has, of, code, system, bar) for has, of in _tokens(value))


def _is_token(has: str, of: str, code: str, system: str, bar: str) -> bool:
    if bar and of != system:
        return False
    return not code or has == code


def _tokens(value: Any) -> Iterator[tuple[str, str]]:
    """Code and system of a code, a Coding, a CodeableConcept or an Identifier."""
    if isinstance(value, bool):
        yield ("true" if value else "false"), ""
    elif isinstance(value, str):
        yield value, ""
    elif isinstance(value, dict):
        for coding in value.get("coding", [value]):
            yield str(coding.get("code", coding.get("value", ""))), str(coding.get("system", ""))


# References


def read_reference(text: str, base: str) -> str:
    """`5`, `Patient/5` or the whole address on this server, as it stands in resources. Raises ValidationError."""
    local = text.removeprefix(base)
    kind, _, key = local.rpartition("/")
    if not ID.fullmatch(key) or (kind and not kind.isalpha()):
        raise ValidationError("Name a resource by its type and id, for example Patient/5.")
    return local


def holds_reference(value: Any, wanted: str) -> bool:
    has = str(value.get("reference", "")).partition("/_history/")[0] if isinstance(value, dict) else ""
    return has == wanted or ("/" not in wanted and has.rpartition("/")[2] == wanted)


# Dates


def read_date(text: str) -> tuple[str, Span]:
    """Prefix and span. Raises ValidationError."""
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    span = span_of(rest)
    if span is None:
        raise ValidationError(NOT_A_DATE)
    return prefix, span


def span_of(text: str) -> Span | None:
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[name]) if found[name] else None for name in ("year", "month", "day"))
    try:
        if found["clock"]:
            return _moment(text, found["clock"], found["zone"])
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        return Span(start, _next(start, month, day) - timedelta(microseconds=1))
    except (ValueError, OverflowError):
        return LATEST if text.startswith("9999") and _is_day(year, month, day) else None


LATEST = Span(LAST, LAST)


def _is_day(year: int | None, month: int | None, day: int | None) -> bool:
    try:
        datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    except ValueError:
        return False
    return True


def _moment(text: str, clock: str, zone: str | None) -> Span:
    whole = text if zone else f"{text}+00:00"
    start = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", whole).replace("Z", "+00:00"))
    start = (start if start.tzinfo else start.replace(tzinfo=UTC)).astimezone(UTC)
    width = timedelta(0) if "." in clock else timedelta(seconds=1 if clock.count(":") == 2 else 60)
    return Span(start, start + max(width - timedelta(microseconds=1), timedelta(0)))


def _next(start: datetime, month: int | None, day: int | None) -> datetime:
    if day:
        return start + timedelta(days=1)
    if month:
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1)


def spans(value: Any) -> Iterator[Span]:
    """Of a date, a moment, a Period or a Timing."""
    if isinstance(value, str):
        found = span_of(value)
        if found:
            yield found
    elif isinstance(value, dict) and "repeat" in value:
        yield from spans(value["repeat"].get("boundsPeriod"))
    elif isinstance(value, dict) and ({"start", "end"} & set(value)):
        start, end = (span_of(str(value.get(name, ""))) for name in ("start", "end"))
        yield Span(start.start if start else FIRST, end.end if end else LAST)


def holds_date(value: Any, prefix: str, wanted: Span) -> bool:
    return any(_compare(prefix, has, wanted) for has in spans(value))


def _compare(prefix: str, has: Span, wanted: Span) -> bool:
    """As the search page of R4 says of ranges."""
    if prefix == "ne":
        return not _within(has, wanted)
    if prefix == "ap":
        return has.start <= wanted.end and has.end >= wanted.start
    tests = {
        "eq": _within(has, wanted),
        "gt": has.end > wanted.end,
        "lt": has.start < wanted.start,
        "ge": has.end > wanted.end or _within(has, wanted),
        "le": has.start < wanted.start or _within(has, wanted),
        "sa": has.start > wanted.end,
        "eb": has.end < wanted.start,
    }
    return tests[prefix]


def _within(has: Span, wanted: Span) -> bool:
    return wanted.start <= has.start and has.end <= wanted.end

"""Of which day somebody asks, and by what had been recorded until when."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from careplans.readers.known.moments import LEAST, Known, kept_since, settled_now, world_now
from common.centre_day import centre_zone
from common.local_time import not_meant

NOW = "now"
HOW = f"Write a day as 2026-03-01, a moment as 2026-03-01T12:00:00Z, or {NOW}."


@dataclass(frozen=True)
class Asked:
    """`day` is the day of `as_of` where the centre is, as in reports: a board may move to another zone, and a day that was asked
    for stays the same moment. Asked again with the two moments, the answer is the same."""

    as_of: datetime
    known_by: datetime
    day: date
    is_today: bool
    known_from: datetime | None = None
    """From when on the record is known, where what is asked lies before it; else None."""

    @property
    def known(self) -> Known:
        return Known(self.known_by)


def _as_it_is(moment: datetime) -> datetime:
    return moment


def read_asked(params: Mapping[str, str], *, moved: Callable[[datetime], datetime] = _as_it_is) -> Asked:
    """`as_of` and `known_by`, each a day, which stands for its end, a moment, or `now`. Without `as_of`: now; without `known_by`:
    as `as_of`. `moved`: as in `read_moments`. Raises ValidationError by the name of the parameter."""
    errors: dict[str, str] = {}
    zone = centre_zone()
    as_of, known_by, now = read_moments(params, zone, errors, moved=moved)
    if errors:
        raise ValidationError(errors)
    day = as_of.astimezone(zone).date()
    return Asked(
        as_of,
        known_by,
        day,
        is_today=day == now.astimezone(zone).date(),
        known_from=unknown_before(as_of, known_by, now),
    )


def read_moments(
    params: Mapping[str, str], zone: tzinfo, errors: dict[str, str], *, now: datetime | None = None,
    nouns: Collection[str] | None = None, moved: Callable[[datetime], datetime] = _as_it_is,
) -> tuple[datetime, datetime, datetime]:  # fmt: skip
    """`as_of`, `known_by`, and the now of the world that they were held against. What cannot be read is named in `errors`, for
    whoever has more to read, and stands for now. `now`: as somebody who asks several questions has asked for it already. `nouns`:
    the tables that are read; all of them where none is named. `moved`: of which moment a reader is told who asks for another."""
    written = now or settled_now()
    now = world_now(written, zone)
    as_of = moved(_moment("as_of", params.get("as_of", ""), now, now, zone, errors))
    # Of today all that was recorded is known, by whichever clock.
    unsaid = written if as_of == now else as_of
    known_by = moved(_moment("known_by", params.get("known_by", ""), unsaid, written, zone, errors))
    if not errors and (begun := unknown_before(known_by, known_by, now, nouns)) is not None:
        words, here = UNKNOWN if moved(now) == now else UNKNOWN_BY_MONTHS, begun.astimezone(zone)
        errors["known_by" if params.get("known_by") else "as_of"] = words.format(here, _after(here))
    return as_of, known_by, now


UNKNOWN = (
    "What the record held is known from {0:%-d %B %Y, %H:%M} on, when this centre began to keep it. Ask as of a later moment, or "
    "with known_by=now: by what is recorded now."
)


# Where a reader is told of whole months alone, no later moment helps before the first whole one is over.
UNKNOWN_BY_MONTHS = (
    "What the record held is known from {0:%-d %B %Y, %H:%M} on, when this centre began to keep it, and here whole months are "
    "told. Ask again from {1:%-d %B %Y} on."
)


def _after(begun: datetime) -> date:
    """The first day of the next month."""
    return (begun.date().replace(day=1) + timedelta(days=31)).replace(day=1)


def unknown_before(
    as_of: datetime, known_by: datetime, now: datetime, nouns: Collection[str] | None = None
) -> datetime | None:  # fmt: skip
    """From when on these tables are known, where one of the moments lies before it. No query of now."""
    first = min(as_of, known_by)
    begun = kept_since(nouns) if first < now else None
    return begun if begun is not None and first < begun else None


def _moment(
    name: str, text: str, unsaid: datetime, now: datetime, zone: tzinfo, errors: dict[str, str]
) -> datetime:  # fmt: skip
    if text in ("", NOW):
        return now if text else unsaid
    found, words = _read(text, zone)
    if found is None:
        errors[name] = words
        return now
    # The day of today has not ended: it is as far as it is settled.
    if found > now and found.astimezone(zone).date() == now.astimezone(zone).date():
        return now
    if found > now:
        errors[name] = "That has not come yet. Choose today or an earlier day."
    return found


def _read(text: str, zone: tzinfo) -> tuple[datetime | None, str]:
    try:
        day, moment = parse_date(text), parse_datetime(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        day = moment = None
    if day is not None:
        words = not_meant(day)
        return (None if words else datetime.combine(day + timedelta(days=1), time.min, zone) - LEAST), words
    if moment is None:
        return None, HOW
    words = not_meant(moment.date())
    return (None if words else moment if moment.tzinfo else moment.replace(tzinfo=zone)), words

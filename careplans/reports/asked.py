"""What a report is asked: by whom, of which boards, about which period, as of when, and by what had been recorded until when.

Two times are kept apart. `as_of` is a day of the world: nothing counts that happened later. `known_by` is a moment of the record:
nothing counts that was written later. Without `known_by` it is the end of `as_of`, and the answer stays the same for ever; with
`known_by=now` it holds what was recorded late and corrected since.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.access import get_board
from accounts.models import User
from accounts.permissions import boards_where
from careplans.deidentified.reader import Reader
from careplans.readers.known import Known, nouns_in, summaries
from careplans.readers.known.asked import NOW, read_moments, unknown_before
from careplans.readers.known.summaries import Standing
from careplans.reports.declared import Dimension, Report
from careplans.reports.lasting import Slot, over
from common.centre_day import centre_zone
from common.figures import read_key
from common.local_time import not_meant

ACTION = "reports.view"
LONGEST_VALUE = 160
LONGEST_PSEUDONYM = 16
FIXED = ("as_of", "known_by", "since", "until", "board", "by")


@dataclass(frozen=True)
class Asked:
    """Days include both ends. `wanted` are values of dimensions, by their names. `summary`: what was worked out beforehand and
    answers this; the unit of `report` is then read from there."""

    report: Report
    boards: tuple[int, ...]
    day: date
    moment: datetime
    known_by: datetime
    since: date | None
    until: date | None
    by: tuple[str, ...]
    wanted: Mapping[str, str] = field(default_factory=dict)
    summary: Standing | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    """The same as it was asked: colleagues by the numbers that the reader knows."""
    known_from: datetime | None = None
    """From when on the record is known, where what is asked lies before it; else None."""

    @property
    def known(self) -> Known:
        return Known(self.known_by)

    @property
    def then(self) -> Known:
        """What was known on the day that is asked about, whatever was written since."""
        return Known(min(self.moment, self.known_by))

    def of(self, report: Report) -> "Asked":
        """The same asked of another report."""
        return self.in_slots(report, self.whole)

    def in_slots(self, report: Report, slots: Sequence[Slot]) -> "Asked":
        """The same of a report whose rows last, of several periods at once. They lie within `since` and `until`."""
        return replace(self, report=over(summed_up(report, self.summary), slots, self.day))

    @property
    def whole(self) -> list[Slot]:
        """The period as a slot; none where there is no period."""
        return [Slot("whole", self.since, self.until)] if self.since and self.until else []

    @property
    def told(self) -> dict[str, Any]:
        """What the answer says of itself: asked again with it, it is the same."""
        return {
            "as_of": self.moment, "known_by": self.known_by, "known_from": self.known_from, "since": self.since,
            "until": self.until, "board": self.board, "by": list(self.by), "filters": dict(self.said),
        }  # fmt: skip

    @property
    def board(self) -> int | None:
        """The only one that it is asked of."""
        return self.boards[0] if len(self.boards) == 1 else None


def summed_up(report: Report, summary: Standing | None) -> Report:
    """The same report, read from where its unit was worked out beforehand; not from what another release of the program worked
    out by another definition."""
    is_there = summary is not None and summary.marks.get(report.name) == report.mark
    table = summary.tables.get(report.name) if summary and is_there else None
    return replace(report, unit=whole_of(table)) if table else report


def whole_of(table: str) -> str:
    """The unit of a report that was worked out beforehand."""
    return f"SELECT * FROM {table}"  # noqa: S608  # a name of ours


def read_asked(report: Report, person: User, params: Mapping[str, str], *, now: datetime | None = None) -> Asked:
    """`now`: the settled moment, where several reports are asked at once. Raises ValidationError by the name of the parameter,
    404 for a board that the person is not on, PermissionDenied where their role there is too small."""
    errors: dict[str, str] = {}
    reader = Reader.of(person)
    # The scorecard has no unit of its own, and reads every report.
    nouns = nouns_in(report.unit) or None
    moment, late, summary, known_from = _moments(params, errors, now, reader, nouns)
    day = timezone.localtime(moment, centre_zone()).date()
    since, until = _period(report, params, day, errors)
    if since is not None and until is not None:
        since, until = reader.period(since, until)
    by = _by(report, params.get("by"), errors)
    said = {one.name: params[one.name] for one in report.dimensions if one.name in params and one.name != "board"}
    _check_values(report, said, errors)
    wanted = {name: _meant(report.dimension(name), value, reader) for name, value in said.items()}
    board = params.get("board", "")
    if board and read_key(board) is None:
        errors["board"] = "Name a board by its number."
    if errors:
        raise ValidationError(errors)
    boards = (get_board(person, int(board), ACTION).pk,) if board else tuple(boards_where(person, ACTION))
    asked = Asked(report, boards, day, moment, late, since, until, by, wanted, summary, said, known_from)
    return asked.of(report)


def _moments(
    params: Mapping[str, str], errors: dict[str, str], now: datetime | None, reader: Reader, nouns: Collection[str] | None
) -> tuple[datetime, datetime, Standing | None, datetime | None]:  # fmt: skip
    """Who says nothing of a moment is answered as of that of the last summary, where there is one: the answer tells it, and asked
    again with it is the same, from the summary or from the histories. `as_of=now` is always of now. Within a project the end of a
    month is told: there may be one of that, which is kept."""
    # A day stands for its end, where the centre is.
    said, zone = params.get("as_of"), centre_zone()
    if reader.is_masked:
        moment, late, now = read_moments(
            params, zone, errors, now=now, nouns=nouns, moved=lambda one: reader.as_of(one, zone)
        )
        standing = summaries.as_of(moment) if moment == late else None
        return moment, late, standing, unknown_before(moment, late, now, nouns)
    if not said and not params.get("known_by") and (found := summaries.newest()):
        return found.moment, found.moment, found, None
    moment, late, now = read_moments(params, zone, errors, now=now, nouns=nouns)
    standing = summaries.as_of(moment) if moment == late and said and said != NOW else None
    return moment, late, standing, unknown_before(moment, late, now, nouns)


def parameters(report: Report) -> tuple[str, ...]:
    """The names of what this report can be asked."""
    fixed = [name for name in FIXED if report.period or name not in ("since", "until")]
    return (*fixed, *(one.name for one in report.dimensions if one.name != "board"))


def _period(
    report: Report, params: Mapping[str, str], day: date, errors: dict[str, str]
) -> tuple[date | None, date | None]:
    if not report.period:
        return None, None
    last = _day(params.get("until", ""), "until", errors)
    until = last or report.reach.until(day)
    since = _day(params.get("since", ""), "since", errors) or report.reach.since(last or day)
    if "since" not in errors and "until" not in errors and since > until:
        errors["since"] = "The period ends before it begins. Choose an earlier day."
    return since, until


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        errors[name] = "Write a day as 2026-03-01."
    elif words := not_meant(found):
        errors[name] = words
    return found if name not in errors else None


def _by(report: Report, text: str | None, errors: dict[str, str]) -> tuple[str, ...]:
    """Nothing said is the report's own way; `by=` with nothing behind it is one figure for all."""
    if text is None:
        return report.by
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    there = [one.name for one in report.dimensions]
    if none := [name for name in names if name not in there]:
        errors["by"] = f"There is no “{none[0][:40]}” to tell it by. There are: {', '.join(there)}."
        return report.by
    return names


def _meant(dimension: Dimension, value: str, reader: Reader) -> str:
    """A colleague's own number, where a pseudonym was sent; of what is none, nobody's."""
    if not reader.is_masked or dimension.noun != "people" or value == NONE:
        return value
    key = read_key(value, longest=LONGEST_PSEUDONYM)
    try:
        return "0" if key is None else str(reader.unmask("user", key))
    except Http404:
        return "0"


def _check_values(report: Report, wanted: Mapping[str, str], errors: dict[str, str]) -> None:
    for name, value in wanted.items():
        codes = report.dimension(name).codes
        if codes is not None and value not in codes and value != NONE:
            errors[name] = f"There are: {', '.join(codes)}; or {NONE}, for where it is not recorded."
        elif len(value) > LONGEST_VALUE or "\0" in value:
            errors[name] = "This value is none that can stand there."


# For a dimension that a row has no value of.
NONE = "none"

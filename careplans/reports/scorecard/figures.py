"""The scorecard of some boards in a period, beside the period before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.deidentified.reader import Reader
from careplans.reports.answering import Row, counted, note_read
from careplans.reports.asked import FIXED, Asked, read_asked
from careplans.reports.declared import Dimension, Kind, Report
from careplans.reports.figures import Share, Span
from careplans.reports.lasting import Slot
from careplans.reports.scorecard.contents import INDICATORS
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import Figure, Indicator
from careplans.reports.scorecard.time import parts_of, too_long
from careplans.reports.shown import figures_of, smallest_for

# What the scorecard as a whole can be asked; each report answers for itself.
SCORECARD = Report(
    name="scorecard",
    title="NET scorecard",
    question="How does a board do, by the indicators of the field and of the house?",
    says=("Each indicator has a definition of its own.",),
    period="the day that each indicator names",
    unit="",
    dimensions=WHEN,
    measures=(),
    by=(),
    noun="indicators",
)
IN_NUMERATOR = "in_numerator"
EMPTY: Mapping[Kind, Any] = {Kind.COUNT: 0, Kind.SHARE: Share(0, 0), Kind.SPAN: Span(0)}


class Told(NamedTuple):
    """Of one report."""

    turns: Mapping[int, Row]
    """By 1 for the period and 0 for the one before."""
    apart: list[Row]
    """By what it is told apart."""
    has_left_out: bool = False


@dataclass(frozen=True)
class Scorecard:
    """`has_left_out`: periods or boards of which nothing is shown are not there."""

    asked: Asked
    since: date
    until: date
    before: tuple[date, date]
    figures: list[Figure]
    has_left_out: bool = False


def read_scorecard(
    person: User, params: Mapping[str, str], *, only: Indicator | None = None, now: datetime | None = None,
    boards: Sequence[int] | None = None,
) -> Scorecard:  # fmt: skip
    """All indicators, or one of them. A query for each report and one more for each span that it measures; as many again where it
    is told by something. That it was read is on the audit trail. `now`: the settled moment, where it was asked for already.
    `boards`: those that it was asked of before, which whoever calls has held against what the person may read. Raises as
    `read_asked`."""
    asked = read_asked(SCORECARD, person, {name: value for name, value in params.items() if name in FIXED}, now=now)
    asked = asked if boards is None else replace(asked, boards=tuple(boards))
    check_told(asked)
    note_read(asked, by=person)
    wanted = INDICATORS if only is None else (only,)
    since, until = _period(asked)
    before = _before(since, until, Reader.of(person))
    few = smallest_for(person, asked.boards) > 1
    found: dict[str, Told] = {}
    for report in {one.report.name: one.report for one in wanted}.values():
        found[report.name] = _shown(asked, report, before, person) if few else _all(asked, report, before)
    figures = [_figure(one, found[one.report.name]) for one in wanted]
    return Scorecard(asked, since, until, before, figures, any(told.has_left_out for told in found.values()))


def check_told(asked: Asked) -> None:
    """Raises ValidationError where it is told by more months or quarters than are told at once: of what lasts the rest would be
    missing, and of what has a day it would not."""
    if words := too_long(asked.by, *_period(asked)):
        raise ValidationError({"since": words})


def of_indicator(asked: Asked, indicator: Indicator) -> Asked:
    """The same asked of its report: for the rows behind it. Those of a share say whether they are in its numerator."""
    report, measure = asked.of(indicator.report).report, indicator.measure
    if indicator.kind is Kind.SHARE:
        unit = f"SELECT u.*, CASE WHEN {measure.where} THEN 1 ELSE 0 END AS {IN_NUMERATOR} FROM ({report.unit}) u"
        report = replace(report, unit=unit, shown=(*report.shown, IN_NUMERATOR))
    return replace(asked, report=report, by=())


def _period(asked: Asked) -> tuple[date, date]:
    if asked.since is None or asked.until is None:
        raise ValueError("The scorecard always has a period.")
    return asked.since, asked.until


def _before(since: date, until: date, reader: Reader) -> tuple[date, date]:
    """As long, up to the day before; of whole months, where the period is."""
    last = since - timedelta(days=1)
    if not reader.is_masked:
        return since - (until - since + timedelta(days=1)), last
    months = (until.year - since.year) * 12 + until.month - since.month + 1
    year, month = divmod(since.year * 12 + since.month - 1 - months, 12)
    return (date(year, month + 1, 1) if year >= 1 else date.min), last


def _all(asked: Asked, report: Report, before: tuple[date, date]) -> Told:
    return Told(_turns(asked, report, before), _apart(asked, report))


def _shown(asked: Asked, report: Report, before: tuple[date, date], person: User) -> Told:
    """What may be shown to somebody from outside of the board: the period and the one before are two tables. What lasts is not
    told by month, since one row stands in several."""
    of_report = asked.of(report)
    by = asked.by if _tells(asked, report) and not (report.lasting and _is_of_time(asked)) else ()
    apart, now, has_left_out = figures_of(replace(of_report, by=by), by=person)
    if not report.period:
        return Told({1: now}, apart if by else [], has_left_out)
    earlier = replace(asked, by=(), since=before[0], until=before[1])
    then = figures_of(earlier.of(report), by=person).total
    return Told({0: then, 1: now}, apart if by else [], has_left_out)


def _turns(asked: Asked, report: Report, before: tuple[date, date]) -> dict[int, Row]:
    """By 1 for the period and 0 for the one before, both in one query. Of a report without a period there is the one."""
    if not report.period:
        return {1: counted(asked.of(report), ())[0]}
    since, until = _period(asked)
    both = replace(asked, since=before[0]).in_slots(report, [Slot("0", *before), Slot("1", since, until)])
    unit = both.report.unit
    if report.lasting is None:
        unit = f"SELECT t.*, CASE WHEN t.day < '{since.isoformat()}' THEN '0' ELSE '1' END AS slot FROM ({unit}) t"
    return {0: _nothing(report)} | {int(row.at["turn"]): row for row in _by_slot(both, unit, "turn")}


def _apart(asked: Asked, report: Report) -> list[Row]:
    if not _tells(asked, report):
        return []
    if report.lasting is None or not _is_of_time(asked):
        return counted(asked.of(report), asked.by)
    since, until = _period(asked)
    slots = parts_of(asked.by[0], since, min(until, asked.day))
    whole = asked.in_slots(report, slots)
    return _by_slot(whole, whole.report.unit, asked.by[0]) if slots else []


def _by_slot(asked: Asked, unit: str, name: str) -> list[Row]:
    slot = Dimension(name, "Period", "slot", "Which period it counts in.")
    others = [one for one in asked.report.dimensions if one.name != name]
    report = replace(asked.report, unit=unit, dimensions=(*others, slot))
    return counted(replace(asked, report=report), (name,))


def _is_of_time(asked: Asked) -> bool:
    """Told by months or quarters alone: each is a period of its own, of what lasts."""
    return asked.by in (("month",), ("quarter",))


def _tells(asked: Asked, report: Report) -> bool:
    """Whether the report has the dimensions by which it is asked."""
    names = [one.name for one in report.dimensions]
    return bool(asked.by) and all(name in names for name in asked.by)


def _nothing(report: Report) -> Row:
    return Row({}, {one.name: EMPTY[one.kind] for one in report.measures})


def _figure(indicator: Indicator, told: Told) -> Figure:
    turns, apart = told.turns, told.apart
    now = turns.get(1) or _nothing(indicator.report)
    name = indicator.measure_name
    return Figure(
        indicator, now.figures[name], turns[0].figures[name] if 0 in turns else None,
        {one: now.figures[one] for one in indicator.detail}, {one: now.figures[one] for one in indicator.left_out},
        [(tuple(row.at.values()), row.figures[name]) for row in apart],
    )  # fmt: skip

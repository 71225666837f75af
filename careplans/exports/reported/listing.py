"""A report as somebody takes it out: asked as its page and the API ask it, shown as they show it, as of moments that are fixed
when it is asked for, so that the file says the same whenever it is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from accounts.reach import check_reaches
from accounts.scopes import BESIDES
from careplans.exports.spool import line
from careplans.exports.stretch import Stretch
from careplans.reports.asked import ACTION, read_asked
from careplans.reports.declared import Measure
from careplans.reports.scorecard.figures import Scorecard, check_told, read_scorecard
from careplans.reports.shown import STRETCH, answer, count_behind, rows_behind, smallest_for
from careplans.reports.tables.contents import MEASURE, REPORTED, Part, Reported
from careplans.reports.tables.rows import figure_rows, scorecard_rows, withheld_in
from careplans.reports.told import told_unit

CHUNK = STRETCH


@dataclass(frozen=True)
class ReportedStretch(Stretch):
    """`after`: behind which row the next ones come. `smallest`: the smallest number that they show. Of figures `hidden`, how many
    are not shown, and whether rows are left out; None of rows behind a figure."""

    after: str = ""
    smallest: int = 1
    hidden: int | None = None
    has_left_out: bool | None = None


class ReportListing:
    """What `careplans.exports.sources.Listing` is of the API's lists. `boards`: those that it was asked of; all of the
    person's where it is asked for now. Raises ValidationError by the name of a filter, 404 for a board that is not
    theirs, PermissionDenied."""

    def __init__(
        self, source: Reported, person: User, filters: Mapping[str, Sequence[str]], boards: Sequence[int] | None = None
    ) -> None:
        self.source, self.person = source, person
        require(person, ACTION)
        if source.part is Part.ROWS:
            check_reaches(person, BESIDES["reports", "rows"])
        params = _params(source, filters)
        self.measure = _measure(source, params.pop(MEASURE, ""))
        asked = read_asked(source.report, person, params)
        if source.part is Part.SCORECARD:
            check_told(asked)
        self.asked = asked if boards is None else replace(asked, boards=tuple(boards))

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def boards(self) -> list[int]:
        return list(self.asked.boards)

    @property
    def text_boards(self) -> list[int]:
        """A report tells codes, days and numbers alone."""
        return []

    @property
    def fixed(self) -> dict[str, list[str]]:
        """The filters, with the moments and the period that were not said. Asked with them again, it answers the same."""
        told = self.asked.told
        found = {
            name: told[name].isoformat() for name in ("as_of", "known_by", "since", "until") if told[name] is not None
        }
        if self.source.part is not Part.ROWS:
            found["by"] = ",".join(told["by"])
        if self.measure is not None:
            found[MEASURE] = self.measure.name
        if self.is_of_one_board:
            found["board"] = str(self.asked.boards[0])
        return {name: [value] for name, value in (found | dict(self.asked.said)).items()}

    @property
    def is_of_one_board(self) -> bool:
        return len(self.asked.boards) == 1

    def count(self) -> int:
        """Of rows, how many there are. Figures are counted when they are made: 0."""
        if self.source.part is not Part.ROWS:
            return 0
        return count_behind(self.asked, self.measure, by=self.person)

    def next(self, after: str, *, is_begun: bool) -> ReportedStretch | None:
        """The rows behind the place `after`; None behind the last. Figures come all at once."""
        if self.source.part is Part.ROWS:
            # Fewer rows than were asked for are the last, and so no place follows them.
            return None if is_begun and not after else self._rows(after)
        if is_begun:
            return None
        if self.source.part is Part.SCORECARD:
            scorecard = self._scorecard()
            rows = list(scorecard_rows(scorecard))
            return self._figures(rows, hidden=withheld_in(rows), has_left_out=scorecard.has_left_out)
        found = answer(self.asked, by=self.person)
        return self._figures(list(figure_rows(found)), hidden=found.withheld, has_left_out=found.has_left_out)

    def _figures(self, rows: Sequence[Any], *, hidden: int, has_left_out: bool) -> ReportedStretch:
        return replace(self._stretch(rows, len(rows)), hidden=hidden, has_left_out=has_left_out)

    def _rows(self, after: str) -> ReportedStretch | None:
        found = rows_behind(self.asked, self.measure, by=self.person, after=after, most=CHUNK)
        if not found:
            return None
        place = str(found[-1]["id"]) if len(found) == CHUNK else ""
        return self._stretch((told_unit(self.asked, row) for row in found), len(found), place)

    def _scorecard(self) -> Scorecard:
        params = {name: values[0] for name, values in self.fixed.items()}
        return read_scorecard(self.person, params, boards=self.asked.boards)

    def _stretch(self, rows: Iterable[Any], count: int, after: str = "") -> ReportedStretch:
        boards = frozenset(self.asked.boards)
        smallest = smallest_for(self.person, self.asked.boards)
        return ReportedStretch(b"".join(map(line, rows)), count, 0, boards, after, smallest)


def _params(source: Reported, filters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each once, and known. The rows behind a figure are told by nothing, so that `by` is left aside, as the API does."""
    errors: dict[str, str] = {}
    for name, values in filters.items():
        if name not in source.filters:
            errors[name] = f"There is no filter of this name. There are: {', '.join(source.filters)}."
        elif len(values) != 1:
            errors[name] = "Give one value: this one is given more than once."
    if errors:
        raise ValidationError(errors)
    return {name: values[0] for name, values in filters.items()}


def _measure(source: Reported, name: str) -> Measure | None:
    if not name:
        return None
    names = [one.name for one in source.report.measures]
    if name not in names:
        raise ValidationError({MEASURE: f"There are: {', '.join(names)}."})
    return source.report.measure(name)


def report_listing(
    name: str, person: User, filters: Mapping[str, Sequence[str]], boards: Sequence[int] | None = None
) -> ReportListing:
    return ReportListing(REPORTED[name], person, filters, boards)

"""What somebody is shown of a report: the board reads its own as it is, and whoever reads from outside of it, or within a
reporting project, none that tells of few. Pages, files and programs ask here, and never `answering` itself.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from accounts.permissions import membership_on
from careplans.deidentified.reader import Reader
from careplans.reports import answering
from careplans.reports.answering import PAGE, Answer, Cells, Row, read_place
from careplans.reports.asked import Asked
from careplans.reports.beyond.few import ALL, Few, few_of
from careplans.reports.beyond.masked_rows import masked_row
from careplans.reports.beyond.once import worked_out_once
from careplans.reports.declared import Measure, Report
from careplans.reports.figures import HIDDEN, Span

# Rows behind a report that are read at once, where all are wanted. Each time the report is worked out anew, so as many as memory
# has room for.
STRETCH = 25_000
# Fewer than these are not shown beyond the board.
SMALLEST = 5
OF_FEW = "This figure tells of too few to be shown to you, and so its rows are not shown."
SHIFTED = (
    "In this reporting project days are shifted, and the rows of a period would tell by how much. Read the figures, or the "
    "lists."
)


def smallest_for(person: User, boards: Collection[int]) -> int:
    """The smallest number that this person is shown of these boards; 1: every number."""
    if (project := Reader.of(person).project) is not None:
        return project.smallest_cell
    return 1 if all(_is_of_the_board(person, board) for board in boards) else SMALLEST


def _is_of_the_board(person: User, board: int) -> bool:
    membership = membership_on(person, board)
    return membership is not None and membership.role != Role.ANALYST


def answer(asked: Asked, *, by: User) -> Answer:
    """The figures, `HIDDEN` where they are not shown. A row of which nothing is shown is left out, since it would tell that there
    is one. Raises ValidationError where small numbers are left out and too much is asked at once."""
    smallest = smallest_for(by, asked.boards)
    with _once(asked, smallest) as same:
        few = few_of(same, smallest)
        found = replace(answering.answer(same, by=by), asked=asked)
    told = Reader.of(by)
    if smallest <= 1 and not told.is_masked:
        return found
    rows = _told(asked, few, found.rows)
    return replace(
        found, rows=[_named(asked, shown(asked, few, row, smallest), told) for row in rows],
        total=shown(asked, few, found.total, smallest), smallest=smallest, has_left_out=len(rows) < len(found.rows),
    )  # fmt: skip


def _once(asked: Asked, smallest: int) -> AbstractContextManager[Asked]:
    """Who is shown every number asks once, and nothing is written out for that."""
    return worked_out_once(asked) if smallest > 1 else nullcontext(asked)


class Figures(NamedTuple):
    rows: list[Row]
    total: Row
    has_left_out: bool


def figures_of(asked: Asked, *, by: User, every: bool = False) -> Figures:
    """The rows and their total without a note on the audit trail, for who asks several reports at once and notes that once. As in
    `answer`, a row of which nothing is shown is left out; `every`: it is there, for who shows no such row either."""
    smallest = smallest_for(by, asked.boards)
    with _once(asked, smallest) as same:
        few = few_of(same, smallest)
        rows = answering.counted(same, asked.by)
        total = answering.counted(same, ())[0] if asked.by else rows[0]
    told = rows if every else _told(asked, few, rows)
    return Figures(
        [shown(asked, few, row, smallest) for row in told], shown(asked, few, total, smallest), len(told) < len(rows)
    )


def _told(asked: Asked, few: Few, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not asked.by or not few.is_hidden(_at(asked, row), ALL.name)]


def shown(asked: Asked, few: Few, row: Row, smallest: int) -> Row:
    at = _at(asked, row)
    figures = {
        name: HIDDEN if few.is_hidden(at, name) else of_many(figure, smallest) for name, figure in row.figures.items()
    }
    return Row(row.at, figures)


def of_many(figure: Any, smallest: int) -> Any:
    """Least and most are of one patient each, and quartiles of as few as stand beyond them."""
    if smallest <= 1 or not isinstance(figure, Span):
        return figure
    if figure.count < 2 * smallest:
        figure = replace(figure, lower=None, upper=None)
    return replace(figure, least=None, most=None)


def _at(asked: Asked, row: Row) -> dict[str, Any]:
    return dict(asked.wanted) | dict(row.at)


def _named(asked: Asked, row: Row, reader: Reader) -> Row:
    """Colleagues by their pseudonyms."""
    people = [name for name in row.at if asked.report.dimension(name).noun == "people"]
    return Row(dict(row.at) | {name: reader.pseudonym("user", row.at[name]) for name in people}, row.figures)


def rows_behind(
    asked: Asked, measure: Measure | None, *, by: User, after: str = "", most: int = PAGE, and_next: bool = False
) -> list[Cells]:  # fmt: skip
    """The rows that a figure counts, each as this person is told it, with `place` for those that follow. Raises PermissionDenied
    where the figure is not shown, or its rows would tell by how much days are shifted."""
    reader = Reader.of(by)
    if reader.is_shifted:
        raise PermissionDenied(SHIFTED)
    check_shown(asked, measure, by=by)
    after = place_of(asked.report, after, by=by)
    rows = answering.rows_behind(asked, measure, by=by, after=after, most=most, and_next=and_next)
    return [masked_row(asked.report, row, reader) for row in rows]


def count_behind(asked: Asked, measure: Measure | None, *, by: User) -> int:
    """How many there are. Raises as `rows_behind`."""
    if Reader.of(by).is_shifted:
        raise PermissionDenied(SHIFTED)
    check_shown(asked, measure, by=by)
    return answering.count_behind(asked, measure)


def place_of(report: Report, after: str, *, by: User) -> str:
    """The place in a list as it really is. Raises ValidationError for what is none, or another project's."""
    place = (Reader.of(by).opened(after) or "?") if after else ""
    read_place(report, place)
    return place


def check_shown(asked: Asked, measure: Measure | None, *, by: User) -> None:
    smallest = smallest_for(by, asked.boards)
    with _once(asked, smallest) as same:
        few = few_of(replace(same, by=()), smallest)
    for one in (ALL, measure) if measure is not None else (ALL,):
        if few.is_hidden(asked.wanted, one.name):
            raise PermissionDenied(OF_FEW)

"""The cases of an indicator: those that its figure counts or could have counted, and those that are left out, by why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.dateparse import parse_date

from accounts.access import list_visible
from accounts.http import SignedInRequest
from careplans.deidentified.reader import Reader
from careplans.models import Case
from careplans.reports.answering import PAGE, Cells
from careplans.reports.asked import Asked
from careplans.reports.declared import Measure
from careplans.reports.figures import HIDDEN
from careplans.reports.scorecard.declared import Figure, Indicator
from careplans.reports.scorecard.figures import IN_NUMERATOR, Scorecard, of_indicator
from careplans.reports.shown import SHIFTED, rows_behind

# The columns of the units whose rows last in which the day stands on which a row began.
BEGAN = ("changed_on", "held_against", "fired_on")
# In the address: which of the lists is gone on with.
LIST, AFTER = "rows", "after"
TOO_FEW = "This tells of too few to be shown beyond the board, and so its cases are not shown either."


@dataclass(frozen=True)
class RowList:
    """`part`: the measure that counts what is left out; empty of those in the figure. `why_none`: where rows may not be shown."""

    part: str
    measure: str
    title: str
    rows: Sequence[dict[str, Any]] = field(default_factory=list)
    more: str = ""
    """What is asked for the next of them; empty at the end."""
    asked: str = ""
    """What is asked for the same rows as a file."""
    why_none: str = ""


def lists_of(request: SignedInRequest, found: Scorecard, part: str, after: str) -> list[RowList]:
    """A page of each; of one alone, where its address goes on with it. Those of which there is none are not there. Four
    statements a list, and more where small numbers are left out."""
    figure = found.figures[0]
    wanted = ("", *(name for name, count in figure.left_out.items() if count is HIDDEN or count))
    if part or after:
        wanted = (part,)
    return [_list_of(request, found, figure, one, after if one == part else "") for one in wanted]


def _list_of(request: SignedInRequest, found: Scorecard, figure: Figure, part: str, after: str) -> RowList:
    """Of a figure that is not shown there are no rows to see."""
    one = figure.indicator
    asked = of_indicator(found.asked, one)
    measure = asked.report.measure(part or one.measure_name)
    head = RowList(part, measure.name, measure.label if part else "What it counts")
    if (figure.left_out[part] if part else figure.now) is HIDDEN:
        return _none(head, TOO_FEW)
    if Reader.of(request.user).is_shifted:
        return _none(head, SHIFTED)
    try:
        rows = rows_behind(asked, measure, by=request.user, after=after, most=PAGE, and_next=True)
    except PermissionDenied:
        # What is shown may be none at all, of few rows that would say whose it is.
        return _none(head, TOO_FEW)
    more = {AFTER: str(rows[PAGE - 1]["id"])} if len(rows) > PAGE else {}
    return RowList(
        part, head.measure, head.title, _told(request, asked, one, measure, rows[:PAGE]),
        _query(request, more | ({LIST: part} if part else {})) if more else "", _query(request, {"measure": measure.name}),
    )  # fmt: skip


def _query(request: SignedInRequest, more: Mapping[str, str]) -> str:
    query = request.GET.copy()
    for name in (LIST, AFTER):
        query.pop(name, None)
    for name, value in more.items():
        query[name] = value
    return query.urlencode()


def _none(head: RowList, why: str) -> RowList:
    return RowList(head.part, head.measure, head.title, why_none=why)


def _told(
    request: SignedInRequest, asked: Asked, one: Indicator, measure: Measure, rows: Sequence[Cells]
) -> list[dict[str, Any]]:
    wanted = Case.objects.for_naming().filter(pk__in={row["case_id"] for row in rows})
    named = list_visible(wanted, request.user, "patients.view", order=("-pk",), params={}, size=PAGE)
    cases = {case.pk: case for case in named.rows}
    return [_row(one, row, cases.get(row["case_id"]), is_in=measure.name == one.measure_name) for row in rows]


def _row(one: Indicator, row: Cells, case: Case | None, *, is_in: bool) -> dict[str, Any]:
    # Of what lasts, the day on which it began: the other is the one on which it counts.
    day: date | str | None = next((row[name] for name in BEGAN if name in row), row["day"])
    told = {"case": case, "number": row["case_id"], "day": parse_date(day) if isinstance(day, str) else day}
    told["plan"] = row["plan_id"]
    if not is_in:
        return told | {"counts": "left out"}
    counts = {1: "counted", 0: "not counted"}.get(row.get(IN_NUMERATOR, -1), "")
    lacks = one.lacks.words(row.get(one.lacks.column)) if one.lacks else []
    return told | {"counts": counts, "value": row.get(one.measure.span.removeprefix("u.")), "lacks": lacks}

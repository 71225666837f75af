"""The NET scorecard: all indicators of some boards on one page, and one page for each, with the cases behind it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from accounts.access import list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.permissions import boards_where, require
from careplans.deidentified.reader import Reader
from careplans.models import Case
from careplans.reports.answering import PAGE, Cells
from careplans.reports.asked import ACTION
from careplans.reports.figures import HIDDEN
from careplans.reports.forms.periods import show_period
from careplans.reports.forms.scorecard import WAYS, IndicatorForm, ScorecardForm
from careplans.reports.params import check_form
from careplans.reports.scorecard.contents import INDICATOR_BY_NAME, NOT_COUNTED, by_group
from careplans.reports.scorecard.declared import Figure, Indicator
from careplans.reports.scorecard.figures import EMPTY, IN_NUMERATOR, Scorecard, of_indicator, read_scorecard
from careplans.reports.scorecard.pictures import picture_of
from careplans.reports.scorecard.time import whole_time
from careplans.reports.scorecard.told import beside, change, left_out, words
from careplans.reports.shown import SHIFTED, place_of, rows_behind

# The columns of the units whose rows last in which the day stands on which a row began.
BEGAN = ("changed_on", "due_on", "fired_on")


@dataclass(frozen=True)
class Line:
    """An indicator as the page shows it, in words."""

    indicator: Indicator
    value: str
    beside: list[str]
    before: str
    before_beside: list[str]
    change: str
    left_out: list[str]
    detail: list[tuple[str, str]]


@require_GET
def scorecard(request: SignedInRequest) -> HttpResponse:
    Reader.of_page(request)
    require(request.user, ACTION)
    form = ScorecardForm(request.GET, boards=boards_where(request.user, ACTION))
    found = _read(request, form)
    lines = {one.indicator.name: _line(one) for one in found.figures} if found else {}
    groups = [(group, [lines[one.name] for one in rows]) for group, rows in by_group()] if found else []
    context: dict[str, Any] = {"form": form, "found": found, "groups": groups, "query": request.GET.urlencode()}
    context |= {"not_counted": NOT_COUNTED, "nav": "reports"}
    return render(request, "careplans/reports/scorecard/list.html", context, status=200 if found else 400)


@require_GET
def indicator(request: SignedInRequest, name: str) -> HttpResponse:
    Reader.of_page(request)
    require(request.user, ACTION)
    one = INDICATOR_BY_NAME.get(name)
    if one is None:
        raise Http404
    form = IndicatorForm(request.GET, boards=boards_where(request.user, ACTION))
    found, after = _read(request, form, "after", only=one), _after(request, form, one)
    context: dict[str, Any] = {"form": form, "indicator": one, "found": found, "nav": "reports"}
    if found and not form.errors:
        by = form.cleaned_data["by"] or WAYS[0][0]
        context |= {"line": _line(found.figures[0]), "apart": _apart(found.figures[0], by)}
        context |= {"pictures": picture_of(one, _in_order(found, by))}
        context |= {"apart_by": dict(WAYS)[by], "apart_of": by.capitalize()} | _cases(request, found, one, after)
    return render(
        request, "careplans/reports/scorecard/detail.html", context, status=400 if form.errors or not found else 200
    )


def _read(request: SignedInRequest, form: ScorecardForm, *more: str, only: Indicator | None = None) -> Scorecard | None:
    """None where it cannot be asked; the form says why."""
    if not form.is_valid():
        return None
    try:
        check_form(form, *more)
        found = read_scorecard(request.user, form.asked(), only=only)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    show_period(form, found.since, found.until, found.asked.day)
    return found


def _after(request: SignedInRequest, form: ScorecardForm, one: Indicator) -> str:
    after = request.GET.get("after", "")
    try:
        place_of(one.report, after, by=request.user)
    except ValidationError as error:
        form.add_error(None, error.messages[0])
        return ""
    return after


def _line(figure: Figure) -> Line:
    one = figure.indicator
    unit = one.measure.unit
    told = [] if figure.now is HIDDEN else beside(figure.now)
    detail = [(one.report.measure(name).label, words(value)) for name, value in figure.detail.items()]
    before = "" if figure.before is None else words(figure.before, unit)
    there = figure.before is not None and figure.before is not HIDDEN
    return Line(
        one, words(figure.now, unit), told, before, beside(figure.before) if there else [],
        change(figure.now, figure.before), left_out(figure), detail,
    )  # fmt: skip


def _apart(figure: Figure, by: str) -> list[tuple[str, str, list[str]]]:
    """By month, quarter or board: its name, the figure, and what belongs with it."""
    values = [at[0] for at, _ in figure.apart]
    names = dict(Board.objects.filter(pk__in=values).values_list("pk", "name")) if by == "board" else {}
    unit = figure.indicator.measure.unit
    return [
        (str(names.get(at[0], at[0])), words(value, unit), [] if value is HIDDEN else beside(value))
        for at, value in figure.apart
    ]


def _in_order(found: Scorecard, by: str) -> list[tuple[str, Any]]:
    """What is told apart, with a place for months and quarters of which nothing is told. Of boards their names."""
    told = {at[0]: value for at, value in found.figures[0].apart}
    if by == "board":
        names = dict(Board.objects.filter(pk__in=told).values_list("pk", "name"))
        return [(names.get(key, str(key)), value) for key, value in told.items()]
    empty = EMPTY[found.figures[0].indicator.kind]
    return [(name, told.get(name, empty)) for name in whole_time(by, found.since, found.until)] if told else []


def _cases(request: SignedInRequest, found: Scorecard, one: Indicator, after: str) -> dict[str, Any]:
    """A page of the rows behind the figure, in the order of their ids. Of a figure that is not shown there are none to see."""
    if found.figures[0].now is HIDDEN:
        return {"rows": [], "hidden": True}
    if Reader.of(request.user).is_shifted:
        return {"rows": [], "shifted": SHIFTED}
    asked = of_indicator(found.asked, one)
    try:
        rows = rows_behind(asked, asked.report.measure(one.measure_name), by=request.user, after=after, and_next=True)
    except PermissionDenied:
        # What is shown may be none at all, of few rows that would say whose it is.
        return {"rows": [], "hidden": True}
    more, rows = len(rows) > PAGE, rows[:PAGE]
    wanted = Case.objects.for_naming().filter(pk__in={row["case_id"] for row in rows})
    named = list_visible(wanted, request.user, "patients.view", order=("-pk",), params={}, size=PAGE)
    cases = {case.pk: case for case in named.rows}
    query = request.GET.copy()
    query["after"] = str(rows[-1]["id"]) if rows else ""
    return {
        "rows": [_row(one, row, cases.get(row["case_id"])) for row in rows],
        "more": query.urlencode() if more else "",
    }  # fmt: skip


def _row(one: Indicator, row: Cells, case: Case | None) -> dict[str, Any]:
    # Of what lasts, the day on which it began: the other is the one on which it counts.
    day: date | str | None = next((row[name] for name in BEGAN if name in row), row["day"])
    counts = {1: "counted", 0: "not counted"}.get(row.get(IN_NUMERATOR, -1), "")
    value = row.get(one.measure.span.removeprefix("u."))
    return {
        "case": case,
        "number": row["case_id"],
        "day": parse_date(day) if isinstance(day, str) else day,
        "counts": counts,
        "value": value,
        "plan": row["plan_id"],
    }

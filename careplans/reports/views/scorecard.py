"""The NET scorecard: all indicators of some boards on one page, and one page for each, with the cases behind it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.permissions import boards_where, require
from careplans.deidentified.reader import Reader
from careplans.reports.answering import FEWER
from careplans.reports.asked import ACTION
from careplans.reports.figures import HIDDEN
from careplans.reports.forms.periods import show_period
from careplans.reports.forms.scorecard import WAYS, IndicatorForm, ScorecardForm
from careplans.reports.params import check_form
from careplans.reports.scorecard.contents import INDICATOR_BY_NAME, NOT_COUNTED
from careplans.reports.scorecard.declared import Figure, Indicator
from careplans.reports.scorecard.figures import EMPTY, Scorecard, read_scorecard
from careplans.reports.scorecard.lines import line_of, lines_by_group
from careplans.reports.scorecard.pictures import picture_of
from careplans.reports.scorecard.time import whole_time
from careplans.reports.scorecard.told import beside, words
from careplans.reports.shown import place_of, smallest_for
from careplans.reports.views.scorecard_rows import AFTER, LIST, lists_of


@require_GET
def scorecard(request: SignedInRequest) -> HttpResponse:
    Reader.of_page(request)
    require(request.user, ACTION)
    form = ScorecardForm(request.GET, boards=boards_where(request.user, ACTION))
    found = _read(request, form)
    groups = lines_by_group(found.figures) if found else []
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
    found = _read(request, form, LIST, AFTER, only=one)
    part, after = _part(request, form, one), _after(request, form, one)
    context: dict[str, Any] = {"form": form, "indicator": one, "found": found, "nav": "reports"}
    if found and not form.errors:
        by = form.cleaned_data["by"] or WAYS[0][0]
        context |= {"line": line_of(found.figures[0]), "apart": _apart(found.figures[0], by)}
        smallest = smallest_for(request.user, found.asked.boards)
        context |= {"pictures": picture_of(one, _in_order(found, by, smallest))}
        context |= {"apart_by": dict(WAYS)[by], "apart_of": by.capitalize()}
        context |= {"why_left_out": FEWER.format(smallest=smallest) if found.has_left_out else ""}
        context |= {"lists": lists_of(request, found, part, after), "goes_on": bool(part or after)}
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


def _part(request: SignedInRequest, form: ScorecardForm, one: Indicator) -> str:
    """Which list is gone on with: that of the measure by which cases are left out; empty for those in the figure."""
    part = request.GET.get(LIST, "")
    if part and part not in one.left_out:
        form.add_error(None, f"{LIST}: There are: {', '.join(one.left_out) or 'none'}.")
        return ""
    return part


def _after(request: SignedInRequest, form: ScorecardForm, one: Indicator) -> str:
    after = request.GET.get(AFTER, "")
    try:
        place_of(one.report, after, by=request.user)
    except ValidationError as error:
        form.add_error(None, error.messages[0])
        return ""
    return after


def _apart(figure: Figure, by: str) -> list[tuple[str, str, list[str]]]:
    """By month, quarter or board: its name, the figure, and what belongs with it."""
    values = [at[0] for at, _ in figure.apart]
    names = dict(Board.objects.filter(pk__in=values).values_list("pk", "name")) if by == "board" else {}
    unit = figure.indicator.measure.unit
    return [
        (str(names.get(at[0], at[0])), words(value, unit), [] if value is HIDDEN else beside(value))
        for at, value in figure.apart
    ]


def _in_order(found: Scorecard, by: str, smallest: int) -> list[tuple[str, Any]]:
    """What is told apart, with a place for months and quarters of which nothing is told: nothing was there, or, where small
    numbers are left out, there is no saying. Of boards their names."""
    told = {at[0]: value for at, value in found.figures[0].apart}
    if by == "board":
        names = dict(Board.objects.filter(pk__in=told).values_list("pk", "name"))
        return [(names.get(key, str(key)), value) for key, value in told.items()]
    empty = EMPTY[found.figures[0].indicator.kind] if smallest <= 1 else HIDDEN
    return [(name, told.get(name, empty)) for name in whole_time(by, found.since, found.until)] if told else []

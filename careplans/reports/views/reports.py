"""Pages of the reports: what there is, one with its figures, and the rows behind a figure."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.permissions import boards_where, can, require
from accounts.reading import project_of
from careplans.deidentified.reader import Reader
from careplans.models import Case, Event
from careplans.reports.answering import PAGE, Answer
from careplans.reports.asked import ACTION, NONE, Asked, parameters, read_asked
from careplans.reports.contents import BY_NAME, REPORTS
from careplans.reports.declared import Dimension, Report
from careplans.reports.forms.periods import show_period
from careplans.reports.forms.reports import ReportForm
from careplans.reports.lines import headings, lines_of, only, query_of, told_measures, total_of, word_for
from careplans.reports.params import check_all, check_typed
from careplans.reports.pictures import pictures_of, why_none
from careplans.reports.shown import answer, rows_behind
from careplans.reports.tables.contents import FIGURES, REPORTED
from careplans.reports.tables.rows import figure_rows
from careplans.reports.tables.table import columns, csv_of
from careplans.reports.views.cells import csv_of_text

WHY = "Why it began then"


@require_GET
def reports(request: SignedInRequest) -> HttpResponse:
    Reader.of_page(request)
    require(request.user, ACTION)
    return render(request, "careplans/reports/index.html", {"nav": "reports", "reports": REPORTS})


@require_GET
def report(request: SignedInRequest, name: str) -> HttpResponse:
    """The form, and the figures it asks for: none while it cannot be read."""
    one = _report(request, name)
    form, found = _answered(request, one)
    context: dict[str, Any] = {"nav": "reports", "report": one, "form": form, "answer": found}
    if found is not None:
        show_period(form, found.asked.since, found.asked.until, found.asked.day)
        heads, _ = headings(found.asked)
        measures, empty = told_measures(found)
        lines = [only(line, measures, found.asked) for line in lines_of(found, request.user)]
        pictures = pictures_of(found, [line.name for line in lines])
        context |= {
            "heads": heads, "measures": measures, "lines": lines, "total": only(total_of(found), measures, found.asked),
            "empty": empty,
            "pictures": pictures, "why_no_picture": why_none(found, pictures),
            "query": urlencode(query_of(found.asked) | {"by": ",".join(found.asked.by)}), "asked": found.asked,
            "wanted": _removable(request, found.asked),
        }  # fmt: skip
    return render(request, "careplans/reports/report.html", context, status=400 if form.errors else 200)


@require_GET
def report_csv(request: SignedInRequest, name: str) -> HttpResponse:
    """The same figures as a file, by the columns of the API and of exports; their total is last, and says what is left out."""
    one = _report(request, name)
    try:
        check_all(request.GET, parameters(one))
        found = answer(read_asked(one, request.user, request.GET.dict()), by=request.user)
    except ValidationError:
        return report(request, name)
    told = columns(REPORTED[f"{FIGURES}{name}"], found.asked.by, is_typed=False)
    return csv_of_text(name, csv_of(told, figure_rows(found)))


@require_GET
def report_rows(request: SignedInRequest, name: str) -> HttpResponse:
    """The rows behind one figure, which lead to their cases."""
    one = _report(request, name)
    params = request.GET.dict()
    wanted = params.pop("measure", "")
    after = params.pop("after", "")
    if wanted and wanted not in [measure.name for measure in one.measures]:
        return HttpResponseBadRequest("This address asks for something that the report does not have.")
    try:
        check_all(request.GET, (*parameters(one), "measure", "after"))
        asked = read_asked(one, request.user, params)
        measure = one.measure(wanted) if wanted else None
        found = rows_behind(asked, measure, by=request.user, after=after, and_next=True)
    except ValidationError as error:
        return HttpResponseBadRequest(" ".join(error.messages))
    more, found = len(found) > PAGE, found[:PAGE]
    shown = [dimension for dimension in one.dimensions if dimension.name != "month" and not dimension.noun]
    titles = _titles(request, [row["case_id"] for row in found])
    reasons = _reasons(request, [row["said_id"] for row in found if row.get("said_id")])
    told = [
        [*_words(shown, row), *([(WHY, reasons.get(row["said_id"], ""))] if "said_id" in row else [])] for row in found
    ]
    lines = [(row, titles.get(row["case_id"], ""), words) for row, words in zip(found, told, strict=True)]
    context = {
        "nav": "reports", "report": one, "asked": asked, "measure": measure, "lines": lines, "wanted": _wanted(asked),
        "heads": [dimension.label for dimension in shown] + [WHY] * ("said_id" in one.shown),
        "next": urlencode(request.GET.dict() | {"after": str(found[-1]["id"])}) if more else "",
        "back": urlencode(query_of(asked)), "links": can(request.user, "patients.view"),
    }  # fmt: skip
    return render(request, "careplans/reports/rows.html", context)


def _reasons(request: SignedInRequest, events: list[int]) -> dict[int, str]:
    """What was said when a step began, on boards where the reader may read text; within a reporting project nowhere."""
    if not events or project_of(request.user) is not None:
        return {}
    boards = boards_where(request.user, "text.view")
    return dict(Event.objects.filter(pk__in=events, board__in=boards).values_list("pk", "reason"))


def _words(shown: Sequence[Dimension], row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one.label, "None" if row[one.column] is None else word_for(one, row[one.column], {})) for one in shown]


def _removable(request: SignedInRequest, asked: Asked) -> list[tuple[str, str, str]]:
    """The same, each with the address of the page without it."""
    addresses = []
    for name in asked.said:
        query = request.GET.copy()
        del query[name]
        addresses.append(query.urlencode())
    return [(label, word, address) for (label, word), address in zip(_wanted(asked), addresses, strict=True)]


def _wanted(asked: Asked) -> list[tuple[str, str]]:
    """What narrows the rows, in words."""
    found = [(asked.report.dimension(name), value) for name, value in asked.said.items()]
    return [(one.label, word_for(one, None if value == NONE else value, {})) for one, value in found]


def _report(request: SignedInRequest, name: str) -> Report:
    Reader.of_page(request)
    require(request.user, ACTION)
    if name not in BY_NAME:
        raise Http404
    return BY_NAME[name]


def _answered(request: SignedInRequest, one: Report) -> tuple[ReportForm, Answer | None]:
    boards = boards_where(request.user, ACTION)
    # With one board alone, the board tells nothing apart.
    by = [(each.name, each.label) for each in one.dimensions if each.name != "board" or len(boards) > 1]
    data = request.GET.copy()
    if "by" not in data:
        data.setlist("by", [name for name in one.by if name in dict(by)])
    form = ReportForm(
        data, by=by, boards=boards, has_period=bool(one.period), reach=one.reach.words, filters=parameters(one)
    )
    if not form.is_valid():
        return form, None
    try:
        check_typed(request.GET, parameters(one))
        return form, answer(read_asked(one, request.user, form.params), by=request.user)
    except ValidationError as error:
        form.refuse(error)
        return form, None


def _titles(request: SignedInRequest, cases: list[int]) -> dict[int, str]:
    """What the cases are of, on boards where the reader may read that; within a reporting project nowhere."""
    if project_of(request.user) is not None:
        return {}
    boards = boards_where(request.user, "text.view")
    return dict(Case.objects.filter(pk__in=cases, board__in=boards).values_list("pk", "title"))

"""The override report: what editors of the rules, chairs and analysts learn from the answers of boards. No clinical detail."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from accounts.permissions import can
from accounts.reading import project_of
from careplans.deidentified.reader import Reader
from careplans.reports.answering import FEWER
from careplans.reports.asked import ACTION
from careplans.reports.forms.overrides import OverridesForm
from careplans.reports.overrides import OverrideRow, ReportFilter, read_overrides, scope_of, smallest_of
from careplans.reports.params import check_form
from careplans.reports.views.cells import csv_file
from careplans.rules.kept_open import KEPT, all_rules, pages_of

HEADINGS = (
    "Rule", "Wording", "Fired", "Unanswered", "No longer fires, unanswered", "Followed", "Kept open",
    *(answer.label.removeprefix("Kept: ") for answer in KEPT), "Newer guidance named", "Reference pages",
)  # fmt: skip
NOT_SHOWN = "not shown"


def overrides(request: SignedInRequest) -> HttpResponse:
    form, rows = asked(request)
    labels = [(answer.value, answer.label) for answer in KEPT]
    context = {"nav": "reference", "form": form, "rows": rows, "labels": labels, "query": request.GET.urlencode()}
    context |= {"project": project_of(request.user), "can_report": can(request.user, ACTION)}
    context |= {"smallest": smallest_of(scope_of(request.user), request.user)}
    return render(request, "careplans/reports/overrides/list.html", context, status=200 if form.is_valid() else 400)


def overrides_csv(request: SignedInRequest) -> HttpResponse:
    """The same rows as a file."""
    form, rows = asked(request)
    if not form.is_valid():
        return overrides(request)
    smallest = smallest_of(scope_of(request.user), request.user)
    withheld = [[FEWER.format(smallest=smallest)]] if smallest > 1 else []
    return csv_file("overrides", HEADINGS, [*(cells(row) for row in rows), *withheld])


def cells(row: OverrideRow) -> list[object]:
    named = "; ".join(f"{text} ({times})" for text, times in row.citations)
    counts = (row.fired, row.unanswered, row.gone, row.followed, row.kept, *row.reasons.values())
    told = [NOT_SHOWN if number is None else number for number in counts]
    return [row.rule, row.advice, *told, named, ", ".join(page.title for page in row.pages)]


def asked(request: SignedInRequest) -> tuple[OverridesForm, list[OverrideRow]]:
    """The filter as typed, and the rows it asks for: none while it cannot be read."""
    Reader.of_page(request)
    scope, rules = scope_of(request.user), all_rules()
    form = OverridesForm(request.GET, rules=list(rules), boards=scope.boards)
    if not form.is_valid():
        return form, []
    try:
        check_form(form)
    except ValidationError as error:
        form.add_error(None, error)
        return form, []
    given, pages = form.cleaned_data, pages_of(rules.values())
    chosen = {rule for rule in rules if not given["rule"] or rule == given["rule"]}
    if given["page"]:
        chosen = {rule for rule in chosen if given["page"] in pages[rule]}
    board, narrowed = given["board"] and given["board"].pk, given["rule"] or given["page"]
    wanted = ReportFilter(given["since"], given["until"], board, chosen if narrowed else None, scope)
    return form, read_overrides(wanted, rules, pages, by=request.user, asked=request.GET.dict())

"""The override report: what editors of the rules, chairs and analysts learn from the answers of boards. No clinical detail."""

from dataclasses import dataclass, field
from datetime import datetime

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
from careplans.reports.overrides import (
    OverrideRow,
    ReportFilter,
    read_override_moments,
    read_overrides,
    scope_of,
    smallest_of,
)
from careplans.reports.params import check_form
from careplans.reports.views.cells import csv_file
from careplans.rules.kept_open import KEPT, all_rules, pages_of

HEADINGS = (
    "Rule", "Wording", "Fired", "Unanswered", "No longer fires, unanswered", "Followed", "Kept open",
    *(answer.label.removeprefix("Kept: ") for answer in KEPT), "Newer guidance named", "Reference pages",
)  # fmt: skip
NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class Found:
    """The filter as typed, and what it asks for: no rows while it cannot be read."""

    form: OverridesForm
    rows: list[OverrideRow] = field(default_factory=list)
    smallest: int = 1
    known_from: datetime | None = None


def overrides(request: SignedInRequest) -> HttpResponse:
    found = asked(request)
    form = found.form
    labels = [(answer.value, answer.label) for answer in KEPT]
    context = {"nav": "reference", "form": form, "rows": found.rows, "labels": labels, "query": request.GET.urlencode()}
    context |= {"project": project_of(request.user), "can_report": can(request.user, ACTION)}
    context |= {"smallest": found.smallest, "known_from": found.known_from}
    return render(request, "careplans/reports/overrides/list.html", context, status=200 if form.is_valid() else 400)


def overrides_csv(request: SignedInRequest) -> HttpResponse:
    """The same rows as a file."""
    found = asked(request)
    if not found.form.is_valid():
        return overrides(request)
    said = [[FEWER.format(smallest=found.smallest)]] if found.smallest > 1 else []
    if found.known_from is not None:
        said.append([f"What the record held is known from {found.known_from:%Y-%m-%d %H:%M} UTC on."])
    return csv_file("overrides", HEADINGS, [*(cells(row) for row in found.rows), *said])


def cells(row: OverrideRow) -> list[object]:
    named = "; ".join(f"{text} ({times})" for text, times in row.citations)
    counts = (row.fired, row.unanswered, row.gone, row.followed, row.kept, *row.reasons.values())
    told = [NOT_SHOWN if number is None else number for number in counts]
    return [row.rule, row.advice, *told, named, ", ".join(page.title for page in row.pages)]


def asked(request: SignedInRequest) -> Found:
    Reader.of_page(request)
    scope, rules = scope_of(request.user), all_rules()
    form = OverridesForm(request.GET, rules=list(rules), boards=scope.boards)
    if not form.is_valid():
        return Found(form)
    try:
        check_form(form)
        moments = read_override_moments({}, request.user)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return Found(form)
    given, pages = form.cleaned_data, pages_of(rules.values())
    chosen = {rule for rule in rules if not given["rule"] or rule == given["rule"]}
    if given["page"]:
        chosen = {rule for rule in chosen if given["page"] in pages[rule]}
    board, narrowed = given["board"] and given["board"].pk, given["rule"] or given["page"]
    wanted = ReportFilter(
        given["since"], given["until"], board, chosen if narrowed else None, scope, moments.as_of, moments.known_by
    )
    told = read_overrides(wanted, rules, pages, by=request.user, asked=request.GET.dict())
    return Found(form, told.rows, smallest_of(scope, request.user, board), moments.known_from)

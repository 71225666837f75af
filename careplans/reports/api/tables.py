"""Answers of reports as CSV and NDJSON: the columns and rows that pages and exports have, and in the head what is not shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from careplans.api.access import Door
from careplans.api.http.negotiation import CSV, MEDIA
from careplans.api.lists.columns import Column
from careplans.api.lists.tables import as_json
from careplans.api.lists.whole import Listing, Whole
from careplans.reports.answering import Answer
from careplans.reports.asked import Asked
from careplans.reports.declared import Measure
from careplans.reports.scorecard.figures import Scorecard
from careplans.reports.shown import STRETCH, count_behind, rows_behind
from careplans.reports.tables.contents import FIGURES, REPORTED, ROWS, Reported
from careplans.reports.tables.heads import moments, withheld
from careplans.reports.tables.rows import figure_rows, scorecard_rows, withheld_in
from careplans.reports.tables.table import columns, csv_of
from careplans.reports.told import told_unit
from common.paging import Page

AFTER = "after"
NOTHING: Mapping[str, str] = MappingProxyType({})


def figures_table(view: Door, found: Answer, headers: dict[str, str]) -> HttpResponse:
    """The rows of an answer, and their total last."""
    source = REPORTED[f"{FIGURES}{found.asked.report.name}"]
    told = withheld(found.withheld, rows=found.has_left_out, smallest=found.smallest) | moments(found.asked.told)
    return _table(view, source, found.asked.by, figure_rows(found), headers | told)


def scorecard_table(view: Door, found: Scorecard, smallest: int, headers: dict[str, str]) -> HttpResponse:
    rows = list(scorecard_rows(found))
    told = withheld(withheld_in(rows), rows=found.has_left_out, smallest=smallest)
    told |= moments(found.asked.told | {"since": found.since, "until": found.until})
    return _table(view, REPORTED["scorecard"], found.asked.by, rows, headers | told)


def _table(
    view: Door, source: Reported, by: Iterable[str], rows: Iterable[Any], headers: dict[str, str]
) -> HttpResponse:  # fmt: skip
    return small_table(view, _name(view, source), columns(source, tuple(by), is_typed=False), rows, headers)


def small_table(
    view: Door, name: str, has: Sequence[Column], rows: Iterable[Any], headers: Mapping[str, str] = NOTHING
) -> HttpResponse:  # fmt: skip
    """As small as the answer is: so it has a tag, and whoever has it already is told so. Of rows that are told as the caller may
    read them."""
    view.has_masked = True
    text = csv_of(has, rows) if view.form == CSV else "".join(f"{as_json(row)}\n" for row in rows)
    response = HttpResponse(text, content_type=f"{MEDIA[view.form]}; charset=utf-8", headers=dict(headers))
    response["Content-Disposition"] = f'attachment; filename="{name}.{view.form}"'
    return response


def rows_table(view: Door, request: Request, asked: Asked, measure: Measure | None) -> HttpResponseBase:
    """Every row that the figure counts, as it is read. The first are read before the answer begins: whoever may not see them is
    refused, and not told half."""
    view.has_masked = True
    source = REPORTED[f"{ROWS}{asked.report.name}"]
    listing = Listing(
        kind=asked.report.name, serializer_class=None, page=_pages(view, asked, measure), tell=list,
        count=lambda: count_behind(asked, measure, by=view.person), leaves_out_text=False, board=asked.board,
    )  # fmt: skip
    has = tuple(columns(source, (), is_typed=False))
    whole = Whole(listing, view.form, (), view.person, request.query_params.dict(), has)
    response = whole.answer(request._request, _name(view, source))
    for name, value in moments(asked.told).items():
        response[name] = value
    return response


def _pages(view: Door, asked: Asked, measure: Measure | None) -> Callable[[QueryDict, int], Page]:
    def read(after: str) -> Page:
        found = rows_behind(asked, measure, by=view.person, after=after, most=STRETCH)
        # Fewer than were asked for are the last.
        place = QueryDict(mutable=True)
        if len(found) == STRETCH:
            place[AFTER] = str(found[-1]["id"])
        return Page([told_unit(asked, row) for row in found], f"?{place.urlencode()}" if place else "", "")

    first = [read("")]
    return lambda params, _: first.pop() if first else read(params.get(AFTER, ""))


def _name(view: Door, source: Reported) -> str:
    return "-".join(filter(None, (source.name, view.reader.label)))

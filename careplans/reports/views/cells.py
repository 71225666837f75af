"""CSV files of the reports. What a cell may hold says `common.cells`."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from common.cells import table


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """`name` without its ending."""
    return csv_of_text(name, table(headings, rows))


def csv_of_text(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response

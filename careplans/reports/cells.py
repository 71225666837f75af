"""CSV files of the reports. What a cell may hold says `common.cells`."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from common.cells import BYTE_ORDER_MARK, plain


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """`name` without its ending."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write(BYTE_ORDER_MARK)
    writer = csv.writer(response)
    for row in (headings, *rows):
        writer.writerow([plain(cell) for cell in row])
    return response

"""Pages of the data dictionary."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from careplans.exports import dictionary_files
from careplans.exports.dictionary import dictionary, entries_of, row_of
from careplans.exports.sources import SOURCES, TOLD
from careplans.reports.tables.contents import REPORTED
from common.cells import BYTE_ORDER_MARK

LABELS = dict(TOLD)


@require_GET
def data_dictionary(request: SignedInRequest) -> HttpResponse:
    """What every field means, a list at a time."""
    noun = request.GET.get("noun", next(iter(SOURCES)))
    if noun not in LABELS:
        raise Http404
    context = {
        "nav": "exports",
        "noun": noun,
        "label": LABELS[noun],
        "row": row_of(noun),
        "sources": SOURCES.values(),
        "reported": REPORTED.values(),
        "entries": entries_of(noun),
    }
    return render(request, "careplans/exports/dictionary.html", context)


@require_GET
def data_dictionary_csv(request: SignedInRequest) -> HttpResponse:
    """All of it, for a spreadsheet."""
    text = dictionary_files.as_csv(dictionary())
    response = HttpResponse(
        BYTE_ORDER_MARK + text.removeprefix(BYTE_ORDER_MARK), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="consilium-dictionary.csv"'
    return response

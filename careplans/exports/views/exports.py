"""Pages of exports: what there is to take out, how many rows it would be, how far one is, and its file. One's own alone."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe
from rest_framework.exceptions import ValidationError as InvalidFilter

from accounts.access import get_own
from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from careplans.deidentified.reader import Reader
from careplans.exports import asking, work
from careplans.exports.ending import left_out_of
from careplans.exports.fhir.lists import LISTS
from careplans.exports.forms import FileForm, FilterForm, add_refusals, label_of, word_of
from careplans.exports.parquet_file import is_possible
from careplans.exports.sending import has_it_already, send_file
from careplans.exports.sources import CHOICES, EVERYTHING, SOURCES, readable
from careplans.models import Export
from careplans.models.exports import ExportQuerySet
from careplans.reports.asked import ACTION
from careplans.reports.tables.contents import REPORTED, Part, by_report
from common.paging import key_page

LABELS = dict(CHOICES)
LISTED = {name: LABELS[name] for name in SOURCES} | {name: one.label for name, one in LISTS.items()}


def _own(request: SignedInRequest) -> ExportQuerySet:
    """Of the project in which they read now, or of none."""
    return Export.objects.of_reader(request.user, Reader.of_page(request).project)


@require_GET
def exports(request: SignedInRequest) -> HttpResponse:
    """The person's own, the newest first."""
    page = key_page(_own(request), order=("-pk",), params=request.GET)
    rows = [(export, LABELS.get(export.what, export.what)) for export in page]
    context = {"nav": "exports", "page": page, "rows": rows, "may_ask": bool(readable(request.user))}
    return render(request, "careplans/exports/list.html", context)


def export_new(request: SignedInRequest) -> HttpResponse:
    """Without a list or report: which there are. With one: its filters, how many rows they leave, and the forms of the file."""
    Reader.of_page(request)
    found = readable(request.user)
    if not found:
        require(request.user, "cases.view")
    reported = list(REPORTED.values()) if can(request.user, ACTION) else []
    what = request.GET.get("what", "")
    if what == EVERYTHING or what in [one.name for one in found] or what in [one.name for one in reported]:
        return _ask(request, what)
    context = {"nav": "exports", "sources": found, "reported": by_report() if reported else []}
    return render(request, "careplans/exports/choose.html", context)


def _ask(request: SignedInRequest, what: str) -> HttpResponse:
    form = FilterForm(request.GET, what=what, person=request.user)
    file_form = FileForm(request.POST if request.method == "POST" else None, what=what)
    rows = _estimate(form, request)
    if rows is not None and request.method == "POST" and file_form.is_valid():
        with attempt(request, file_form):
            export = asking.ask_export(
                by=request.user, what=what, filters=form.asked(), form=file_form.cleaned_data["form"],
                mail=file_form.cleaned_data["mail"],
            )  # fmt: skip
            work.work_at_once(export)
            return redirect("careplans:export", export.pk)
    is_counted = what not in REPORTED or REPORTED[what].part is Part.ROWS
    context = {
        "nav": "exports", "what": what, "is_counted": is_counted, "lacks_parquet": not is_possible(),
        "label": LABELS[what], "form": form, "file_form": file_form, "rows": rows,
        "at_once": rows is not None and rows <= work.AT_ONCE, "query": request.GET.urlencode(), "is_whole": what == EVERYTHING,
        "carried": form.carried_words(), "reset": f"?{urlencode({'what': what})}",
    }  # fmt: skip
    is_wrong = rows is None or bool(file_form.errors)
    return render(request, "careplans/exports/new.html", context, status=400 if is_wrong else 200)


def _estimate(form: FilterForm, request: SignedInRequest) -> int | None:
    """How many rows; None where a filter cannot be read, which the form then says."""
    if not form.is_valid():
        return None
    try:
        return asking.estimate(request.user, form.what, form.asked())
    except ValidationError as error:
        add_refusals(form, error)
    except PermissionDenied as error:
        # Rows of so few that they are not shown: told where another question can be asked.
        if form.what not in REPORTED:
            raise
        form.add_error(None, str(error))
    except InvalidFilter as error:
        detail = error.detail if isinstance(error.detail, dict) else {"__all__": error.detail}
        add_refusals(form, ValidationError({name: [str(one) for one in words] for name, words in detail.items()}))
    return None


@require_GET
def export(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page, or only what moves when it asks for itself again."""
    found = get_own(_own(request), request.user, pk)
    template = "_export.html" if request.headers.get("HX-Request") else "export.html"
    again = urlencode(found.filters | {"what": found.what}, doseq=True)
    context = {
        "nav": "exports", "lacks_parquet": not is_possible(), "export": found,
        "label": LABELS.get(found.what, found.what), "again": again, "left_out": left_out_of(found) if found.has_file else "",
        "filters": [(label_of(name), word_of(name, values)) for name, values in found.filters.items()],
        "counts": [(label, found.counts[name]) for name, label in LISTED.items() if name in found.counts],
    }  # fmt: skip
    return render(request, f"careplans/exports/{template}", context)


VERBS = {"cancel": (asking.cancel_export, "It is cancelled."), "remove": (asking.remove_export, "The file is removed.")}


@require_POST
def export_act(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_own(_own(request), request.user, pk)
    do, words = VERBS.get(request.POST.get("verb", ""), (None, ""))
    if do is not None:
        with attempt(request):
            do(found, by=request.user)
            messages.success(request, words)
    return redirect("careplans:export", pk)


@require_safe
def export_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    found = get_own(_own(request), request.user, pk)
    with attempt(request) as outcome:
        is_asked_about = request.method == "HEAD" or has_it_already(request, found)
        asking.fetch_export(found, by=request.user, is_asked_about=is_asked_about)
        answer = send_file(request, found)
    return answer if outcome.ok else redirect("careplans:export", pk)

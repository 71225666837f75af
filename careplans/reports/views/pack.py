"""All reports on one page, and as a PDF. Each report that stands in it is on the audit trail."""

from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.permissions import boards_where, require
from accounts.reading import NAME
from careplans.deidentified.reader import Reader
from careplans.paper.typesetting import NotPrinted, typeset
from careplans.reports.asked import ACTION
from careplans.reports.forms.periods import show_period
from careplans.reports.forms.reports import ReportForm
from careplans.reports.pack.making import PARAMETERS, Pack, make_pack, sheet_of
from careplans.reports.params import check_typed
from careplans.reports.scorecard.contents import NOT_COUNTED


@require_GET
def pack(request: SignedInRequest) -> HttpResponse:
    """The form, and every report: none while it cannot be read."""
    form, found = _made(request)
    context = {
        "nav": "reports",
        "form": form,
        "pack": found,
        "query": request.GET.urlencode(),
        "not_counted": NOT_COUNTED,
    }
    if found:
        # As a program asks it: what was typed, and not the empty boxes beside it.
        project = request.GET.get(NAME)
        context["asked"] = urlencode(({NAME: project} if project else {}) | form.params)
    return render(request, "careplans/reports/pack.html", context, status=400 if form.errors else 200)


@require_GET
def pack_pdf(request: SignedInRequest) -> HttpResponse:
    """The same on paper, tagged (PDF/UA)."""
    form, found = _made(request)
    if found is None:
        return pack(request)
    printed = f"Printed {timezone.localtime():%-d %b %Y, %H:%M} by {request.user.name}."
    try:
        sheet = typeset("pack.typ", sheet_of(found, printed=printed))
    except NotPrinted as error:
        form.add_error(None, str(error))
        return render(request, "careplans/reports/pack.html", {"nav": "reports", "form": form}, status=503)
    response = HttpResponse(sheet, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="reports.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _made(request: SignedInRequest) -> tuple[ReportForm, Pack | None]:
    Reader.of_page(request)
    require(request.user, ACTION)
    boards = boards_where(request.user, ACTION)
    form = ReportForm(request.GET, by=(), boards=boards, has_period=True, filters=PARAMETERS)
    if not form.is_valid():
        return form, None
    try:
        check_typed(request.GET, PARAMETERS)
        found = make_pack(request.user, form.params)
    except ValidationError as error:
        form.refuse(error)
        return form, None
    show_period(form, found.since, found.until, found.parts[0].answer.asked.day)
    return form, found

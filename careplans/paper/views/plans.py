"""A plan as a PDF. Whoever may read the plan may print it, and each print is in the read audit."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import render_page
from careplans.models import Plan
from careplans.paper.plan import plan_sheet
from careplans.paper.typesetting import NotPrinted, typeset


@require_GET
def plan_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    plan: Plan = get_visible(Plan.objects.for_detail(), request.user, "patients.view", pk=pk)
    address = request.build_absolute_uri(reverse("careplans:plan", args=[plan.pk]))
    try:
        sheet = typeset("plan.typ", plan_sheet(plan, by=request.user, address=address))
    except NotPrinted as error:
        context = {"plan": plan, "sentence": str(error), "nav": "patients"}
        return render_page(request, "careplans/plans/not_printed.html", plan.board, context, status=503)
    response = HttpResponse(sheet, content_type="application/pdf")
    # No name and no record number: it stays in a folder of downloads.
    response["Content-Disposition"] = f'inline; filename="plan-{plan.pk}.pdf"'
    response["Cache-Control"] = "no-store"
    return response

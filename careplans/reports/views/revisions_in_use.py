"""The plans behind one reference page."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import list_visible
from accounts.http import SignedInRequest
from accounts.permissions import can, require
from careplans.reports.in_use.revisions import plans_by_revision, plans_resting_on, revisions_under
from common.figures import read_key
from modalities.models import Modality


@require_GET
def page_plans(request: SignedInRequest, slug: str) -> HttpResponse:
    """Which open plans rest on which revision of a page: counts for editors, cases for members of their boards."""
    require(request.user, "reference.read")
    counts = can(request.user, "reference.edit") or can(request.user, "reference.approve")
    if not counts and not can(request.user, "patients.view"):
        raise PermissionDenied("Ask an editor of the reference pages, or a member of a board.")
    modality = Modality.objects.filter(slug=slug, is_group=False).first()
    if modality is None:
        raise Http404
    context: dict[str, Any] = {
        "nav": "reference",
        "modality": modality,
        "page_url": reverse("modalities:page", args=[slug]),
    }
    if counts:
        context["counts"] = plans_by_revision(modality)
    if can(request.user, "patients.view"):
        rows = plans_resting_on(modality, number(request))
        page = list_visible(rows, request.user, "patients.view", order=("-pk",), params=request.GET)
        under = revisions_under(page.rows, modality)
        context |= {"page": page, "plans": [(plan, under.get(plan.pk, [])) for plan in page]}
        context["number"] = number(request)
    return render(request, "careplans/reports/revisions_in_use.html", context)


def number(request: SignedInRequest) -> int | None:
    return read_key(request.GET.get("revision", ""), longest=5)

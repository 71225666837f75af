"""Plans that rest on guidance that no longer stands, and the plans behind one reference page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page
from accounts.permissions import can, require
from careplans.forms.superseded_guidance import KeepForm
from careplans.models import Plan
from careplans.readers.superseded_guidance import Concern, concerns_of, plans_on_superseded
from careplans.reports.revisions_in_use import plans_by_revision, plans_resting_on, revisions_under
from careplans.services.superseded_guidance import keep_plan
from careplans.views.plans import get_plan
from modalities.models import Modality
from modalities.superseding import superseded_revisions


@dataclass(frozen=True)
class ConcernedPlan:
    """A plan on the work list: what no longer stands under it, the amendment in work, and the form to keep it."""

    plan: Plan
    concerns: list[Concern]
    amendment: Plan | None
    form: KeepForm


@require_GET
def superseded_guidance(request: SignedInRequest, pk: int) -> HttpResponse:
    """The work list of a board: plans that rest on superseded guidance, the longest signed first."""
    return show_list(request, get_board(request.user, pk, "patients.view"))


def show_list(request: SignedInRequest, board: Board, refused: tuple[int, KeepForm] | None = None) -> HttpResponse:
    found = superseded_revisions()
    rows = plans_on_superseded(Plan.objects.select_related("case__patient"), found)
    page = list_visible(rows, request.user, "patients.view", order=("pk",), params=request.GET, board=board, size=10)
    context = {"page": page, "entries": entries(page.rows, concerns_of(page.rows, found), refused), "nav": "board"}
    return render_page(
        request, "careplans/superseded_guidance/list.html", board, context, status=400 if refused else 200
    )


def entries(
    plans: Sequence[Plan], concerns: dict[int, list[Concern]], refused: tuple[int, KeepForm] | None
) -> list[ConcernedPlan]:
    amendments = {plan.amends_id: plan for plan in Plan.objects.working().filter(amends__in=[p.pk for p in plans])}
    return [
        ConcernedPlan(
            plan, concerns[plan.pk], amendments.get(plan.pk),
            refused[1] if refused and refused[0] == plan.pk else keep_form(plan, concerns[plan.pk]),
        )
        for plan in plans
    ]  # fmt: skip


def keep_form(plan: Plan, concerns: list[Concern]) -> KeepForm:
    seen = ",".join(str(concern.superseded.because.pk) for concern in concerns)
    return KeepForm(initial={"seen": seen}, auto_id=f"id_{plan.pk}_%s")


@require_POST
def keep(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "guidance.answer")
    form = KeepForm(request.POST, auto_id=f"id_{plan.pk}_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            keep_plan(plan, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"Plan {plan.number} of {plan.case.title} is kept, with your reason.")
            return redirect("careplans:superseded_guidance", plan.board_id)
    return show_list(request, plan.board, (plan.pk, form))


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
    return render(request, "careplans/superseded_guidance/page.html", context)


def number(request: SignedInRequest) -> int | None:
    text = request.GET.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 6 else None

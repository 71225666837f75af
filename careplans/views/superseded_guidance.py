"""Plans that rest on guidance that no longer stands: kept with a reason, or amended."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt
from careplans.forms.superseded_guidance import KeepForm
from careplans.models import Plan
from careplans.readers.superseded_guidance import Concern, concerns_of, plans_on_superseded
from careplans.services.superseded_guidance import keep_plan
from careplans.views.board_lists import Frame, show_board_list
from careplans.views.plans import get_plan
from modalities.superseding import superseded_revisions

FRAME = Frame(
    heading="Guidance has changed",
    meta="Signed plans with an open step on a reference page that says something else now: keep each with a reason or amend it.",
    entry="careplans/superseded_guidance/_entry.html",
    rows="plans",
    empty="Under no plan has guidance changed",
    empty_text="When an approver says that a change of a reference page matters to open plans, those that rest on it are listed "
    "here.",
)


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
    listed = entries(page.rows, concerns_of(page.rows, found), refused)
    return show_board_list(request, board, FRAME, page, listed, refused=refused is not None)


def entries(
    plans: Sequence[Plan], concerns: dict[int, list[Concern]], refused: tuple[int, KeepForm] | None
) -> list[ConcernedPlan]:
    amendments = Plan.objects.amendments_of(plans)
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

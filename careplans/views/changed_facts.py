"""Plans whose deciding facts have changed: kept with a reason, or amended; and which facts a board watches."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, list_visible
from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.pages import attempt, render_page, show_version
from accounts.permissions import require
from careplans.forms.changed_facts import DecidingFactsForm, KeepOnFactsForm, watched_anyway
from careplans.models import DecidingFacts, Plan
from careplans.readers.facts.deciding_facts import USUAL, FactDifference, changes_under, deciding_names, differences
from careplans.rules.plan_advice import advice_since
from careplans.services.changed_facts import keep_on_changed_facts, mark_deciding
from careplans.views.board_lists import Frame, show_board_list
from careplans.views.plans import get_plan

FRAME = Frame(
    heading="Facts have changed",
    meta="Signed plans under which a deciding fact is another one now. Keep each with a reason, or start an amendment.",
    entry="careplans/changed_facts/_entry.html",
    rows="plans",
    empty="No signed plan rests on facts that have changed",
    empty_text="When a fact that decides changes under a plan in sign-off or in force, the plan is listed here.",
    foot="careplans/changed_facts/_foot.html",
)


@dataclass(frozen=True)
class ChangedPlan:
    """A plan on the work list: what was signed and what is known now, the amendment in work, and the form to keep it."""

    plan: Plan
    changed: list[FactDifference]
    amendment: Plan | None
    form: KeepOnFactsForm


def since_signed(plan: Plan) -> dict[str, Any]:
    """For the page of one step: facts that have changed under its plan, and what fires only since."""
    changed = changes_under(plan)
    return {"changed_facts": changed, "advice": advice_since(plan, changed)}


@require_GET
def changed_facts(request: SignedInRequest, pk: int) -> HttpResponse:
    """The work list of a board: signed plans under which deciding facts have changed, the longest waiting first."""
    return show_list(request, get_board(request.user, pk, "patients.view"))


def show_list(
    request: SignedInRequest, board: Board, refused: tuple[int, KeepOnFactsForm] | None = None
) -> HttpResponse:
    rows = Plan.objects.on_changed_facts().select_related("case__patient", "case__proforma").prefetch_related("steps")
    page = list_visible(
        rows, request.user, "patients.view", order=("facts_changed_at", "pk"), params=request.GET, board=board, size=10
    )
    names = deciding_names(board.pk)
    amendments = Plan.objects.amendments_of(page.rows)
    entries = [
        ChangedPlan(
            plan, differences(plan, plan.case.proforma, names), amendments.get(plan.pk),
            refused[1] if refused and refused[0] == plan.pk else keep_form(plan),
        )
        for plan in page.rows
    ]  # fmt: skip
    return show_board_list(request, board, FRAME, page, entries, refused=refused is not None)


def keep_form(plan: Plan) -> KeepOnFactsForm:
    return KeepOnFactsForm(initial={"facts_version": plan.case.proforma.version}, auto_id=f"id_{plan.pk}_%s")


@require_POST
def keep(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "guidance.answer")
    form = KeepOnFactsForm(request.POST, auto_id=f"id_{plan.pk}_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            keep_on_changed_facts(plan, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"Plan {plan.number} of {plan.case.title} is kept, with your reason.")
            return redirect("careplans:changed_facts", plan.board_id)
        # What stands now is on the screen that is shown again.
        show_version(form, plan.case.proforma.version, name="facts_version")
    return show_list(request, plan.board, (plan.pk, form))


def deciding_facts(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everybody on the board reads it; who may configure the board changes it."""
    board = get_board(request.user, pk, "board.view")
    row = DecidingFacts.objects.filter(board=board).first()
    start = {"names": sorted(USUAL) if row is None else row.names, "version": 0 if row is None else row.version}
    form = DecidingFactsForm(request.POST or None, initial=start)
    if request.method == "POST":
        require(request.user, "board.configure", board)
        if form.is_valid():
            with attempt(request, form) as outcome:
                mark_deciding(
                    board, form.cleaned_data["names"], by=request.user, expected_version=form.cleaned_data["version"]
                )
            if outcome.ok:
                messages.success(
                    request,
                    "Saved. Signed plans under which one of these has changed are on the list of changed facts.",
                )
                return redirect("careplans:deciding_facts", board.pk)
    context = {"form": form, "anyway": watched_anyway(), "is_usual": row is None, "nav": "board"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/changed_facts/deciding.html", board, context, status=status)

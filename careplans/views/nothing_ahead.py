"""Cases in care with nothing ahead: each gets a next date, or a reason that is looked at again."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_board, list_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt
from careplans.forms.nothing_ahead import AheadForm
from careplans.models import Case, NothingAhead, Plan
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.services.followups import say_what_comes_next
from careplans.services.nothing_ahead import packed
from careplans.views.board_lists import Frame, show_board_list
from careplans.views.cases import case_page, get_case
from common.figures import read_key

FRAME = Frame(
    heading="In care, nothing ahead",
    meta="No open step, no follow-up, no re-discussion, and no reason that still holds. Give each a next date, or say why "
    "nothing is planned.",
    entry="careplans/nothing_ahead/_entry.html",
    rows="cases",
    empty="Every case in care has something ahead",
    empty_text="When the last dated thing of a case is gone, or a reason for none is to be looked at again, the case is listed "
    "here.",
)


@dataclass(frozen=True)
class Waiting:
    """A case on the list: its newest plan, and the reason whose day has come, if one was given."""

    case: Case
    plan: Plan | None
    reason: NothingAhead | None


@require_GET
def cases_with_nothing_ahead(request: SignedInRequest, pk: int) -> HttpResponse:
    """The list of a board, oldest case first."""
    board = get_board(request.user, pk, "patients.view")
    page = list_visible(
        nothing_ahead([board]), request.user, "patients.view", order=("pk",), params=request.GET, board=board, size=10
    )
    plans = {plan.case_id: plan for plan in Plan.objects.filter(case__in=page.rows).order_by("number")}
    reasons = NothingAhead.objects.standing().for_page().filter(case__in=page.rows)
    given = {reason.case_id: reason for reason in reasons}
    entries = [Waiting(case, plans.get(case.pk), given.get(case.pk)) for case in page.rows]
    return show_board_list(request, board, FRAME, page, entries)


@require_POST
def say(request: SignedInRequest, pk: int) -> HttpResponse:
    """Refused, it comes back on the page of the case, with what was typed."""
    case = get_case(request, pk, "followups.edit")
    form = AheadForm(request.POST, board=case.board, auto_id="id_ahead_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            values = packed(form.cleaned_data)
            say_what_comes_next(case, by=request.user, seen=read_key(request.POST.get("seen", "")), **values)
        if outcome.ok:
            messages.success(request, f"{case.title}: recorded what comes next.")
            return redirect("careplans:case", case.pk)
    return case_page(request, get_case(request, pk), ahead_form=form)

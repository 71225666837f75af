from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import render_page
from accounts.permissions import can
from careplans.forms.occurrences import VERBS, possible, verb_form
from careplans.models import Occurrence
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.steps.followed import what_followed
from careplans.readers.steps.taking_back import effects_of_taking_back, why_it_stays
from careplans.services import occurrence_corrections, occurrence_progress
from careplans.services.step_order import order_concerns
from careplans.views.changed_facts import since_signed
from careplans.views.just_recorded import led_to
from careplans.views.moves import moves_shown, recorded_as_act

SERVICES: dict[str, Any] = {
    "give": occurrence_progress.give_occurrence,
    "otherwise": occurrence_progress.give_otherwise,
    "postpone": occurrence_progress.postpone_occurrence,
    "omit": occurrence_progress.omit_occurrence,
    "correct_given": occurrence_corrections.correct_as_given,
    "correct_otherwise": occurrence_corrections.correct_as_otherwise,
    "correct_omitted": occurrence_corrections.correct_as_omitted,
    "take_back": occurrence_corrections.take_back_occurrence,
}


def get_occurrence(request: SignedInRequest, pk: int, action: str) -> Occurrence:
    found: Occurrence = get_visible(Occurrence.objects.for_page(), request.user, action, pk=pk)
    step = found.step
    step.plan.case, step.plan.board = step.case, step.board
    return found


def occurrence(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of one cycle, session or administration: the possible moves, each with the little it needs."""
    row = get_occurrence(request, pk, "steps.deliver" if request.method == "POST" else "patients.view")
    verb, form, stays = request.POST.get("verb", ""), None, "" if row.is_open else why_it_stays(row)
    if request.method == "POST" and verb in possible(row, stays):
        form, begun = verb_form(verb, row, request.POST), row.step.started_on
        values = form.cleaned_data if form.is_valid() else {}
        if values and (done := recorded_as_act(request, form, SERVICES[verb], row, values, verb)):
            more = what_followed(row.step, "start") if begun is None and row.step.started_on else ""
            said = f"{row.heading}: {row.get_status_display().lower()}, {row.day:%-d %b %Y}.{more}"
            messages.success(request, said)
            return redirect(led_to(reverse("careplans:plan", args=[row.step.plan_id]), done, f"#step-{row.step_id}"))
        # The row at hand may say what the refused change had set.
        row = get_occurrence(request, pk, "steps.deliver")
    elif request.method == "POST":
        messages.error(request, f"{row.heading} is {row.get_status_display().lower()} by now. Nothing was changed.")
    context = occurrence_context(request, row, verb or request.GET.get("open", ""), form, stays)
    status = 400 if request.method == "POST" else 200
    return render_page(request, "careplans/occurrences/occurrence.html", row.board, context, status=status)


def occurrence_context(request: SignedInRequest, row: Occurrence, verb: str, bound: Any, stays: str) -> dict[str, Any]:
    """The forms that the state allows, and what is to be looked at before anything of it is given or taken back."""
    step = row.step
    may = step.plan.is_in_force and can(request.user, "steps.deliver", step.board)
    names = possible(row, stays) if may else ()
    moves = moves_shown(VERBS, names, lambda name: verb_form(name, row), opened=verb, bound=bound)
    for move in moves:
        left_out = move["verb"] == "correct_omitted"
        move["changes"] = (
            effects_of_taking_back(row, left_out=left_out) if left_out or move["verb"] == "take_back" else []
        )
    return {
        "occurrence": row, "step": step, "plan": step.plan, "others": list(step.occurrences.all()), "moves": moves,
        "concerns": order_concerns(step, step.board.today) if "give" in names and step.started_on is None else [],
        "recorded": recorded_for([step], step.case.proforma).get(step.pk) if "give" in names else None,
        "stays": stays if names else "",
        "nav": "patients", **since_signed(step.plan),
    }  # fmt: skip

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.permissions import can
from careplans.forms.delivering import POSSIBLE, VERBS, verb_form
from careplans.models import Step
from careplans.services import delivering
from careplans.views.page import attempt, render_page
from careplans.views.steps import get_step

SERVICES: dict[str, Any] = {
    "start": delivering.start_step,
    "complete": delivering.complete_step,
    "stop": delivering.stop_step,
    "skip": delivering.skip_step,
    "hold": delivering.hold_step,
    "replan": delivering.replan_step,
    "hand_over": delivering.hand_over_step,
}


def step_deliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of a step: the possible moves, each with the little it needs."""
    step = get_step(request, pk, "steps.deliver" if request.method == "POST" else "patients.view")
    verb = request.POST.get("verb", "")
    form = None
    if request.method == "POST" and verb in POSSIBLE.get(step.status, ()):
        form = verb_form(verb, step, step.board.today, request.POST)
        if form.is_valid():
            values = dict(form.cleaned_data)
            with attempt(request, form) as outcome:
                SERVICES[verb](step, by=request.user, expected_version=values.pop("version"), **values)
            if outcome.ok:
                messages.success(request, f"Step {step.position} ({step.title}): {step.get_status_display().lower()}.")
                return redirect(f"{reverse('careplans:plan', args=[step.plan_id])}#step-{step.pk}")
    elif request.method == "POST":
        messages.error(request, f"The step is {step.get_status_display().lower()} by now. Look at what is possible.")
    context = deliver_context(request, step, verb, form)
    status = 400 if request.method == "POST" else 200
    return render_page(request, "careplans/steps/deliver.html", step.board, context, status=status)


def deliver_context(request: SignedInRequest, step: Step, verb: str, bound: Any) -> dict[str, Any]:
    """The forms that the state allows; the refused one open, with what was typed."""
    today = step.board.today
    allowed = (
        POSSIBLE.get(step.status, ())
        if step.plan.is_in_force and can(request.user, "steps.deliver", step.board)
        else ()
    )
    moves = [
        {
            "verb": name, "title": VERBS[name][1], "action": VERBS[name][2], "open": name == verb,
            "form": bound if bound is not None and name == verb else verb_form(name, step, today),
        }
        for name in allowed
    ]  # fmt: skip
    concerns = delivering.order_concerns(step, today) if "start" in allowed else []
    return {"step": step, "plan": step.plan, "moves": moves, "concerns": concerns, "nav": "patients", "today": today}

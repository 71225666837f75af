from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.pages import render_page
from accounts.permissions import can
from careplans.forms.outcomes import AFTER_END, LaterFields, outcome_form, told_of
from careplans.forms.step_progress import VERBS, possible, verb_form
from careplans.models import FollowUp, Step
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.holdings import left_in
from careplans.readers.steps.followed import what_followed
from careplans.readers.steps.later_outcomes import why_no_outcome
from careplans.services import later_outcomes, step_progress
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.gates import rediscuss_step
from careplans.services.step_order import order_concerns
from careplans.views.changed_facts import since_signed
from careplans.views.just_recorded import led_to
from careplans.views.moves import moves_shown, recorded_as_act
from careplans.views.ordering import arms_of
from careplans.views.steps import get_step

SERVICES: dict[str, Any] = {
    "start": step_progress.start_step,
    "complete": step_progress.complete_step,
    "stop": step_progress.stop_step,
    "skip": step_progress.skip_step,
    "hold": step_progress.hold_step,
    "resume": step_progress.resume_step,
    "replan": step_progress.replan_step,
    "choose": choose_arm,
    "correct": correct_decision,
    "hand_over": step_progress.hand_over_step,
    "rediscuss": rediscuss_step,
    "add_outcome": later_outcomes.add_outcome,
    "correct_outcome": later_outcomes.correct_outcome,
}


# With these something of the step begins or is given: what its condition names stands beside them.
BEGIN = {"start", "choose", "resume", "replan"}
# These change nothing of how far the step has come.
OUTCOMES_SAID = {"add_outcome": "Outcome added.", "correct_outcome": "Outcome corrected."}


def step_deliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of a step: the possible moves, each with the little it needs."""
    step = get_step_of_plan(request, pk, "steps.deliver" if request.method == "POST" else "patients.view")
    verb, form = request.POST.get("verb", ""), None
    if request.method == "POST" and verb in allowed_now(step):
        form = form_of(verb, step, request.POST)
        values = values_of(form, step) if form.is_valid() else {}
        if values and (done := recorded_as_act(request, form, SERVICES[verb], step, values, verb)):
            messages.success(request, said(step, verb, done.made))
            return redirect(led_to(reverse("careplans:plan", args=[step.plan_id]), done, f"#step-{step.pk}"))
        # The row at hand may say what the refused change had set.
        step = get_step_of_plan(request, pk, "steps.deliver")
    elif request.method == "POST":
        by_now = f"The step is {step.get_status_display().lower()} by now. Look at what is possible."
        messages.error(request, why_no_outcome(step) if verb in AFTER_END else by_now)
    context = deliver_context(request, step, verb or request.GET.get("open", ""), form)
    status = 400 if request.method == "POST" else 200
    return render_page(request, "careplans/steps/deliver.html", step.board, context, status=status)


def said(step: Step, verb: str, made: Any) -> str:
    """The message that says what was done."""
    if verb in OUTCOMES_SAID:
        return f"Step {step.number} ({step.title}): {OUTCOMES_SAID[verb]}"
    state = f"planned: {made}" if isinstance(made, FollowUp) else step.get_status_display().lower()
    return f"Step {step.number} ({step.title}): {state}.{what_followed(step, verb)}"


def allowed_now(step: Step) -> tuple[str, ...]:
    """What its plan and its state allow: while the plan is in force what becomes of it, and once it has ended what came of it."""
    verbs = possible(step, step.board.today) if step.plan.is_in_force else ()
    return verbs if why_no_outcome(step) else (*verbs, *AFTER_END)


def form_of(verb: str, step: Step, data: Any = None) -> Any:
    if verb in AFTER_END:
        return outcome_form(verb, step, data)
    return verb_form(verb, step, step.board.today, data)


def values_of(form: Any, step: Step) -> dict[str, Any]:
    return told_of(form, step) if isinstance(form, LaterFields) else form.cleaned_data


def get_step_of_plan(request: SignedInRequest, pk: int, action: str) -> Step:
    """With all steps of its plan, read once: who waits for it, what runs before it, and what its arms hold."""
    step = get_step(request, pk, action)
    prefetch_related_objects([step.plan], Prefetch("steps", Step.objects.for_plan()))
    return step


def deliver_context(request: SignedInRequest, step: Step, verb: str, bound: Any) -> dict[str, Any]:
    """The forms that the state allows, and what is to be looked at before it begins."""
    today, others = step.board.today, list(step.plan.steps.all())
    may = can(request.user, "steps.deliver", step.board)
    allowed = allowed_now(step) if may else ()
    begins = BEGIN & {*allowed} or (step.is_open and allowed and step.is_repeated)
    return {
        "step": step, "plan": step.plan, "today": today, "nav": "patients",
        "moves": moves_shown(
            {**VERBS, **AFTER_END}, allowed, lambda name: form_of(name, step), opened=verb, bound=bound
        ),
        "why_not": why_no_outcome(step) if may and not allowed else "",
        "concerns": order_concerns(step, today, others) if {"start", "choose"} & {*allowed} else [],
        "recorded": recorded_for([step], step.case.proforma).get(step.pk) if begins else None,
        "arms": arms_of(step, [other for other in others if other.arm_id]) if step.is_decision else (),
        "left_people": left_in(step.plan), **since_signed(step.plan),
    }  # fmt: skip

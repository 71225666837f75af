"""The rows of the page on which a plan is drafted: each step is edited where it stands. What a script asks is answered with the
parts of the page that follow from it; without script the same addresses lead back to the page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from careplans.forms.arms import NewDecisionForm
from careplans.forms.steps import NewStepForm, form_of
from careplans.models import Step
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.steps.proposals import proposed_owner
from careplans.services.step_restoring import restore_step
from careplans.views.drafting import Parts, as_json, page_parts, proposed_for, with_removed
from careplans.views.plans import is_fetch
from careplans.views.steps import get_bare_step, get_step, refused_in_row


@require_GET
def step_row(request: SignedInRequest, pk: int) -> HttpResponse:
    """What opens inside the row of a step; `added`: with the row itself, which the page does not have yet."""
    step = get_step(request, pk, "plans.draft")
    if not step.plan.is_editable or step.removed_at:
        words = "This step can no longer be changed here. Reload the page to see how the plan stands."
        return JsonResponse({"message": words}, status=409)
    answer: Parts = added(request, step) if "added" in request.GET else {}
    return JsonResponse(answer | {"id": step.pk, "form": opened(request, step)})


def opened(request: HttpRequest, step: Step) -> str:
    context = {
        "step": step, "plan": step.plan, "recorded": recorded_for([step], step.plan.case.proforma).get(step.pk),
        "form": form_of(step).of(step, step.plan, step.board, auto_id=f"id_{step.pk}_%s"),
    }  # fmt: skip
    return render_to_string("careplans/steps/_row_form.html", context, request=request)


def added(request: SignedInRequest, step: Step) -> Parts:
    """The row of a new step, what else follows, and fresh forms for the next one."""
    parts = page_parts(request, step.plan_id, added=step.pk)
    plan = parts["plan"]
    forms: dict[str, Any] = {
        "plan": plan, "new_step": NewStepForm(plan=plan), "new_decision": NewDecisionForm(auto_id="id_decision_%s"),
    }  # fmt: skip
    fresh = {
        "new-step": render_to_string("careplans/steps/_new.html", forms, request=request),
        "new-decision": render_to_string("careplans/arms/_new_decision.html", forms, request=request),
    }
    found = proposed_owner(plan.board_id, step.modality_code) if step.owner_id else None
    notes = {"owner": found[1]} if found and found[0] == step.owner_id else {}
    fresh_step = next(one for one in plan.steps.all() if one.pk == step.pk)
    more = {"fresh": fresh, "notes": notes, "proposed": proposed_for(plan, fresh_step, ["arm"])}
    return as_json(parts) | more


@require_POST
def step_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_bare_step(request, pk)
    with attempt(request) as outcome:
        edited = restore_step(step, by=request.user)
    if not is_fetch(request):
        if outcome.ok:
            messages.success(request, f"{step.title} is back in the plan. {edited.message}".strip())
        return redirect("careplans:plan_edit", step.plan_id)
    if not outcome.ok:
        return refused_in_row(request)
    parts = as_json(with_removed(request, page_parts(request, step.plan_id, added=step.pk)))
    return JsonResponse(parts | {"id": step.pk, "message": edited.message})

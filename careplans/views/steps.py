from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.pages import attempt, attempt_in_part, render_page, saved_json, told_rest_saved
from careplans import history
from careplans.forms.arms import ArmForm
from careplans.forms.monitoring import MonitoringForm
from careplans.forms.partial import conflict_json, control_value, read_typed, seen_inputs, tell_refusal
from careplans.forms.steps import NewStepForm, form_of
from careplans.models import Arm, Plan, Step
from careplans.models.step_values import proposed_goals
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.steps.arms import missing_in_arms
from careplans.readers.steps.gate_days import past_starts, remarks
from careplans.readers.steps.loading import load_beside, load_for_rules, load_pages
from careplans.readers.steps.proposals import proposed_owner
from careplans.services import steps
from careplans.services.plan_content_lock import Edited
from careplans.services.plans import missing_in_step
from careplans.services.step_reference_pages import split_choice
from careplans.views import plans as plan_pages
from careplans.views.drafting import advised, as_json, edit_context, page_parts, saved_parts, with_removed
from careplans.views.ordering import grouped
from common.arriving import read_json
from common.errors import Conflict

# What a script sends with a form whose step is to appear in its row, and not on a page of its own.
IN_ROW = "in_row"


def get_step(request: SignedInRequest, pk: int, action: str = "patients.view") -> Step:
    rows = Step.objects.select_related(
        "plan", "case__patient", "case__proforma", "case__responsible", "modality_revision__modality", "owner", "assignee",
        "after_step__after_step", "arm__decision", "chosen_arm", "decided_by", "carried_from",
    ).prefetch_related("monitoring", "occurrences", "breaks", Prefetch("arms", Arm.objects.live()))  # fmt: skip
    step: Step = get_visible(rows, request.user, action, pk=pk)
    step.plan.board = step.board
    step.plan.case = step.case
    return step


def get_bare_step(request: SignedInRequest, pk: int) -> Step:
    """Only to hand it to a service, which reads it again under the lock."""
    step: Step = get_visible(Step.objects.select_related("plan"), request.user, "plans.draft", pk=pk)
    step.plan.board = step.board
    return step


@require_POST
def step_new(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = plan_pages.get_plan(request, pk, "plans.draft")
    form = NewStepForm(request.POST, plan=plan)
    if form.is_valid():
        with attempt(request, form) as outcome:
            step = steps.add_step(plan, by=request.user, **_begun(plan, form.cleaned_data))
        if outcome.ok:
            return after_adding(request, step)
    if IN_ROW in request.POST:
        return refused_in_row(request, form)
    context = edit_context(request, plan, new_step=form)
    return render_page(request, "careplans/plans/edit.html", plan.board, context, status=400)


def _begun(plan: Plan, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed of a new step, and what follows from it: goals from the phase, the owner from the modality."""
    choice = split_choice(typed["modality"])
    code = choice.get("modality_code", Step.ModalityCode.OTHER)
    owner = proposed_owner(plan.board_id, code)
    person = User.objects.filter(pk=owner[0]).first() if owner else None
    return {**typed, **choice, "goals": proposed_goals(typed["phase"], code), "owner": person}


def after_adding(request: HttpRequest, step: Step) -> HttpResponse:
    """To the page of the new step; or, for a script, to its row. A form that is sent twice leads there, too."""
    if IN_ROW in request.POST:
        return redirect(f"{reverse('careplans:step_row', args=[step.pk])}?added=1")
    return redirect("careplans:step_edit", step.pk)


def refused_in_row(request: HttpRequest, form: Any = None) -> JsonResponse:
    """Why a step was not added, taken out or put back: at the fields of the form, and in words."""
    errors = {name: [str(one) for one in found] for name, found in form.errors.items()} if form else {}
    words = errors.pop("__all__", []) + [str(message) for message in messages.get_messages(request)]
    return JsonResponse({"errors": errors, "message": " ".join(words)}, status=400)


@require_GET
def step_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_step(request, pk, "plans.draft")
    if not step.plan.is_editable or step.removed_at:
        return redirect(f"{reverse('careplans:plan', args=[step.plan_id])}#step-{step.pk}")
    return render_page(request, "careplans/steps/edit.html", step.board, step_context(request, step))


def step_context(request: HttpRequest, step: Step, **more: Any) -> dict[str, Any]:
    prefetch_related_objects([step.plan], Prefetch("steps", Step.objects.for_plan()))
    others = grouped(step.plan.steps.all())
    at = next(index for index, placed in enumerate(others) if placed.step.pk == step.pk)
    context = {
        "step": step, "plan": step.plan, "steps": others, "form": form_of(step).of(step, step.plan, step.board),
        **beside(step), **arm_forms(step, more.pop("refused_arm", {})),
        "before": others[at - 1].step if at else None, "after": others[at + 1].step if at + 1 < len(others) else None,
        "nav": "patients", "seen": seen_inputs(form_of(step).base_fields, step),
        "new_monitoring": MonitoringForm(prefix="monitoring"),
    }  # fmt: skip
    return context | advised(request, step.plan) | {"back": reverse("careplans:step_edit", args=[step.pk])} | more


def arm_forms(step: Step, refused: dict[int, ArmForm]) -> dict[str, Any]:
    """The arms of a decision, each with its form, and a form for another one."""
    if not step.is_decision:
        return {}
    arms = list(step.arms.live())
    forms = [refused.get(arm.pk) or ArmForm.of(arm) for arm in arms]
    seen = [seen_inputs(ArmForm.base_fields, arm) for arm in arms]
    own = [[other for other in step.plan.steps.all() if other.arm_id == arm.pk] for arm in arms]
    return {"arms": list(zip(arms, forms, seen, own, strict=True)), "new_arm": ArmForm(auto_id="id_arm_new_%s")}


def beside(step: Step) -> dict[str, Any]:
    """What stands beside the form, and follows from what is typed: nothing of it is in the way."""
    steps = step.plan.steps.all()
    found = remarks(steps) + past_starts(steps, step.plan.board.today)
    return {
        "missing": missing_in_step(step) + (missing_in_arms(list(step.plan.steps.all())) if step.is_decision else []),
        "remarks": [one for one in found if step.pk in one.steps],
        "recorded": recorded_for([step], step.plan.case.proforma).get(step.pk),
    }


@require_POST
def step_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of a step; without script the whole form arrives here at once."""
    step = get_bare_step(request, pk)
    known: dict[str, Any] = {"plan": step.plan, "board": step.board, "exclude": step.pk}
    script = plan_pages.is_fetch(request)
    typed = read_typed(form_of(step), request.POST, whole=not script, **known)
    with attempt_in_part(request, typed.form) as outcome:
        edited, theirs = steps.edit_step(step, typed.values, by=request.user, base=typed.base)
    if not script and outcome.ok and not typed.errors and not theirs:
        messages.success(request, f"Step saved. {edited.message}".strip())
        return redirect("careplans:plan_edit", step.plan_id)
    if not script:
        refused = told_rest_saved(request, typed.values, theirs) if outcome.ok else {}
        return step_unsaved(request, pk, typed.form, refused)
    if not outcome.ok:
        return plan_pages.refused_json(typed.form, step.version)
    saved = {name: control_value(value) for name, value in typed.values.items() if name not in theirs}
    conflicts = conflict_json(typed.form, typed.values, theirs, history.latest(step, "step_edited") if theirs else None)
    said: dict[str, Any] = {"saved": saved, "errors": typed.errors, "message": edited.message, "conflicts": conflicts}
    if IN_ROW in request.GET:
        parts = saved_parts(request, step.pk, step.plan_id, saved, edited.judged)
        version = next((one.version for one in parts["plan"].steps.all() if one.pk == step.pk), step.version)
        return saved_json(version=version, **said, **as_json(parts))
    fresh = as_saved(edited, step)
    return saved_json(version=fresh.version, html=step_parts(request, fresh, edited), **said)


def as_saved(edited: Edited, step: Step) -> Step:
    """The step as it stands after the save, with the other steps and the facts that the rules look at: as they were read under
    the lock, or now where nothing was changed."""
    plan = edited.plan
    if edited.judged is None:
        load_for_rules([plan])
    load_beside(plan)
    fresh: Step = next(other for other in plan.steps.all() if other.pk == step.pk)
    load_pages([fresh])
    return fresh


def step_parts(request: HttpRequest, step: Step, edited: Edited) -> dict[str, str]:
    """What follows from a save, drawn anew: the page it rests on, what is missing or recorded, and what the rules say."""
    told = advised(request, step.plan, edited.judged)
    here = {"back": reverse("careplans:step_edit", args=[step.pk])}
    context = {"plan": step.plan, "step": step, **beside(step), **told, **here}
    return {
        "step-rests": render_to_string("careplans/steps/_rests.html", context, request=request),
        "step-recorded": render_to_string("careplans/steps/_recorded.html", context, request=request),
        "step-missing": render_to_string("careplans/plans/_missing.html", context, request=request),
        "step-asked": render_to_string("careplans/steps/_asked.html", context, request=request),
        "step-advice": render_to_string("careplans/rules/advisories/_step.html", context, request=request),
    }


def step_unsaved(request: SignedInRequest, pk: int, typed: Any, theirs: dict[str, Any]) -> HttpResponse:
    """Without script: the page again, with what was typed, and what a colleague wrote meanwhile."""
    step = get_step(request, pk, "plans.draft")
    form = form_of(step)(request.POST, plan=step.plan, board=step.board, exclude=step.pk)
    tell_refusal(form, typed, theirs, history.latest(step, "step_edited"))
    return render_page(
        request, "careplans/steps/edit.html", step.board, step_context(request, step, form=form), status=400
    )


@require_POST
def steps_reorder(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole order, from drag or keyboard. 409 with a sentence when somebody added or removed a step meanwhile."""
    plan = plan_pages.get_plan(request, pk, "plans.draft")
    order = _order(request)
    if order is None:
        return JsonResponse({"message": "The order could not be read. Reload the page and try again."}, status=400)
    with attempt(request) as outcome:
        try:
            edited = steps.reorder_steps(plan, order, by=request.user)
        except Conflict:
            words = "Somebody added or removed a step meanwhile. Reload the page to see the newest plan."
            return JsonResponse({"message": words}, status=409)
    if not outcome.ok:
        words = " ".join(str(message) for message in messages.get_messages(request))
        return JsonResponse({"message": words}, status=409)
    parts = page_parts(request, plan.pk)
    return JsonResponse(as_json(parts) | {"version": parts["plan"].version, "message": edited.message})


def _order(request: HttpRequest) -> list[list[int]] | None:
    order = read_json(request.POST.get("order", ""))
    fine = isinstance(order, list) and all(
        isinstance(group, list) and all(type(pk) is int for pk in group) for group in order
    )
    return order if fine else None


@require_POST
def step_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Up, down, in parallel or apart, by a plain button: the way without script."""
    step = get_bare_step(request, pk)
    with attempt(request) as outcome:
        edited = steps.move_in_order(step.plan, step, request.POST.get("direction", ""), by=request.user)
    if outcome.ok:
        messages.success(request, f"The order is saved. {edited.message}".strip())
    return redirect("careplans:step_edit", step.pk)


@require_POST
def step_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_bare_step(request, pk)
    with attempt(request) as outcome:
        reason, code = (request.POST.get(name, "") for name in ("reason", "reason_code"))
        edited = steps.remove_step(step, by=request.user, reason=reason, reason_code=code)
    if plan_pages.is_fetch(request):
        if not outcome.ok:
            return refused_in_row(request)
        parts = as_json(with_removed(request, page_parts(request, step.plan_id)))
        return JsonResponse(parts | {"removed": step.pk, "message": edited.message})
    if not outcome.ok:
        return redirect("careplans:step_edit", step.pk)
    messages.success(request, f"Step {step.number} ({step.title}) is out of the plan. {edited.message}".strip())
    return redirect("careplans:plan_edit", step.plan_id)

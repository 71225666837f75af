"""Decisions and arms in the editor. Where an arm is chosen: careplans/views/step_progress.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt, attempt_in_part, render_page, saved_json
from careplans import history
from careplans.forms.arms import ArmForm, NewDecisionForm
from careplans.forms.partial import conflict_json, control_value, read_typed
from careplans.models import Arm
from careplans.services import decisions
from careplans.views import plans as plan_pages
from careplans.views import steps as step_pages
from careplans.views.drafting import edit_context


@require_POST
def decision_new(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = plan_pages.get_plan(request, pk, "plans.draft")
    form = NewDecisionForm(request.POST, auto_id="id_decision_%s")
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("phase", "description")}
        with attempt(request, form) as outcome:
            step = decisions.add_decision(plan, by=request.user, arms=form.arms, **told)
        if outcome.ok:
            return step_pages.after_adding(request, step)
    if step_pages.IN_ROW in request.POST:
        return step_pages.refused_in_row(request, form)
    context = edit_context(request, plan, new_decision=form)
    return render_page(request, "careplans/plans/edit.html", plan.board, context, status=400)


@require_POST
def arm_new(request: SignedInRequest, pk: int) -> HttpResponse:
    step = step_pages.get_step(request, pk, "plans.draft")
    form = ArmForm(request.POST, auto_id="id_arm_new_%s")
    if form.is_valid():
        with attempt(request, form) as outcome:
            arm = decisions.add_arm(step, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"The arm “{arm.name}” is added.")
            return redirect(_page_of(arm))
    context = step_pages.step_context(request, step, new_arm=form)
    return render_page(request, "careplans/steps/edit.html", step.board, context, status=400)


def get_arm(request: SignedInRequest, pk: int) -> Arm:
    """An arm with its decision, for who drafts plans."""
    arm: Arm = get_visible(Arm.objects.all().for_page(), request.user, "plans.draft", pk=pk)
    return arm


@require_POST
def arm_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of an arm; without script the whole form arrives here at once."""
    arm = get_arm(request, pk)
    script = plan_pages.is_fetch(request)
    typed = read_typed(ArmForm, request.POST, whole=not script)
    with attempt_in_part(request, typed.form) as outcome:
        edited, theirs = decisions.edit_arm(arm, typed.values, by=request.user, base=typed.base)
    if not script:
        return _saved_without_script(request, arm, typed.form, theirs if outcome.ok else {}, ok=outcome.ok)
    if not outcome.ok:
        return plan_pages.refused_json(typed.form, arm.version)
    fresh = get_arm(request, pk)
    step = step_pages.as_saved(edited, fresh.decision)
    saved = {name: control_value(getattr(fresh, name)) for name in typed.values if name not in theirs}
    last = history.latest(arm.decision, "arm_edited") if theirs else None
    return saved_json(
        version=fresh.version, saved=saved, errors=typed.errors, message=edited.message,
        conflicts=conflict_json(typed.form, typed.values, theirs, last), html=step_pages.step_parts(request, step, edited),
    )  # fmt: skip


def _saved_without_script(
    request: SignedInRequest, arm: Arm, form: Any, theirs: dict[str, Any], *, ok: bool
) -> HttpResponse:
    """The page again: with a message, or with what was typed and what a colleague wrote meanwhile."""
    if ok and not theirs and not form.errors:
        messages.success(request, f"The arm “{arm.name}” is saved.")
        return redirect(_page_of(arm))
    for name, value in theirs.items():
        form.add_error(name, f"A colleague changed this to “{value}” while you were typing. Save again to keep yours.")
    step = step_pages.get_step(request, arm.decision_id, "plans.draft")
    context = step_pages.step_context(request, step, refused_arm={arm.pk: form})
    return render_page(request, "careplans/steps/edit.html", step.board, context, status=400)


@require_POST
def arm_move(request: SignedInRequest, pk: int) -> HttpResponse:
    arm = get_arm(request, pk)
    with attempt(request) as outcome:
        edited = decisions.move_arm(arm, by=request.user, direction=request.POST.get("direction", ""))
    if outcome.ok:
        messages.success(request, f"The order of the arms is saved. {edited.message}".strip())
    return redirect(_page_of(arm))


@require_POST
def arm_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    arm = get_arm(request, pk)
    with attempt(request) as outcome:
        edited = decisions.remove_arm(arm, by=request.user)
    if outcome.ok:
        messages.success(request, f"The arm “{arm.name}” is out of the plan. {edited.message}".strip())
    return redirect(_page_of(arm))


def _page_of(arm: Arm) -> str:
    return f"{reverse('careplans:step_edit', args=[arm.decision_id])}#arms"

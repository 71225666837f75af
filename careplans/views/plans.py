from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import Attempt, attempt, attempt_in_part, render_page, saved_json, told_rest_saved
from accounts.permissions import can
from careplans import history
from careplans.forms.nothing_ahead import ask_ahead
from careplans.forms.outcomes import AFTER_END, LaterFields, outcome_form, told_of
from careplans.forms.partial import conflict_json, control_value, read_typed, tell_refusal
from careplans.forms.plans import OutcomeForm, PlanForm, ReasonForm, RevokeForm
from careplans.models import Case, Plan
from careplans.readers.facts.deciding_facts import changes_under
from careplans.readers.nothing_ahead import ends_that_ask, open_follow_ups
from careplans.readers.steps.courses import runs_on
from careplans.readers.steps.later_outcomes import why_no_plan_outcome
from careplans.readers.superseded_guidance import concerns_of
from careplans.readers.told.since import since_of_plan
from careplans.services import later_outcomes, plan_ending, plans
from careplans.services.nothing_ahead import packed
from careplans.services.plan_copies import copy_plan
from careplans.views.drafting import advised, edit_context, plan_parts
from careplans.views.just_recorded import act_just_recorded
from careplans.views.moves import moves_shown
from careplans.views.ordering import with_arms
from careplans.views.pictures import pictured
from common import asked
from modalities.superseding import superseded_revisions


def get_plan(request: SignedInRequest, pk: int, action: str = "patients.view") -> Plan:
    """404 outside the person's boards, 403 when their role may not do what the page is for."""
    rows = Plan.objects.for_editing() if action == "plans.draft" else Plan.objects.for_detail()
    plan: Plan = get_visible(rows.with_looks_of(request.user.pk), request.user, action, pk=pk)
    return plan


@require_POST
def plan_new(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_visible(Case.objects.for_header(), request.user, "plans.draft", pk=pk)
    with attempt(request) as outcome:
        plan = plans.draft_plan(case, by=request.user)
    return redirect("careplans:plan_edit", plan.pk) if outcome.ok else redirect("careplans:case", case.pk)


@require_POST
def plan_copy(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new draft of the case, beginning with what this plan had. What it does not take over is named."""
    plan = get_plan(request, pk, "plans.draft")
    with attempt(request) as outcome:
        copied = copy_plan(plan, by=request.user)
    if not outcome.ok:
        return redirect("careplans:case", plan.case_id)
    messages.success(request, f"This draft begins with what plan {plan.number} had.")
    for words in copied.told:
        messages.warning(request, words)
    return redirect("careplans:plan_edit", copied.plan.pk)


@require_GET
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk)
    return render_page(request, "careplans/plans/plan.html", plan.board, plan_context(request, plan))


def plan_context(request: SignedInRequest, plan: Plan, verb: str = "", refused: Any = None) -> dict[str, Any]:
    versions = Plan.objects.filter(case_id=plan.case_id).exclude(pk=plan.pk).order_by("-number")
    context = {"plan": plan, "steps": with_arms(plan.steps.all()), "versions": versions, "nav": "patients"}
    context |= {"picture": pictured(request, plan, for_desk=True), "since": since_of_plan(plan, request.user)}
    return context | advised(request, plan) | close_forms(request, plan, verb, refused) | act_just_recorded(request)


@require_GET
def plan_print(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk)
    context = {"plan": plan, "steps": with_arms(plan.steps.all()), "picture": pictured(request, plan, with_table=False)}
    context |= advised(request, plan)
    return render_page(request, "careplans/plans/print.html", plan.board, context)


@require_GET
def plan_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    if not plan.is_editable:
        messages.info(request, f"This plan is {plan.get_status_display().lower()}. Amend it to change its content.")
        return redirect("careplans:plan", plan.pk)
    return render_page(request, "careplans/plans/edit.html", plan.board, edit_context(request, plan))


@require_POST
def plan_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of the plan's own fields; without script the whole form arrives here at once."""
    plan = get_plan(request, pk, "plans.draft")
    script = is_fetch(request)
    typed = read_typed(PlanForm, request.POST, whole=not script)
    with attempt_in_part(request, typed.form) as outcome:
        edited, theirs = plans.edit_plan(plan, typed.values, by=request.user, base=typed.base)
    if not script and outcome.ok and not typed.errors and not theirs:
        messages.success(request, f"Saved. {edited.message}".strip())
        return redirect("careplans:plan_edit", plan.pk)
    if not script:
        return plan_unsaved(request, pk, typed, theirs if outcome.ok else {}, ok=outcome.ok)
    if not outcome.ok:
        return refused_json(typed.form, plan.version)
    fresh = Plan.objects.for_editing().get(pk=plan.pk)
    saved = {name: control_value(value) for name, value in typed.values.items() if name not in theirs}
    return saved_json(
        version=fresh.version, saved=saved, errors=typed.errors, message=edited.message,
        conflicts=conflict_json(typed.form, typed.values, theirs, history.latest(plan, "plan_edited") if theirs else None),
        html=plan_parts(request, fresh),
    )  # fmt: skip


def plan_unsaved(request: SignedInRequest, pk: int, typed: Any, theirs: dict[str, Any], *, ok: bool) -> HttpResponse:
    """Without script: the page again, with what was typed, and what a colleague wrote meanwhile."""
    plan = get_plan(request, pk, "plans.draft")
    form = PlanForm(request.POST)
    told_rest_saved(request, typed.values if ok else (), theirs)
    tell_refusal(form, typed.form, theirs, history.latest(plan, "plan_edited"))
    return render_page(
        request, "careplans/plans/edit.html", plan.board, edit_context(request, plan, form=form), status=400
    )


def is_fetch(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def refused_json(form: Any, version: int) -> JsonResponse:
    """A service refused: its sentences go to their fields, the rest into the message."""
    errors = {name: [str(e) for e in problems] for name, problems in form.errors.items()}
    message = " ".join(errors.pop("__all__", []))
    answer = {"version": version, "errors": errors, "message": message, "asks": asked.as_json()}
    return JsonResponse(answer, status=400)


def plan_amend(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    proposed = {"version": plan.version, "reason": amendment_reason(request, plan)}
    form = ReasonForm(request.POST or None, initial=proposed)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            new = plans.amend_plan(
                plan, by=request.user, reason=form.cleaned_data["reason"], expected_version=form.cleaned_data["version"]
            )
        if outcome.ok:
            messages.success(
                request, f"Plan {new.number} is a draft. Plan {plan.number} stays in force until it is released."
            )
            return redirect("careplans:plan_edit", new.pk)
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/plans/amend.html", plan.board, {"plan": plan, "form": form}, status=status)


def amendment_reason(request: HttpRequest, plan: Plan) -> str:
    """Proposed where somebody comes from the list of plans on superseded guidance or changed facts; else for the writer."""
    if "facts" in request.GET:
        return "; ".join(one.sentence for one in changes_under(plan))
    if "guidance" not in request.GET:
        return ""
    concerns = concerns_of([plan], superseded_revisions())[plan.pk]
    return " ".join(f"{c.superseded.revision.title}: {c.superseded.why}" for c in concerns)


CLOSING: dict[str, tuple[Any, str]] = {
    "hold": (plan_ending.hold_plan, "The plan is on hold. Reminders go on."),
    "resume": (plan_ending.resume_plan, "The plan is active again."),
    "revoke": (
        plan_ending.revoke_plan,
        "The plan is revoked. What is still to be done for this case stands on its page.",
    ),
    "error": (plan_ending.mark_in_error, "The plan is marked as entered in error."),
    "discard": (plans.discard_draft, "The draft is discarded."),
    "complete": (plan_ending.complete_plan, "The plan is completed and its outcome recorded."),
    "add_outcome": (later_outcomes.add_plan_outcome, "Outcome of the plan added."),
    "correct_outcome": (later_outcomes.correct_plan_outcome, "Outcome of the plan corrected."),
}


def close_forms(request: SignedInRequest, plan: Plan, verb: str = "", bound: Any = None) -> dict[str, Any]:
    """The small forms under a plan in force; the refused one comes back with what was typed."""
    if not can(request.user, "plans.manage", plan.board):
        return {}
    if not plan.is_in_force:
        return {"moves": _after_end(plan, verb, bound)}
    verbs = ("hold" if plan.status == Plan.Status.ACTIVE else "resume", "complete", "revoke", "error")
    follow_ups = open_follow_ups(plan)
    asking = ends_that_ask(plan, follow_ups)
    found = {name: close_form(plan, name, asking, initial={"version": plan.version}) for name in verbs}
    if verb:
        found[verb] = bound
    stay = [row for row in follow_ups if row.plan_id == plan.pk and row.outlasts_its_plan]
    return {"close": found, "refused": verb, "stay": stay}


def _after_end(plan: Plan, verb: str, bound: Any) -> list[dict[str, Any]]:
    names = () if why_no_plan_outcome(plan) else AFTER_END
    return moves_shown(AFTER_END, names, lambda name: outcome_form(name, plan), opened=verb, bound=bound)


def close_form(
    plan: Plan, verb: str, asking: frozenset[str], data: Any = None, **kwargs: Any
) -> OutcomeForm | ReasonForm | LaterFields:  # fmt: skip
    """The plan comes with its steps: an ongoing one that runs is asked about when the plan ends. `asking`: the ends that would
    leave the case with nothing ahead, and ask what comes next."""
    if verb in AFTER_END:
        return outcome_form(verb, plan, data)
    kinds: dict[str, type[OutcomeForm | ReasonForm]] = {"complete": OutcomeForm, "revoke": RevokeForm}
    kind = kinds.get(verb, ReasonForm)
    form = kind(data, auto_id=f"id_{verb}_%s", **kwargs)
    if isinstance(form, OutcomeForm | RevokeForm):
        form.ask_about(step for step in plan.steps.all() if runs_on(step))
    if verb in ("complete", "revoke", "error"):
        ask_ahead(form, plan.board, asked=verb in asking)
    return form


@require_POST
def plan_close(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft" if request.POST.get("verb") == "discard" else "plans.manage")
    verb = request.POST.get("verb", "")
    if verb not in CLOSING:
        messages.error(request, "Choose what should happen to the plan.")
        return redirect("careplans:plan", plan.pk)
    form = close_form(plan, verb, ends_that_ask(plan, open_follow_ups(plan)), request.POST)
    outcome = Attempt()
    if form.is_valid():
        values = told_of(form, plan) if isinstance(form, LaterFields) else packed(form.cleaned_data)
        with attempt(request, form) as outcome:
            CLOSING[verb][0](plan, by=request.user, expected_version=values.pop("version"), **values)
    if form.is_valid() and outcome.ok:
        messages.success(request, CLOSING[verb][1])
        return redirect("careplans:case", plan.case_id) if verb == "discard" else redirect("careplans:plan", plan.pk)
    return plan_refused(request, pk, verb, form)


def plan_refused(request: SignedInRequest, pk: int, verb: str, form: Any) -> HttpResponse:
    """The plan's page again, with the refused form open and what was typed still in it."""
    plan = get_plan(request, pk)
    context = plan_context(request, plan, verb, form)
    if "close" not in context and not any(move["open"] for move in context.get("moves", ())):
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return render_page(request, "careplans/plans/plan.html", plan.board, context, status=400)

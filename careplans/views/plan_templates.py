"""Where a plan starts: empty, or from a template of the centre. The templates themselves: careplans/plan_templates/views/."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.guards import why_closed
from careplans.models import Case, Plan, PlanTemplateVersion, Proforma
from careplans.plan_templates.choosing import offers_for
from careplans.services.plan_templates import Applied, apply_template, draft_from_template
from careplans.views.plans import get_plan
from common.figures import read_key


def plan_start(request: SignedInRequest, pk: int) -> HttpResponse:
    """For a case without a plan in work: what its first plan can start from."""
    case: Case = get_visible(Case.objects.for_header(), request.user, "plans.draft", pk=pk)
    standing = Plan.objects.filter(case=case).open().first()
    if request.method == "GET" and (standing or why_closed(case)):
        messages.info(
            request, why_closed(case) or f"Plan {standing.number if standing else ''} of this case is open already."
        )
        return redirect("careplans:case", case.pk)
    if request.method == "POST":
        with attempt(request) as outcome:
            version = chosen(request)
            applied = draft_from_template(case, version, by=request.user)
        if outcome.ok:
            return begun(request, applied, version)
    return show_start(request, case, None)


def plan_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same for a draft that has nothing yet."""
    plan = get_plan(request, pk, "plans.draft")
    if request.method == "POST":
        seen = read_key(request.POST.get("version", ""))
        with attempt(request) as outcome:
            version = chosen(request)
            applied = apply_template(plan, version, by=request.user, expected_version=seen or 0)
        if outcome.ok:
            return begun(request, applied, version)
    if plan.status != Plan.Status.DRAFT or plan.amends_id or plan.steps.all() or plan.standing_schedules:
        messages.info(request, "A template fills only a draft that has nothing yet.")
        return redirect("careplans:plan", plan.pk)
    return show_start(request, plan.case, plan)


def chosen(request: SignedInRequest) -> PlanTemplateVersion:
    """ValidationError where none was chosen; whether it can be taken, the service says."""
    key = read_key(request.POST.get("template", ""))
    version = PlanTemplateVersion.objects.ever_published().filter(pk=key).first() if key is not None else None
    if version is None:
        raise ValidationError("Choose a template.")
    return version


def begun(request: SignedInRequest, applied: Applied, version: PlanTemplateVersion) -> HttpResponse:
    messages.success(
        request, f"Plan {applied.plan.number} has the steps of “{version.title}”. Read each: it is a proposal."
    )
    if applied.told:
        messages.warning(request, " ".join(applied.told))
    return redirect("careplans:plan_edit", applied.plan.pk)


def show_start(request: SignedInRequest, case: Case, plan: Plan | None) -> HttpResponse:
    facts = Proforma.objects.get(case=case)
    ended = [] if plan else Plan.objects.filter(case=case).order_by("-number")
    earlier = [one for one in ended if one.can_start_another]
    context = {"case": case, "plan": plan, "earlier": earlier, "offers": offers_for(facts), "nav": "patients"}
    status = 400 if request.method == "POST" else 200
    return render_page(request, "careplans/plans/start.html", case.board, context, status=status)

"""Saving a plan as the draft of a template."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.models import Membership
from accounts.pages import attempt, render_page
from accounts.permissions import require
from careplans.models import Plan
from careplans.plan_templates import drafts
from careplans.plan_templates.forms.from_plan import FromPlanForm
from careplans.plan_templates.from_plan import content_of, free_texts


def plan_as_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """For who may read the plan and edit the reference pages: steps, courses, gates and arms, without a name or a day."""
    plan: Plan = get_visible(Plan.objects.for_editing(), request.user, "patients.view", pk=pk)
    require(request.user, "reference.edit")
    form = FromPlanForm(request.POST or None, texts=free_texts(plan))
    if request.method == "POST" and form.is_valid():
        title, summary = form.cleaned_data["title"], form.cleaned_data["summary"]
        content = content_of(
            plan,
            title=title,
            summary=summary,
            taken=form.taken,
            disciplines=disciplines_of(plan),
            today=plan.board.today,
        )
        with attempt(request, form) as outcome:
            row = drafts.new_template(content, by=request.user, kind=drafts.Kind.FROM_PLAN)
        if outcome.ok:
            messages.success(
                request, "The draft of a template is begun. Read every word of it before you send it to review."
            )
            return redirect("careplans:template_draft", row.template.slug)
    context = {"plan": plan, "form": form, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/plan_templates/from_plan.html", plan.board, context, status=status)


def disciplines_of(plan: Plan) -> dict[int, str]:
    """What each member of the board signs for: a template names no person."""
    rows = Membership.objects.filter(board=plan.board_id, ended_at=None).exclude(discipline="")
    return dict(rows.values_list("user", "discipline"))

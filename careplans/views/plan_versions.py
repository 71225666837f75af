"""One version of a plan beside another of the same case."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.pages import render_page
from careplans.models import Plan
from careplans.readers.facts.deciding_facts import changes_between
from careplans.readers.fates import add_fates
from careplans.readers.plan_changes import compare_plans
from careplans.views.pictures import pictures_of
from careplans.views.plans import get_plan
from common.figures import read_key


@require_GET
def plan_compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """This version beside another of the same case; by default the one it amends."""
    plan = get_plan(request, pk)
    others = Plan.objects.filter(case_id=plan.case_id).exclude(pk=plan.pk).order_by("-number")
    wanted = read_key(request.GET.get("with", ""))
    other = others.filter(pk=wanted).first() if wanted is not None else None
    other = other or (plan.amends if plan.amends_id else others.first())
    changed = compared(request, plan, other)
    context = {"plan": plan, "others": others, "nav": "patients"} | changed
    context["pictures"] = pictures_of(request, plan, changed["older"]) if changed["older"] else []
    return render_page(request, "careplans/plans/compare.html", plan.board, context)


def compared(request: SignedInRequest, plan: Plan, other: Plan | None = None) -> dict[str, Any]:
    """What changed since another plan, by default the one that this amends, and what becomes of that one's steps."""
    wanted = other.pk if other else plan.amends_id
    if wanted is None:
        return {"older": None}
    older = get_plan(request, wanted)
    changes = add_fates(compare_plans(older, plan), older, plan)
    return {"older": older, "changes": changes, "facts_between": changes_between(older, plan)}

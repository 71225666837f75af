from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt
from careplans.models import Case
from careplans.services.last_looks import mark_case_seen, mark_plan_seen
from careplans.views.plans import get_plan
from common.figures import read_key

SEEN = "Marked as seen. What others change from now on is listed here."


@require_POST
def case_seen(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_visible(Case.objects.all(), request.user, "patients.view", pk=pk)
    with attempt(request) as outcome:
        mark_case_seen(case, by=request.user, up_to=read_key(request.POST.get("event", "")) or 0)
    if outcome.ok:
        messages.success(request, SEEN)
    return redirect("careplans:case", case.pk)


@require_POST
def plan_seen(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk)
    with attempt(request) as outcome:
        mark_plan_seen(plan, by=request.user, up_to=read_key(request.POST.get("event", "")) or 0)
    if outcome.ok:
        messages.success(request, SEEN)
    return redirect("careplans:signoff" if request.POST.get("from") == "signoff" else "careplans:plan", plan.pk)

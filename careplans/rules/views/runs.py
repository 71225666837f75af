"""How far a run over every open plan is, and what it found. Counts only: editors have no clinical access."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from careplans.models import RuleRun
from careplans.rules import runs
from careplans.rules.views.drafts import open_draft, require_work
from careplans.rules.views.rule_sets import counts_of

VERBS = {"stop": runs.stop_run, "resume": runs.resume_run}


@require_POST
def trial(request: SignedInRequest) -> HttpResponse:
    """Try the draft on all open plans."""
    require_work(request)
    row = open_draft()
    if row is not None:
        with attempt(request):
            return redirect("careplans:rule_run", runs.queue_trial(row, by=request.user).pk)
    return redirect("careplans:rule_draft")


def run(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page, or only what moves when it asks for itself again."""
    require_work(request)
    found = get_object_or_404(RuleRun.objects.select_related("rule_set", "requested_by"), pk=pk)
    template = "_run.html" if request.headers.get("HX-Request") else "run.html"
    context = {"nav": "reference", "run": found, **counts_of(found)}
    return render(request, f"careplans/rules/rule_runs/{template}", context)


@require_POST
def run_act(request: SignedInRequest, pk: int) -> HttpResponse:
    require_work(request)
    found = get_object_or_404(RuleRun.objects.select_related("rule_set"), pk=pk)
    do = VERBS.get(request.POST.get("verb", ""))
    if do is not None:
        with attempt(request):
            do(found, by=request.user)
            messages.success(request, "Done.")
    return redirect("careplans:rule_run", pk)

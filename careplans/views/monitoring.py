from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.forms.monitoring import MonitoringForm
from careplans.models import Monitoring
from careplans.services import monitoring
from careplans.views.steps import get_step, step_context


@require_POST
def monitoring_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hang a follow-up on a step of a draft."""
    step = get_step(request, pk, "plans.draft")
    form = MonitoringForm(request.POST, prefix="monitoring")
    if form.is_valid():
        with attempt(request, form) as outcome:
            line = monitoring.add_monitoring(step, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, f"Added: {line.words}.")
            return redirect(f"{reverse('careplans:step_edit', args=[step.pk])}#monitoring")
    step = get_step(request, pk, "plans.draft")
    context = step_context(request, step, new_monitoring=form)
    return render_page(request, "careplans/steps/edit.html", step.board, context, status=400)


@require_POST
def monitoring_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Monitoring.objects.select_related("step__plan", "step__board", "board")
    line: Monitoring = get_visible(rows, request.user, "plans.draft", pk=pk)
    with attempt(request) as outcome:
        edited = monitoring.remove_monitoring(line, by=request.user)
    if outcome.ok:
        messages.success(request, f"Taken off the step: {line.words}. {edited.message}".strip())
    return redirect(f"{reverse('careplans:step_edit', args=[line.step_id])}#monitoring")

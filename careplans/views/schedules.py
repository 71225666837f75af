from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts import audit
from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from accounts.permissions import require
from careplans.forms.followups import RegenerateForm
from careplans.services import schedules as service
from careplans.views.followups import get_schedule

MOST_SHOWN = 100


def schedule_regenerate(request: SignedInRequest, pk: int, template: int) -> HttpResponse:
    """What a changed schedule would take back and write on open plans, and the button that does it."""
    row = get_schedule(request, pk, template)
    require(request.user, "board.configure", row.board)
    form = RegenerateForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            changed = service.regenerate(row, by=request.user, expected_version=form.cleaned_data["version"])
        if outcome.ok:
            messages.success(request, f"{changed} plan{'' if changed == 1 else 's'} now follow the schedule.")
            return redirect("careplans:schedule", pk, template)
        row = get_schedule(request, pk, template)
    found = service.preview(row, by=request.user)
    ids = [one.plan.pk for one in found]
    audit.record_many("list", by=request.user, kind="plan", board_id=pk, ids=ids)
    context = {
        "schedule": row, "form": form, "shown": found[:MOST_SHOWN], "plans": len(found), "nav": "board",
        "withdrawn": sum(len(one.withdrawn) for one in found), "missing": sum(len(one.missing) for one in found),
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/followups/regenerate.html", row.board, context, status=status)

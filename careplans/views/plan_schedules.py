"""The follow-up schedules of a plan: added, changed and taken out on pages of their own, with the dates before they are kept."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page
from careplans.forms.plan_schedules import PlanScheduleForm, RemoveScheduleForm
from careplans.models import Plan, PlanSchedule
from careplans.readers.schedules.plan_schedules import Shown, shown_schedules
from careplans.services import plan_schedules
from careplans.views.plans import get_plan


def plan_schedule_new(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    return redirect("careplans:plan_edit", pk) if not plan.is_editable else _edit(request, plan, None)


def plan_schedule(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    return redirect("careplans:plan_edit", pk) if not plan.is_editable else _edit(request, plan, _row(plan, schedule))


def _row(plan: Plan, pk: int) -> PlanSchedule:
    row = next((one for one in plan.standing_schedules if one.pk == pk), None)
    if row is None:
        raise Http404
    return row


def _edit(request: SignedInRequest, plan: Plan, row: PlanSchedule | None) -> HttpResponse:
    """One page: what is chosen, its dates, and what they ask. “Show the dates” keeps nothing yet."""
    posted, looking = request.method == "POST", bool({"show", "today"} & set(request.POST))
    shown = _shown(plan, row, _said(_form(request, plan, row), row))
    form = _form(request, plan, row)
    if shown is not None:
        form.ask(shown, plan.board.today)
    if posted and not looking and form.is_valid() and _save(request, plan, row, form):
        return redirect(reverse("careplans:plan_edit", args=[plan.pk]) + "#follow-up-heading")
    context = {"plan": plan, "row": row, "form": form, "shown": shown, "nav": "patients", "today": plan.board.today}
    status = 400 if posted and form.errors else 200
    return render_page(request, "careplans/plan_schedules/edit.html", plan.board, context, status=status)


def _form(request: SignedInRequest, plan: Plan, row: PlanSchedule | None) -> PlanScheduleForm:
    steps = plan.steps.all()
    if request.method != "POST":
        return PlanScheduleForm.of(row, plan.board, steps) if row else PlanScheduleForm(board=plan.board, steps=steps)
    typed = request.POST.copy()
    if "today" in typed:
        typed["counts_from"], typed["from_step"] = plan.board.today.isoformat(), ""
    return PlanScheduleForm(typed, board=plan.board, steps=steps, row=row)


def _said(form: PlanScheduleForm, row: PlanSchedule | None) -> dict[str, Any]:
    if not form.is_bound:
        return {name: getattr(row, name) for name in plan_schedules.START} if row else {}
    form.is_valid()
    return form.cleaned_data | form.start


def _shown(plan: Plan, row: PlanSchedule | None, said: dict[str, Any]) -> Shown | None:
    """The dates of what is typed, beside those of the other schedules of the plan. Nothing is saved."""
    schedule = row.schedule if row else said.get("schedule")
    if schedule is None:
        return None
    start = {name: value for name, value in said.items() if name in plan_schedules.START and not schedule.is_none}
    same = row is not None and all(getattr(row, name) == value for name, value in start.items())
    trial = PlanSchedule(
        plan=plan, schedule=schedule, **start,
        assignee=said.get("assignee"), overlap=row.overlap if row else "", past=row.past if row and same else [],
    )  # fmt: skip
    rows = [trial if row is not None and one.pk == row.pk else one for one in plan.standing_schedules]
    rows = rows if row is not None else [*rows, trial]
    return next(one for one in shown_schedules(plan, rows, plan.board.today) if one.row is trial)


def _save(request: SignedInRequest, plan: Plan, row: PlanSchedule | None, form: PlanScheduleForm) -> bool:
    data = form.cleaned_data
    values = {
        **form.start, "assignee": data["assignee"], "overlap": data.get("overlap", ""), "past": form.past,
    }  # fmt: skip
    with attempt(request, form) as outcome:
        if row is None:
            plan_schedules.add_schedule(plan, by=request.user, schedule=data["schedule"], **values)
            messages.success(
                request, f"“{data['schedule'].name}” is on the plan. Its dates are set when the plan is released."
            )
        else:
            seen = data.get("version") or 0
            edited = plan_schedules.change_schedule(row, by=request.user, expected_version=seen, **values)
            messages.success(request, f"“{row.schedule.name}” is changed. {edited.message}".strip())
    return outcome.ok


@require_POST
def plan_schedule_remove(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    row = _row(plan, schedule)
    form = RemoveScheduleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Open the plan again, then take the schedule out.")
        return redirect("careplans:plan_edit", pk)
    with attempt(request) as outcome:
        edited = plan_schedules.remove_schedule(row, by=request.user, expected_version=form.cleaned_data["version"])
    if outcome.ok:
        messages.success(request, f"“{row.schedule.name}” is out of the plan. {edited.message}".strip())
    return redirect(reverse("careplans:plan_edit", args=[pk]) + "#follow-up-heading")

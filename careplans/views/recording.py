"""What became of a step, recorded where it stands: on the page of its plan, and in every list. A piece of the page is drawn and
sent again; without script a link leads to the page of the step, which asks the same.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.permissions import can
from careplans.forms import occurrences as cycle_forms
from careplans.forms import step_progress as step_forms
from careplans.forms.quick import DAYS, NAME, make_quick
from careplans.models import Occurrence, Step
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.recent_acts import said_of
from careplans.readers.steps.followed import what_followed
from careplans.readers.steps.likely import Likely, likely_next, next_to_give, pace_of_next, standing_of
from careplans.services.recent_acts import NOT_UNDONE, Recorded
from careplans.services.step_order import order_concerns
from careplans.views.in_place import draw_form, draw_recorded
from careplans.views.moves import recorded_as_act
from careplans.views.occurrences import SERVICES as OF_CYCLES
from careplans.views.occurrences import get_occurrence
from careplans.views.step_progress import SERVICES as OF_STEPS
from careplans.views.step_progress import get_step_of_plan
from common.figures import read_key

# Of the next cycle, to follow its name.
OF_NEXT = {
    "give": "given as planned", "otherwise": "given, but not as planned", "postpone": "another day", "omit": "left out",
}  # fmt: skip


def step_record(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_step_of_plan(request, pk, "steps.deliver")
    if not request.headers.get("HX-Request"):
        return redirect("careplans:step_deliver", pk)
    return step_sent(request, step) if request.method == "POST" else draw_step(request, step)


def step_sent(request: SignedInRequest, step: Step) -> HttpResponse:
    verb = request.POST.get("verb", "")
    row = sent_row(request, step, verb)
    if row is None:
        return draw_step(request, step, problem=f"{moved_on(step)} Look at what is possible now.")
    begun = row.step.started_on if isinstance(row, Occurrence) else None
    form = form_of(row, verb, request.POST, quick=NAME in request.POST)
    services = OF_CYCLES if isinstance(row, Occurrence) else OF_STEPS
    done = recorded_as_act(request, form, services[verb], row, form.cleaned_data, verb) if form.is_valid() else None
    if done is None:
        return draw_step(request, get_step_of_plan(request, step.pk, "steps.deliver"), verb=verb, bound=form)
    began = isinstance(row, Occurrence) and begun is None and row.step.started_on is not None
    more = what_followed(row.step if isinstance(row, Occurrence) else row, "start" if began else verb)
    return told(request, step, done, f"Recorded: {said_of(row, verb, done.made)}.{more}", verb)


def told(request: SignedInRequest, step: Step, done: Recorded, words: str, verb: str) -> HttpResponse:
    if verb not in NOT_UNDONE:
        return draw_recorded(request, step, done.act, words)
    # All of the plan may look otherwise now.
    messages.success(request, f"{words} {NOT_UNDONE[verb]}")
    answer = HttpResponse()
    answer["HX-Redirect"] = f"{reverse('careplans:plan', args=[step.plan_id])}?decided={step.pk}#step-{step.pk}"
    return answer


def sent_row(request: SignedInRequest, step: Step, verb: str) -> Step | Occurrence | None:
    """What the verb is of, where it is still possible: the step, or the cycle that stood on the screen."""
    if verb in OF_NEXT:
        coming = next_to_give(step)
        if coming is None or read_key(request.POST.get("occurrence", "")) != coming.pk or not step.plan.is_in_force:
            return None
        return get_occurrence(request, coming.pk, "steps.deliver")
    return step if verb in step_forms.possible(step, step.board.today) and step.plan.is_in_force else None


def moved_on(step: Step) -> str:
    if not step.plan.is_in_force:
        return f"The plan is {step.plan.get_status_display().lower()} by now. Nothing was recorded."
    coming = next_to_give(step)
    further = f", and {coming.heading.lower()} comes next" if coming else ""
    return f"The step is {step.get_status_display().lower()} by now{further}. Nothing was recorded."


def form_of(row: Step | Occurrence, verb: str, data: Any = None, *, quick: bool = False) -> Any:
    """With ids of its own among all forms of the page."""
    step, today = (row.step, row.board.today) if isinstance(row, Occurrence) else (row, row.board.today)
    form: forms.Form = (
        cycle_forms.verb_form(verb, row, data)
        if isinstance(row, Occurrence)
        else step_forms.verb_form(verb, row, today, data)
    )
    form.auto_id = f"id_{'quick' if quick else 'step'}{step.pk}_{verb}_%s"
    if quick:
        late = isinstance(row, Occurrence) and row.planned_on != today
        make_quick(form, verb, today, planned_end=step.planned_end, late=late)
    return form


def draw_step(
    request: SignedInRequest, step: Step, *, verb: str = "", bound: Any = None, problem: str = ""
) -> HttpResponse:  # fmt: skip
    """What is likely first, the rest one choice away; `bound`: the refused form, with what was typed."""
    today, coming = step.board.today, next_to_give(step)
    may = step.plan.is_in_force and can(request.user, "steps.deliver", step.board)
    allowed = step_forms.possible(step, today) if may else ()
    names = (*(OF_NEXT if coming and may else ()), *allowed)
    others = list(step.plan.steps.all())
    concerns = (
        order_concerns(step, today, others) if may and step.started_on is None and not step.awaits_decision else []
    )
    likely = likely_next(standing_of(step, today, concerns), today)
    likely = likely if likely and likely.verb in names else None
    rows: dict[str, Step | Occurrence] = {name: coming if name in OF_NEXT and coming else step for name in names}
    pace = pace_of_next(step, today) if may else ""
    context = {
        "pace": pace, "subject": step, "today": today, "concerns": concerns, "problem": problem, "coming": coming,
        "recorded": recorded_for([step], step.case.proforma).get(step.pk) if may and not step.started_on else None,
        "first": first_of(likely, rows, verb, bound, quick=NAME in request.POST),
        "moves": [move_of(name, row, likely, verb, bound, quick=NAME in request.POST) for name, row in rows.items()],
        "page_url": reverse("careplans:step_deliver", args=[step.pk]),
        "why_not_undone": NOT_UNDONE["choose"] if step.is_decision else "",
    }  # fmt: skip
    return draw_form(request, step, context, refused=bound is not None or bool(problem))


def first_of(
    likely: Likely | None, rows: dict[str, Step | Occurrence], verb: str, bound: Any, *, quick: bool
) -> dict[str, Any] | None:  # fmt: skip
    """The one button, with what its verb asks besides the day."""
    if likely is None:
        return None
    mine = bound is not None and quick and verb == likely.verb
    row = rows[likely.verb]
    return {
        "verb": likely.verb,
        "action": likely.words,
        "form": bound if mine else form_of(row, likely.verb, quick=True),
    }


def move_of(
    name: str, row: Step | Occurrence, likely: Likely | None, verb: str, bound: Any, *, quick: bool
) -> dict[str, Any]:  # fmt: skip
    verbs = cycle_forms.VERBS if isinstance(row, Occurrence) else step_forms.VERBS
    title = f"{row.heading}: {OF_NEXT[name]}" if isinstance(row, Occurrence) else verbs[name][1]
    again = likely is not None and likely.verb == name and name in DAYS
    mine = bound is not None and not quick and verb == name
    return {
        "verb": name, "title": f"{title}, on another day" if again else title, "action": verbs[name][2], "open": mine,
        "form": bound if mine else form_of(row, name),
    }  # fmt: skip

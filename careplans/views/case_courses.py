"""The course of a case on a day that has passed."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import render_page
from careplans.forms.case_courses import CourseForm
from careplans.models import Case, Event, FollowUp, Patient, Plan, Step
from careplans.readers.facts.contradictions import answered
from careplans.readers.facts.decisive import header_of
from careplans.readers.facts.fact_checks import questions
from careplans.readers.facts.step_checks import step_questions
from careplans.readers.known import rows_known
from careplans.readers.known.asked import read_asked
from careplans.readers.known.course import Course, course_of, names_then
from careplans.readers.sequence import Picture
from careplans.readers.timeline import entries
from careplans.readers.timeline_values import people_in
from careplans.rules.plan_advice import Item, as_kept
from careplans.views.pictures import pictured
from common.centre_day import centre_zone


@require_GET
def course(request: SignedInRequest, pk: int) -> HttpResponse:
    """The plans, follow-ups and facts of a case as they were on a day, and as they were known then."""
    case: Case = get_visible(Case.objects.for_header(), request.user, "patients.view", pk=pk)
    form = CourseForm(request.GET)
    found = _asked_for(case, form)
    context: dict[str, Any] = {"case": case, "form": form, "nav": "patients", "course": found}
    if found is not None:
        context |= _shown(request, case, found) | _around(case, found, form.cleaned_data["known_by"])
    return render_page(request, "careplans/cases/course.html", case.board, context, status=200 if found else 400)


def _asked_for(case: Case, form: CourseForm) -> Course | None:
    """None where the form says what is wrong."""
    if not form.is_valid():
        return None
    day: date | None = form.cleaned_data["as_of"]
    params = {"as_of": day.isoformat() if day else "", "known_by": form.cleaned_data["known_by"]}
    try:
        return course_of(case, read_asked(params))
    except ValidationError as error:
        for name, words in error.message_dict.items():
            form.add_error(name, words)
        return None


def _shown(request: SignedInRequest, case: Case, found: Course) -> dict[str, Any]:
    then, plans = found.case, sorted(found.plans, key=lambda plan: -plan.number)
    in_force = next((plan for plan in plans if plan.is_in_force), None)
    events = found.events[:MOST_EVENTS]
    people = people_in(events)
    then.patient = _patient(then, found)
    at_hand: Iterable[Step] = in_force.steps.all() if in_force else ()
    head = header_of(then.proforma, then.patient, in_force, at_hand)
    _say_where_they_went(plans)
    return {
        "then": then, "head_then": head, "plans": [(plan, _picture(request, plan, found)) for plan in plans],
        "contradictions": answered(then.proforma, [*questions(then.proforma), *step_questions(at_hand)]),
        "facts": head.facts,
        "follow_ups": [(row, *_state(row, found)) for row in sorted(found.follow_ups, key=_due)],
        "advisories": _advisories(plans, found),
        "entries": entries(events, people | names_then(people, found.asked)), "more_events": len(found.events) > MOST_EVENTS,
    }  # fmt: skip


def _patient(then: Case, found: Course) -> Patient:
    """Whose case it was, as they were known; today's record where its past begins later."""
    rows = rows_known(Patient, found.asked.known, pk=then.patient_id)
    return rows[0] if rows else Patient.objects.get(pk=then.patient_id)


def _say_where_they_went(plans: list[Plan]) -> None:
    """Of a step that an amendment took over, in which plan it went on: here it stays as it was, and is due nowhere."""
    numbers = {
        step.carried_from_id: plan.number
        for plan in plans
        if plan.released_at and plan.status != Plan.Status.ENTERED_IN_ERROR
        for step in plan.steps.all()
    }
    for step in (step for plan in plans for step in plan.steps.all()):
        step.went_on = _where(step, numbers.get(step.pk)) if step.carried_over_at else ""


def _where(step: Step, number: int | None) -> str:
    if step.goes_on_with:
        return f"Goes on under the care of {step.goes_on_with}"
    return f"Went on in plan {number}" if number else "Went on in a later plan"


def _advisories(plans: list[Plan], found: Course) -> list[tuple[str, list[Item]]]:
    """Those that fired then, under the plan and the step that they are about, in the order in which these stand above."""
    standing = [row for row in found.advisories if row.ended_at is None]
    told = []
    for plan in plans:
        heads: list[tuple[int | None, str]] = [(None, f"Plan {plan.number} as a whole")]
        heads += [
            (step.pk, f"Plan {plan.number}, step {step.number}: {step.title_with_agent}") for step in plan.steps.all()
        ]
        for key, words in heads:
            items = [as_kept(row) for row in standing if (row.plan_id, row.step_id) == (plan.pk, key)]
            told += [(words, items)] if items else []
    return told


# Below them the page leads to the timeline.
MOST_EVENTS = 60


def _due(row: FollowUp) -> tuple[date, int]:
    return row.due_on, row.pk


def _state(row: FollowUp, found: Course) -> tuple[str, str]:
    state = row.state_on(found.asked.day)
    return state, state.replace("_", " ").capitalize()


def _picture(request: SignedInRequest, plan: Plan, found: Course) -> Picture | None:
    rows = found.follow_ups if plan.is_in_force else [row for row in found.follow_ups if row.plan_id == plan.pk]
    shown = [row for row in rows if row.status != "cancelled"] if plan.released_at else []
    return pictured(request, plan, plan.steps.all(), shown, with_table=False)


def _around(case: Case, found: Course, known_by: str) -> dict[str, Any]:
    """The days of the change before and the next one, by the timeline as it stands. Two queries."""
    day, zone = found.asked.day, centre_zone()
    begin = datetime.combine(day, time.min, zone)
    at = Event.objects.filter(case=case.pk).order_by("at").values_list("at", flat=True)
    earlier, later = at.filter(at__lt=begin).last(), at.filter(at__gte=begin + timedelta(days=1)).first()
    days = {"earlier": earlier, "later": later}
    return {
        "ways": {name: (moment.astimezone(zone).date() if moment else None) for name, moment in days.items()},
        "links": {name: _link(case, moment.astimezone(zone).date(), known_by) for name, moment in days.items() if moment},
    }  # fmt: skip


def _link(case: Case, day: date, known_by: str) -> str:
    params = {"as_of": day.isoformat()} | ({"known_by": known_by} if known_by else {})
    return f"{reverse('careplans:course', args=[case.pk])}?{urlencode(params)}"

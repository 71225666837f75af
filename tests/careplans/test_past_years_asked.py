"""A mistyped year that has passed is asked about: before the plan came into force, before the follow-up was added, or far from
what was planned. What the form came with is not asked about, and what was confirmed is told by its field."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from careplans.guards import planned_since
from careplans.models import Event, FollowUp, Step
from careplans.readers.timeline import entries
from careplans.services.followups import complete_follow_up, record_missed_follow_up
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen
from careplans.services.step_progress import complete_step, hold_step, resume_step, start_step, stop_step
from careplans.services.steps import edit_step
from common.asked import Asked, asking
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url
from tests.careplans.makers import OUTCOME, TODAY

pytestmark = pytest.mark.django_db


def day(ahead):
    return TODAY() + timedelta(days=ahead)


TEN_YEARS = -3650


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def planned(case, ana, chloe, *, ago=30, start=8, end=20):
    """A step of a plan that has been in force for some time."""
    days = {"planned_start": day(start), "planned_end": day(end)}
    with time_machine.travel(timezone.now() - timedelta(days=ago)):
        plan = makers.make_plan(case, by=ana)
        Step.objects.filter(plan=plan).update(**days)
        makers.submit(plan, by=ana)
        makers.release(plan, by=chloe)
    return Step.objects.select_related("plan").get(plan=plan)


@pytest.fixture
def step(case, ana, chloe):
    return planned(case, ana, chloe)


def keys(service, row, by, **values):
    with asking(), pytest.raises(Asked) as refusal:
        service(row, by=by, expected_version=row.version, **values)
    return [question.key for question in refusal.value.questions]


def begun(step, by, on):
    start_step(step, by=by, expected_version=step.version, on=on, due_on=day(20), why="-")
    return Step.objects.get(pk=step.pk)


def test_a_start_in_a_past_year_is_asked_about_on_the_page_and_taken_when_confirmed(step, ana):
    typed = {
        "verb": "start", "version": step.version, "on": day(TEN_YEARS).isoformat(), "due_on": day(20).isoformat(), "why": "-",
    }  # fmt: skip
    asked = browser(ana).post(url("step_deliver", step.pk), typed)
    key, text = f"on:before_plan:{day(TEN_YEARS)}", asked.content.decode()
    assert asked.status_code == 400 and key in text
    assert f"is before the plan came into force (released on {day(-30):%-d %B %Y}). Check the date" in text
    done = browser(ana).post(url("step_deliver", step.pk), typed | {"confirmed_dates": key})
    assert done.status_code == 302 and Step.objects.get(pk=step.pk).started_on == day(TEN_YEARS)


def test_a_start_since_the_release_and_near_the_plan_is_taken_unasked(step, ana):
    with asking():
        start_step(step, by=ana, expected_version=step.version, on=day(-30), due_on=day(20), why="-")
    assert Step.objects.get(pk=step.pk).started_on == day(-30)


def test_a_start_far_from_the_planned_day_is_asked_about(case, ana, chloe):
    step = planned(case, ana, chloe, ago=300)
    assert keys(start_step, step, ana, on=day(-120), due_on=day(20), why="-") == [f"on:far_from_plan:{day(-120)}"]
    with asking():
        start_step(step, by=ana, expected_version=step.version, on=day(-82), due_on=day(20), why="-")


def test_what_happens_today_is_taken_unasked_however_early_it_is(case, ana):
    """The year is right: it is another one that would be mistyped."""
    row = makers.make_follow_up(case, by=ana, due_on=day(200))
    with asking():
        complete_follow_up(row, by=ana, expected_version=row.version, done_on=day(0), result="-")


def test_a_completion_with_its_response_in_a_past_year_is_asked_about_at_once(step, ana):
    step = begun(step, ana, day(TEN_YEARS))
    days = {"on": day(TEN_YEARS + 5), "response": "complete", "response_on": day(TEN_YEARS + 9)}
    found = keys(complete_step, step, ana, fulfilment="full", **(OUTCOME | days))
    assert found == [f"on:before_plan:{day(TEN_YEARS + 5)}", f"response_on:before_plan:{day(TEN_YEARS + 9)}"]


def test_a_stop_in_a_past_year_is_asked_about(step, ana):
    step = begun(step, ana, day(TEN_YEARS))
    why = {"reason": "patient_choice", "reason_note": "-"}
    assert keys(stop_step, step, ana, on=day(TEN_YEARS), **why, **OUTCOME) == [f"on:before_plan:{day(TEN_YEARS)}"]


def test_a_break_in_a_past_year_is_asked_about_and_so_is_its_end(step, ana):
    step = begun(step, ana, day(TEN_YEARS))
    held = {"reason": "patient_choice", "reason_note": "-", "until": day(9), "on": day(-200)}
    assert keys(hold_step, step, ana, **held) == [f"on:before_plan:{day(-200)}"]
    hold_step(step, by=ana, expected_version=step.version, **held)
    step = Step.objects.get(pk=step.pk)
    assert keys(resume_step, step, ana, on=day(-180), due_on=day(20)) == [f"on:before_plan:{day(-180)}"]


def test_what_came_over_is_held_against_the_first_plan_in_which_it_stood(step, ana, chloe):
    amendment = amend_plan(step.plan, by=ana, reason="-")
    makers.submit(amendment, by=ana)
    makers.release(amendment, by=chloe)
    carried = Step.objects.get(plan=amendment)
    with asking():
        start_step(carried, by=ana, expected_version=carried.version, on=day(-20), due_on=day(20), why="-")
    assert planned_since(carried) == day(-30)


def test_the_api_asks_about_a_completion_and_takes_what_is_confirmed(step, ana):
    step = begun(step, ana, day(TEN_YEARS))
    body = OUTCOME | {"on": day(TEN_YEARS).isoformat(), "fulfilment": "full"}
    asked = Api(ana).post(f"/steps/{step.pk}/complete/", body, version=step.version)
    named = asked.json()["confirmed_dates"]
    assert (asked.status_code, named) == (400, [f"on:before_plan:{day(TEN_YEARS)}"])
    done = Api(ana).post(f"/steps/{step.pk}/complete/", body | {"confirmed_dates": named}, version=step.version)
    assert done.status_code == 200, done.json()


def test_a_planned_end_that_the_form_came_with_is_not_asked_about_and_the_start_is(case, ana, chloe):
    step = planned(case, ana, chloe, ago=40, start=-30, end=-9)
    found = keys(start_step, step, ana, on=day(-381), due_on=day(-9), why="-")
    assert found == [f"on:before_plan:{day(-381)}"]
    assert keys(start_step, step, ana, on=day(-20), due_on=day(-8), why="-") == [f"due_on:past:{day(-8)}"]


# A follow-up


@pytest.fixture
def follow_up(case, ana):
    row = makers.make_follow_up(case, by=ana, due_on=day(-6))
    FollowUp.objects.filter(pk=row.pk).update(created_at=datetime.combine(day(-200), time(12), UTC))
    return FollowUp.objects.get(pk=row.pk)


def test_a_follow_up_done_before_it_was_added_is_asked_about(follow_up, ana):
    typed = {"verb": "done", "version": follow_up.version, "done_on": day(TEN_YEARS).isoformat()}
    typed |= {"nothing_ahead_reason": "-", "look_again_on": day(30).isoformat(), "next_answer": "none"}
    asked = browser(ana).post(url("followup", follow_up.pk), typed)
    key = f"done_on:before_added:{day(TEN_YEARS)}"
    assert asked.status_code == 400 and key in asked.content.decode()
    assert f"(added on {day(-200):%-d %B %Y})" in asked.content.decode()


def test_a_follow_up_done_long_before_it_was_due_is_asked_about(follow_up, ana):
    assert keys(complete_follow_up, follow_up, ana, done_on=day(-100)) == [f"done_on:long_before_due:{day(-100)}"]


def test_a_follow_up_done_late_is_not_asked_about(follow_up, ana):
    FollowUp.objects.filter(pk=follow_up.pk).update(due_on=day(-150))
    with asking():
        complete_follow_up(
            FollowUp.objects.get(pk=follow_up.pk), by=ana, expected_version=follow_up.version, done_on=day(-1),
            ahead=makers.NOTHING_AHEAD,
        )  # fmt: skip


def test_nobody_has_missed_an_appointment_that_has_not_come(case, ana):
    row = makers.make_follow_up(case, by=ana, due_on=day(28))
    with pytest.raises(ValidationError, match="has not come yet. Choose “Another date or person”"):
        record_missed_follow_up(row, by=ana, expected_version=row.version, new_due_on=day(40))
    refused = Api(ana).post(f"/follow-ups/{row.pk}/missed/", {"new_due_on": day(40).isoformat()}, version=row.version)
    assert refused.status_code == 400 and "has not come yet" in problem(refused)
    typed = {"verb": "missed", "version": row.version, "new_due_on": day(40).isoformat()}
    assert "has not come yet" in browser(ana).post(url("followup", row.pk), typed).content.decode()


def test_an_appointment_of_today_can_be_missed(case, ana):
    row = makers.make_follow_up(case, by=ana, due_on=day(0))
    assert record_missed_follow_up(row, by=ana, expected_version=row.version, new_due_on=day(7)).due_on == day(7)


# What is told of it


def test_what_was_confirmed_of_a_step_is_told_by_its_field(step, ana):
    with asking(f"on:before_plan:{day(-90)}"):
        start_step(step, by=ana, expected_version=step.version, on=day(-90), due_on=day(20), why="-")
    [told] = entries(Event.objects.filter(kind="step_moved", new="in_progress").for_timeline())
    assert f"Started on: confirmed that {day(-90):%-d %b %Y} is before the plan came into force" in told.text


def facts_saved(case, ana, **facts):
    confirmed = [f"{name}:future:{on}" for name, on in facts.items() if on > TODAY()]
    with asking(*confirmed):
        save_proforma(case, facts, by=ana)


def test_a_confirmation_whose_day_was_replaced_is_not_told_of_the_day_that_stands(case, ana):
    facts_saved(case, ana, echo_on=day(2500))
    facts_saved(case, ana, echo_on=day(-3))
    [line] = entries(Event.objects.filter(kind="facts_changed").order_by("-pk"))
    assert line.count == 2 and "confirmed" not in line.text


def test_a_confirmation_is_told_of_the_day_that_stands_and_of_its_field(case, ana):
    facts_saved(case, ana, echo_on=day(2500))
    facts_saved(case, ana, echo_on=day(9))
    [line] = entries(Event.objects.filter(kind="facts_changed").order_by("-pk"))
    [change] = line.changes
    assert change.note == f"confirmed that {day(9):%-d %b %Y} lies in the future"
    assert (change.label, "confirmed" in line.text) == ("Date of the echocardiogram", False)


def test_a_confirmation_stands_beside_its_day(case, ana):
    step = makers.make_plan(case, by=ana).steps.get()
    with asking(f"planned_start:past:{day(-3)}"):
        edit_step(step, {"planned_start": day(-3)}, by=ana)
    [line] = entries(Event.objects.filter(kind="step_edited").for_timeline())
    words = f"confirmed that {day(-3):%-d %b %Y} lies in the past"
    assert line.changes[0].note == words and "confirmed" not in line.text
    assert f"→ {day(-3):%-d %b %Y} ({words})" in browser(ana).get(url("timeline", case.pk)).content.decode()


def test_the_history_of_the_proforma_says_what_was_confirmed_with_its_change(case, ana):
    facts_saved(case, ana, echo_on=day(9))
    facts_saved(case, ana, echo_on=day(-3))
    page = browser(ana).get(url("proforma_history", case.pk)).content.decode()
    assert page.count(f"Confirmed that {day(9):%-d %b %Y} lies in the future") == 1


def test_a_confirmed_birth_date_says_so_where_its_change_stands(case, ana):
    add_specimen(case, by=ana, decides=False, taken_on=date(2001, 2, 3))
    patient = case.patient
    typed = {
        "version": patient.version, "record_number": patient.record_number, "family_name": patient.family_name,
        "given_name": patient.given_name, "birth_date": "2003-05-17", "sex": patient.sex,
        "confirmed_dates": "birth_date:after_entries:2003-05-17",
    }  # fmt: skip
    assert browser(ana).post(url("patient_edit", patient.pk), typed).status_code == 302
    page = browser(ana).get(url("patient", patient.pk)).content.decode()
    assert "is after what is recorded of this patient)" in page and "(confirmed that 17 May 2003" in page

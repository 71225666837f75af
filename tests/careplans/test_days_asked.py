"""What is odd about a day is asked about once, beside its field or over the API. Confirmed, it is taken; the timeline says so.
`tests/test_days_asked.py` lists every day."""

import re
from datetime import date, timedelta

import pytest

from accounts.models import AuditEvent
from careplans.models import Event, FollowUp, Patient, PriorTreatment, Proforma, Specimen, Step
from careplans.readers.timeline import entries
from careplans.services.care_ends import record_death
from careplans.services.followups import add_follow_up
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen
from careplans.services.step_progress import hold_step, start_step
from common.asked import Asked, asking
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import FETCH, browser, url
from tests.careplans.makers import OUTCOME, TODAY

pytestmark = pytest.mark.django_db

BEFORE_BIRTH = date(1958, 4, 1)
THERAPY = {"modality_code": "OSA", "response": "not_recorded"}


def day(ahead):
    return TODAY() + timedelta(days=ahead)


def said(of):
    return f"{of:%-d %B %Y}"


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana)


@pytest.fixture
def step(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe).steps.get()


@pytest.fixture
def follow_up(case, ana):
    return makers.make_follow_up(case, by=ana, due_on=day(-20))


def ticks(response):
    """What the page asks, and whether it is ticked."""
    drawn = re.findall(r'<input[^>]*name="confirmed_dates"[^>]*>', response.content.decode())
    return {re.search(r'value="([^"]*)"', one)[1]: "checked" in one for one in drawn}


def keys(response):
    return response.json().get("confirmed_dates")


# On the page


def test_a_follow_up_in_the_past_is_asked_about_with_everything_typed_kept(case, ana):
    client, typed = browser(ana), {
        "kind": "visit", "title": "A long talk", "due_on": day(-40).isoformat(), "window_days": 7, "assignee": ana.pk,
    }  # fmt: skip
    asked = client.post(url("followup_new", case.pk), typed)
    text, key = asked.content.decode(), f"due_on:past:{day(-40)}"
    assert asked.status_code == 400 and not FollowUp.objects.exists()
    assert f"{said(day(-40))} lies in the past. Check the date, or confirm that it is right." in text
    assert f"Yes, {said(day(-40))} is right" in text and ticks(asked) == {key: False}
    assert 'value="A long talk"' in text and f'value="{day(-40)}"' in text
    done = client.post(url("followup_new", case.pk), typed | {"confirmed_dates": key})
    assert done.status_code == 302 and FollowUp.objects.get().due_on == day(-40)


def test_another_day_is_asked_about_anew(case, ana):
    typed = {"kind": "visit", "due_on": day(-50).isoformat(), "window_days": 7, "assignee": ana.pk}
    asked = browser(ana).post(url("followup_new", case.pk), typed | {"confirmed_dates": f"due_on:past:{day(-40)}"})
    assert ticks(asked) == {f"due_on:past:{day(-50)}": False} and not FollowUp.objects.exists()


def test_a_tick_stays_ticked_while_the_form_is_refused_for_something_else(case, ana):
    key = f"due_on:past:{day(-40)}"
    typed = {
        "kind": "other",
        "due_on": day(-40).isoformat(),
        "window_days": 7,
        "assignee": ana.pk,
        "confirmed_dates": key,
    }
    refused = browser(ana).post(url("followup_new", case.pk), typed)
    assert refused.status_code == 400 and "Say in words what is to be done" in refused.content.decode()
    assert ticks(refused) == {key: True}


def test_several_days_of_one_form_are_asked_about_together(case, ana):
    typed = THERAPY | {"started_on": BEFORE_BIRTH.isoformat(), "ended": "ended", "ended_on": day(30).isoformat()}
    asked = browser(ana).post(url("prior_treatment_new", case.pk), typed)
    both = [f"started_on:before_birth:{BEFORE_BIRTH}", f"ended_on:future:{day(30)}"]
    assert ticks(asked) == dict.fromkeys(both, False)
    assert "1 April 1958 is before the patient was born (born 17 May 1960)" in asked.content.decode()
    half = browser(ana).post(url("prior_treatment_new", case.pk), typed | {"confirmed_dates": both[:1]})
    assert ticks(half) == {both[0]: True, both[1]: False} and not PriorTreatment.objects.exists()
    done = browser(ana).post(url("prior_treatment_new", case.pk), typed | {"confirmed_dates": both})
    assert done.status_code == 302 and PriorTreatment.objects.get().ended_on == day(30)


def test_days_that_nobody_would_doubt_are_taken(case, ana):
    typed = THERAPY | {"started_on": "2020-01-01", "ended": "ended", "ended_on": TODAY().isoformat()}
    assert browser(ana).post(url("prior_treatment_new", case.pk), typed).status_code == 302
    typed = {"kind": "visit", "due_on": TODAY().isoformat(), "window_days": 7, "assignee": ana.pk}
    assert browser(ana).post(url("followup_new", case.pk), typed).status_code == 302


@pytest.mark.parametrize("verb, name", [("move", "due_on"), ("missed", "new_due_on")])
def test_a_follow_up_is_not_moved_into_the_past_unasked(follow_up, ana, verb, name):
    typed = {"verb": verb, "version": follow_up.version, name: day(-5).isoformat(), "reason": "So it was agreed."}
    asked = browser(ana).post(url("followup", follow_up.pk), typed)
    assert ticks(asked) == {f"{name}:past:{day(-5)}": False}
    done = browser(ana).post(url("followup", follow_up.pk), typed | {"confirmed_dates": f"{name}:past:{day(-5)}"})
    assert done.status_code == 302 and FollowUp.objects.order_by("-pk").first().due_on == day(-5)


def test_who_only_hands_over_what_is_overdue_is_asked_nothing(follow_up, ana, omar):
    typed = {"verb": "move", "version": follow_up.version, "assignee": omar.pk, "reason": "On leave."}
    assert browser(ana).post(url("followup", follow_up.pk), typed).status_code == 302


def test_a_step_does_not_end_in_the_past_unasked(step, ana):
    typed = {
        "verb": "start",
        "version": step.version,
        "on": day(-9).isoformat(),
        "due_on": day(-3).isoformat(),
        "why": "-",
    }
    asked = browser(ana).post(url("step_deliver", step.pk), typed)
    both = [f"on:before_plan:{day(-9)}", f"due_on:past:{day(-3)}"]
    assert ticks(asked) == dict.fromkeys(both, False)
    done = browser(ana).post(url("step_deliver", step.pk), typed | {"confirmed_dates": both})
    assert done.status_code == 302


def test_the_birth_date_is_asked_about_where_something_is_recorded_of_earlier(case, ana):
    add_specimen(case, by=ana, decides=False, taken_on=date(2001, 2, 3))
    patient = case.patient
    typed = {
        "version": patient.version, "record_number": patient.record_number, "family_name": patient.family_name,
        "given_name": patient.given_name, "birth_date": "2003-05-17", "sex": patient.sex,
    }  # fmt: skip
    asked = browser(ana).post(url("patient_edit", patient.pk), typed)
    key = "birth_date:after_entries:2003-05-17"
    assert ticks(asked) == {key: False}
    assert "A specimen was taken, or reported, on 3 February 2001" in asked.content.decode()
    done = browser(ana).post(url("patient_edit", patient.pk), typed | {"confirmed_dates": key})
    assert done.status_code == 302 and Patient.objects.get().birth_date == date(2003, 5, 17)
    told = AuditEvent.objects.get(action="patient_changed").data
    assert told["confirmed_dates"] == ["birth_date:after_entries"] and "2003" not in str(told)


# Saved while it is typed


def test_a_fact_in_the_future_is_asked_about_while_it_is_typed(case, ana):
    client, typed = browser(ana), {"echo_on": day(400).isoformat(), "base-echo_on": ""}
    asked = client.post(url("proforma_save", case.pk), typed, **FETCH).json()
    key = f"echo_on:future:{day(400)}"
    assert list(asked["errors"]) == ["echo_on"] and "lies in the future" in asked["errors"]["echo_on"][0]
    assert asked["asks"] == [{"name": "echo_on", "key": key, "yes": f"Yes, {said(day(400))} is right"}]
    saved = client.post(url("proforma_save", case.pk), typed | {"confirmed_dates": key}, **FETCH).json()
    assert saved["saved"] == {"echo_on": f"{day(400):%-d %b %Y}"}


def test_a_fact_is_asked_about_without_script_too(case, ana):
    typed = {"echo_on": day(400).isoformat(), "base-echo_on": "", "clinical_question": "What next?"}
    asked = browser(ana).post(url("proforma_save", case.pk), typed)
    key = f"echo_on:future:{day(400)}"
    assert ticks(asked) == {key: False} and "lies in the future. Check the date" in asked.content.decode()
    assert browser(ana).post(url("proforma_save", case.pk), typed | {"confirmed_dates": key}).status_code == 302
    assert Proforma.objects.get(pk=case.pk).echo_on == day(400)


def test_a_step_is_not_planned_into_the_past_unasked(plan, ana):
    step, key = plan.steps.get(), f"planned_start:past:{day(-3)}"
    typed = {"planned_start": day(-3).isoformat(), "base-planned_start": step.planned_start.isoformat()}
    asked = browser(ana).post(url("step_save", step.pk), typed, **FETCH).json()
    assert [one["key"] for one in asked["asks"]] == [key]
    whole = browser(ana).post(url("step_save", step.pk), typed | {"phase": step.phase, "modality": "OSA"})
    assert ticks(whole) == {key: False} and "lies in the past. Check the date" in whole.content.decode()
    browser(ana).post(url("step_save", step.pk), typed | {"confirmed_dates": key}, **FETCH)
    assert Step.objects.get(pk=step.pk).planned_start == day(-3)


def test_what_stands_already_is_not_asked_about_again(plan, ana):
    """An amendment holds days that have passed."""
    step = plan.steps.get()
    Step.objects.filter(pk=step.pk).update(planned_start=day(-3))
    typed = {
        "planned_start": day(-3).isoformat(),
        "base-planned_start": day(-3).isoformat(),
        "only_if": "Ki-67 confirmed",
    }
    saved = browser(ana).post(url("step_save", step.pk), typed, **FETCH).json()
    assert "only_if" in saved["saved"]


# Over the API


def test_the_api_asks_in_a_list_that_is_sent_back(case, ana):
    body = {"kind": "visit", "due_on": day(-40).isoformat(), "assignee": ana.pk}
    asked = Api(ana).post(f"/cases/{case.pk}/follow-ups/", body)
    assert (asked.status_code, attrs(asked)) == (400, ["due_on"]) and "lies in the past" in problem(asked)
    assert asked.json()["errors"][0]["code"] == "unlikely_date"
    assert keys(asked) == [f"due_on:past:{day(-40)}"] and not FollowUp.objects.exists()
    done = Api(ana).post(f"/cases/{case.pk}/follow-ups/", body | {"confirmed_dates": keys(asked)})
    assert done.status_code == 201 and FollowUp.objects.get().due_on == day(-40)


def test_the_api_asks_about_all_facts_at_once(case, ana):
    facts = {"echo_on": day(9).isoformat(), "staged_on": BEFORE_BIRTH.isoformat(), "bloods_on": TODAY().isoformat()}
    version = Proforma.objects.get(pk=case.pk).version
    asked = Api(ana).patch(f"/cases/{case.pk}/proforma/", facts, version=version)
    assert set(keys(asked)) == {f"echo_on:future:{day(9)}", f"staged_on:before_birth:{BEFORE_BIRTH}"}
    done = Api(ana).patch(f"/cases/{case.pk}/proforma/", facts | {"confirmed_dates": keys(asked)}, version=version)
    assert done.status_code == 200 and done.json()["echo_on"] == day(9).isoformat()


def test_the_api_asks_about_a_specimen(case, ana):
    body = {"taken_on": day(3).isoformat(), "decides": False}
    asked = Api(ana).post(f"/cases/{case.pk}/specimens/", body)
    assert keys(asked) == [f"taken_on:future:{day(3)}"] and not Specimen.objects.exists()
    assert Api(ana).post(f"/cases/{case.pk}/specimens/", body | {"confirmed_dates": keys(asked)}).status_code == 201


def test_the_api_asks_about_the_days_of_a_step(plan, ana):
    step = plan.steps.get()
    body = {"planned_start": day(-9).isoformat(), "not_before": day(-12).isoformat()}
    asked = Api(ana).patch(f"/steps/{step.pk}/", body, version=step.version)
    assert keys(asked) == [f"planned_start:past:{day(-9)}", f"not_before:past:{day(-12)}"]
    done = Api(ana).patch(f"/steps/{step.pk}/", body | {"confirmed_dates": keys(asked)}, version=step.version)
    assert done.status_code == 200, done.json()


@pytest.mark.parametrize("verb", ["start", "hand-over"])
def test_the_api_asks_about_the_next_date_of_a_step(step, ana, verb):
    body = {"due_on": day(-3).isoformat(), "why": "So it was agreed."}
    body |= {"on": day(-9).isoformat()} if verb == "start" else {}
    asked = Api(ana).post(f"/steps/{step.pk}/{verb}/", body, version=step.version)
    assert keys(asked)[-1] == f"due_on:past:{day(-3)}" and len(keys(asked)) == (2 if verb == "start" else 1)
    done = Api(ana).post(f"/steps/{step.pk}/{verb}/", body | {"confirmed_dates": keys(asked)}, version=step.version)
    assert done.status_code == 200, done.json()


def test_a_confirmation_alone_changes_nothing(follow_up, ana):
    sent = {"confirmed_dates": ["due_on:past:2020-01-01"], "reason": "-"}
    assert Api(ana).post(f"/follow-ups/{follow_up.pk}/change/", sent, version=follow_up.version).status_code == 400


# In the services


def asks(service, *args, **values):
    with asking(), pytest.raises(Asked) as refusal:
        service(*args, **values)
    return [question.key for question in refusal.value.questions]


def test_a_step_on_hold_is_asked_about_its_days(step, ana):
    on = BEFORE_BIRTH
    why = {"reason": "patient_choice", "reason_note": "-", "until": day(9)}
    found = asks(hold_step, step, by=ana, expected_version=step.version, on=on, **why)
    assert found == [f"on:before_birth:{on}"]


def test_the_outcome_of_a_plan_is_asked_about(step, ana, chloe):
    from careplans.services.plan_ending import complete_plan
    from careplans.services.step_progress import skip_step

    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice", reason_note="-")
    plan = step.plan
    plan.refresh_from_db()
    outcome = OUTCOME | {"response": "partial", "response_on": BEFORE_BIRTH}
    found = asks(complete_plan, plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **outcome)
    assert found == [f"response_on:before_birth:{BEFORE_BIRTH}"]


def test_what_writes_without_anybody_to_ask_asks_nobody(case, ana):
    assert makers.make_follow_up(case, by=ana, due_on=day(-9)).due_on == day(-9)


def test_a_day_after_the_death_would_be_asked_about(case, ana, board):
    """Nothing is written then; were it, it would be asked about."""
    from careplans.guards import ask_about

    patient = case.patient
    Patient.objects.filter(pk=patient.pk).update(is_dead=True, died_year=2026, died_month=3)
    with asking(), pytest.raises(Asked, match="14 April 2026 is after the patient died"):
        ask_about(patient, date(2026, 5, 1), recorded={"on": date(2026, 4, 14)})
    with asking():
        ask_about(patient, date(2026, 5, 1), recorded={"on": date(2026, 3, 31)})


# What is kept of it


def test_the_timeline_says_what_was_confirmed(case, ana):
    with asking(f"due_on:past:{day(-40)}"):
        add_follow_up(case, by=ana, kind="visit", due_on=day(-40), assignee=ana)
        add_follow_up(case, by=ana, kind="markers", due_on=day(4), assignee=ana)
    told = [one.text for one in entries(Event.objects.filter(kind="follow_up_added").for_timeline())]
    assert told == ["", f"Due on: confirmed that {day(-40):%-d %b %Y} lies in the past"]


def test_a_follow_up_shows_what_was_confirmed(case, ana):
    with asking(f"due_on:past:{day(-40)}"):
        row = add_follow_up(case, by=ana, kind="visit", due_on=day(-40), assignee=ana)
    assert "confirmed that" in browser(ana).get(url("followup", row.pk)).content.decode()


def test_facts_that_were_confirmed_stand_with_their_change(case, ana):
    with asking(f"echo_on:future:{day(9)}"):
        save_proforma(case, {"echo_on": day(9)}, by=ana)
    assert Event.objects.get(kind="facts_changed").data["confirmed_dates"] == [f"echo_on:future:{day(9)}"]


# A death after which something is recorded


def test_a_death_is_asked_about_with_all_that_is_recorded_of_later_days(case, ana, step):
    patient = case.patient
    start_step(step, by=ana, expected_version=step.version, on=day(-30), due_on=day(30), why="-")
    save_proforma(case, {"echo_on": day(-20)}, by=ana)
    add_specimen(case, by=ana, decides=False, taken_on=day(-10))
    browser(ana).post(
        url("prior_treatment_new", case.pk), THERAPY | {"ended": "not_known", "started_on": day(-8).isoformat()}
    )
    died = day(-50)
    typed = {"version": patient.version, "year": died.year, "month": died.month, "day": died.day, "source": "A letter"}
    text = browser(ana).post(url("death", patient.pk), typed).content.decode()
    for words, of in (("began on", -30), ("echocardiogram:", -20), ("taken, or reported, on", -10), ("began on", -8)):
        assert f"{words} {said(day(of))}" in text, words
    end = record_death(
        patient, by=ana, expected_version=patient.version, source="A letter", year=died.year, month=died.month,
        day=died.day, why="Entered late.",
    )  # fmt: skip
    assert end.why == "Entered late."

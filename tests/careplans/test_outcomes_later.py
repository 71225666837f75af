"""What comes out after a step or a plan has ended: added to its outcome, or put right, and what stood there before is kept."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Patient, Plan, Step
from careplans.services import later_outcomes, plan_ending, plans, step_progress
from careplans.services.care_ends import correct_death, record_death
from careplans.services.record_moves import ask_move_case, confirm
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.fhir.fhir import Fhir

pytestmark = pytest.mark.django_db
AT_ITS_END = {
    "response": "not_assessed", "progression": "no", "toxicity": "grade_1", "toxicity_term": "Nausea",
    "symptom_control": "partly",
}  # fmt: skip


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def running(board, ana, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)
    step = plan.steps.order_by("position").first()
    return step_progress.start_step(step, by=ana, expected_version=step.version, on=board.today)


@pytest.fixture
def ended(running, ana):
    return step_progress.complete_step(
        running, by=ana, expected_version=running.version, on=running.board.today, fulfilment="full", outcome="Went well.",
        **AT_ITS_END,
    )  # fmt: skip


def add(step, by, **found):
    return later_outcomes.add_outcome(
        now(step), by=by, expected_version=found.pop("version", now(step).version), **{"on": step.board.today} | found
    )


def correct(step, by, **right):
    return later_outcomes.correct_outcome(
        now(step), by=by, expected_version=right.pop("version", now(step).version), **{"why": "of another scan"} | right
    )


def die(step, by):
    patient, day = now(step.case.patient), step.board.today
    return record_death(
        patient, by=by, expected_version=patient.version, source="Ward", year=day.year, month=day.month, day=day.day
    )


def refused(verb, *args, **values):
    with pytest.raises(ValidationError) as told:
        verb(*args, **values)
    return told.value.message_dict if hasattr(told.value, "error_dict") else {"__all__": told.value.messages}


# What is added


def test_a_response_that_is_assessed_after_the_end_is_added(ended, ana):
    today = ended.board.today
    step = now(add(ended, ana, response="partial", outcome="CT of the liver."))
    assert (step.response, step.response_on, step.toxicity_on) == ("partial", today, None)
    assert (step.toxicity, step.toxicity_term, step.symptom_control) == ("grade_1", "Nausea", "partly")
    assert step.outcome == f"Went well.\n{today:%-d %b %Y}: CT of the liver."
    event = Event.objects.get(step=step, kind="step_outcome_added")
    assert event.by == ana and event.data["day"] == today.isoformat()
    assert event.data["was"]["response"] == "not_assessed" and event.data["now"]["response"] == "partial"


def test_a_late_toxicity_is_added_though_the_plan_has_ended_and_the_case_is_closed(ended, ana, chloe):
    from careplans.services.cases import close_case

    plan = now(ended.plan)
    for step in plan.steps.exclude(pk=ended.pk):
        step_progress.skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    plan_ending.complete_plan(
        plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME
    )
    case = now(ended.case)
    close_case(case, by=chloe, reason="discharged")
    step = now(add(ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased"))
    assert step.toxicity_words.startswith("Grade 3 (severe): Creatinine increased, assessed ")


@pytest.mark.parametrize(
    ("found", "field", "words"),
    [
        ({}, "__all__", "Say what was found"),
        ({"on": date(2999, 1, 1), "response": "stable"}, "on", "lies in the future"),
        ({"on": date(2000, 1, 1), "response": "stable"}, "on", "before the treatment began"),
        ({"response": "progression"}, "progression", "Say that it progressed"),
        ({"progression": "yes"}, "progressed_on", "on which day it progressed"),
        ({"toxicity": "none"}, "toxicity", "It was worse before"),
        ({"toxicity": "not_assessed"}, "toxicity", "is recorded"),
        ({"toxicity": "grade_5", "toxicity_term": "Sepsis"}, "toxicity", "Record it on the page of the patient first"),
        ({"response": "fine"}, "response", "from the list"),
    ],
)
def test_what_does_not_follow_is_refused_with_what_to_do(ended, ana, found, field, words):
    told = refused(add, ended, ana, **found)
    assert list(told) == [field] and words in told[field][0]
    assert (now(ended).toxicity_on, now(ended).symptom_control_on) == (None, None)


def test_nothing_is_added_to_a_step_that_has_not_ended_or_never_began(running, ana):
    assert "has not ended" in refused(add, running, ana, response="stable")["__all__"][0]
    other = running.plan.steps.exclude(pk=running.pk).get()
    step_progress.skip_step(other, by=ana, expected_version=other.version, reason="patient_choice")
    assert "never began" in refused(add, other, ana, response="stable")["__all__"][0]


def test_two_who_add_at_once_do_not_write_over_each_other(ended, ana, omar):
    seen = ended.version
    add(ended, ana, response="partial", version=seen)
    with pytest.raises(Conflict):
        add(ended, omar, response="stable", version=seen)
    assert now(ended).response == "partial"


def test_what_an_amendment_took_over_is_told_there(ended, ana, chloe):
    new = plans.amend_plan(now(ended.plan), by=ana, reason="Another order.", expected_version=now(ended.plan).version)
    # While it is drafted the plan in force is where it stands.
    add(ended, ana, response="stable")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    here = Step.objects.get(carried_from=ended)
    assert (here.response, here.response_on) == ("stable", ended.board.today)
    told = refused(add, ended, ana, response="partial")["__all__"][0]
    assert f"step {here.number} of plan {new.number} now" in told
    assert now(add(here, ana, response="partial")).response == "partial"


def test_a_decision_is_no_treatment(board, ana, chloe):
    from careplans.services.arm_choice import choose_arm

    plan = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe).decision.plan
    decision = plan.steps.get(is_decision=True)
    decision = choose_arm(
        now(decision), by=ana, expected_version=now(decision).version, chosen_arm=None, on=board.today, reason="As seen.",
        why="now", **makers.OUTCOME,
    )  # fmt: skip
    die(decision, ana)
    told = refused(add, decision, ana, toxicity="grade_5", toxicity_term="Sepsis")
    assert "A decision is no treatment" in told["toxicity"][0]


# A death from treatment


def test_a_death_from_treatment_is_added_once_the_death_is_recorded(running, ana):
    assert "Record it on the page of the patient first" in refused(
        step_progress.stop_step, running, by=ana, expected_version=running.version, on=running.board.today,
        reason="toxicity_or_not_tolerated", **AT_ITS_END | {"toxicity": "grade_5"},
    )["toxicity"][0]  # fmt: skip
    die(running, ana)
    step = now(add(running, ana, toxicity="grade_5", toxicity_term="Febrile neutropenia"))
    assert (step.status, step.reason, step.response) == ("stopped", "died", "not_recorded")
    assert step.toxicity_words == f"Grade 5 (death): Febrile neutropenia, assessed {running.board.today:%-d %b %Y}"


def test_it_is_not_said_before_the_death(ended, ana):
    Step.objects.filter(pk=ended.pk).update(started_on=ended.board.today - timedelta(days=20))
    die(ended, ana)
    day = ended.board.today - timedelta(days=2)
    told = refused(add, ended, ana, toxicity="grade_5", toxicity_term="Sepsis", on=day)
    assert "The patient died" in told["on"][0]


def test_a_death_that_was_recorded_in_error_takes_the_grade_with_it(running, ana, chloe):
    die(running, ana)
    add(running, ana, toxicity="grade_5", toxicity_term="Sepsis")
    patient = now(running.case.patient)
    correct_death(patient, by=chloe, expected_version=patient.version, reason="another patient")
    step = now(running)
    assert (step.toxicity, step.toxicity_term) == ("not_recorded", "")
    event = Event.objects.get(step=step, kind="step_outcome_corrected")
    assert event.data["was"]["toxicity"] == "grade_5" and "another patient" in event.reason


def test_what_was_known_before_the_grade_5_stands_again_when_the_death_is_taken_back(ended, ana, chloe):
    add(ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased")
    die(ended, ana)
    add(ended, ana, toxicity="grade_5", toxicity_term="Sepsis")
    add(ended, ana, outcome="Autopsy refused.")
    patient = now(ended.case.patient)
    correct_death(patient, by=chloe, expected_version=patient.version, reason="another patient")
    step = now(ended)
    assert (step.toxicity, step.toxicity_term) == ("grade_3", "Creatinine increased")
    assert step.toxicity_on == step.board.today


def test_of_a_plan_too_grade_5_asks_for_the_death_and_goes_with_it(ended, ana, chloe):
    plan = now(ended.plan)
    plan_ending.revoke_plan(
        plan,
        by=ana,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="x",
        ahead=makers.NOTHING_AHEAD,
    )

    def add_to_plan():
        plan = now(ended.plan)
        later_outcomes.add_plan_outcome(
            plan, by=ana, expected_version=plan.version, on=plan.board.today, toxicity="grade_5", toxicity_term="Sepsis"
        )

    assert "page of the patient first" in refused(add_to_plan)["toxicity"][0]
    die(ended, ana)
    add_to_plan()
    patient = now(ended.case.patient)
    correct_death(patient, by=chloe, expected_version=patient.version, reason="another patient")
    plan = now(ended.plan)
    assert (plan.toxicity, plan.toxicity_term, plan.toxicity_on) == ("not_recorded", "", None)


def test_a_case_that_goes_to_a_patient_who_lives_takes_no_death_along(running, board, ana, chloe):
    die(running, ana)
    add(running, ana, toxicity="grade_5", toxicity_term="Sepsis")
    other = makers.make_case(board, by=ana, record_number="SYN-2").patient
    move = ask_move_case(now(running.case), by=ana, to=other.pk, reason="The letter is of the other patient.")
    move = now(move)
    confirm(
        move,
        by=chloe,
        expected_version=move.version,
        from_version=move.from_patient.version,
        to_version=move.to_patient.version,
    )
    step = now(running)
    assert (step.case.patient, step.toxicity) == (other, "not_recorded")


def test_of_what_nothing_is_recorded_nothing_is_corrected(running, ana):
    die(running, ana)
    told = refused(correct, running, ana, toxicity="grade_3", toxicity_term="Sepsis")
    assert "Add it instead" in told["toxicity"][0]


def test_it_has_not_progressed_after_the_day_on_which_it_was_assessed(ended, ana):
    day = ended.board.today
    Step.objects.filter(pk=ended.pk).update(started_on=day - timedelta(days=20))
    told = refused(add, ended, ana, progression="yes", progressed_on=day, on=day - timedelta(days=1))
    assert "after the day on which it was assessed" in told["progressed_on"][0]


def test_the_outcome_of_a_plan_is_not_older_than_the_plan(ended, ana):
    plan = now(ended.plan)
    plan_ending.revoke_plan(
        plan,
        by=ana,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="x",
        ahead=makers.NOTHING_AHEAD,
    )
    plan, day = now(ended.plan), date(2010, 1, 1)
    told = refused(
        later_outcomes.add_plan_outcome, plan, by=ana, expected_version=plan.version, on=day, response="stable"
    )
    assert list(told) == ["on"]


# What is put right


def test_a_correction_says_why_and_keeps_what_stood_there(ended, ana):
    step = now(correct(ended, ana, toxicity="none", outcome="Went very well."))
    assert (step.toxicity, step.toxicity_term, step.outcome) == ("none", "", "Went very well.")
    assert step.toxicity_on is None
    event = Event.objects.get(step=step, kind="step_outcome_corrected")
    assert event.reason == "of another scan"
    assert (event.data["was"]["toxicity"], event.data["was"]["toxicity_term"]) == ("grade_1", "Nausea")


@pytest.mark.parametrize(
    ("right", "field", "words"),
    [
        ({"why": " ", "toxicity": "none"}, "why", "Give a reason"),
        ({"toxicity": "grade_1"}, "__all__", "That is what is recorded"),
        ({"response": "partial"}, "response_on", "on which day the response"),
        ({"progressed_on": date(2026, 1, 1)}, "progressed_on", ""),
        ({"toxicity_on": date(2026, 1, 1), "toxicity": "none"}, "toxicity_on", "was added after the end"),
        ({"toxicity": "not_assessed", "toxicity_term": "Nausea"}, "toxicity_term", ""),
        ({"toxicity": "grade_5", "toxicity_term": "Sepsis"}, "toxicity", "page of the patient first"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(ended, ana, right, field, words):
    told = refused(correct, ended, ana, **right)
    assert field in told and words in told[field][0]
    assert now(ended).toxicity == "grade_1"


def test_only_the_day_of_a_response_is_put_right(ended, ana):
    Step.objects.filter(pk=ended.pk).update(started_on=ended.board.today - timedelta(days=20))
    add(ended, ana, response="partial")
    day = ended.board.today - timedelta(days=3)
    step = now(correct(ended, ana, response_on=day))
    assert (step.response, step.response_on) == ("partial", day)


# A plan


@pytest.fixture
def done(ended, ana, chloe):
    plan = now(ended.plan)
    for step in plan.steps.exclude(pk=ended.pk):
        step_progress.skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    return plan_ending.complete_plan(
        plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **AT_ITS_END
    )


def test_the_outcome_of_a_plan_is_added_to_and_put_right(done, chloe):
    plan = later_outcomes.add_plan_outcome(
        now(done), by=chloe, expected_version=done.version, on=done.board.today, response="stable", outcome_note="CT."
    )
    assert (now(plan).response, now(plan).response_on) == ("stable", done.board.today)
    later_outcomes.correct_plan_outcome(
        now(done), by=chloe, expected_version=plan.version, why="read again", response="partial"
    )
    plan = now(done)
    assert (plan.response, plan.response_on) == ("partial", done.board.today)
    kinds = Event.objects.filter(plan=plan, step=None, kind__startswith="plan_outcome").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["plan_outcome_added", "plan_outcome_corrected"]


def test_a_plan_in_force_has_no_outcome_yet(running, chloe):
    plan = now(running.plan)
    with pytest.raises(ValidationError, match="has not ended"):
        later_outcomes.add_plan_outcome(
            plan, by=chloe, expected_version=plan.version, on=plan.board.today, response="stable"
        )


# Over the API


def test_a_program_adds_and_corrects(ended, ana):
    api = Api(ana)
    today = ended.board.today.isoformat()
    sent = api.post(f"/steps/{ended.pk}/add-outcome/", {"on": today, "response": "stable"}, version=ended.version)
    assert sent.status_code == 200 and sent.json()["response_on"] == today
    body = {"why": "read again", "response": "partial"}
    sent = api.post(f"/steps/{ended.pk}/correct-outcome/", body, version=sent.json()["version"])
    assert (sent.status_code, sent.json()["response"], sent.json()["response_on"]) == (200, "partial", today)
    stale = api.post(f"/steps/{ended.pk}/correct-outcome/", body, version=ended.version)
    assert stale.status_code == 412


def test_a_program_is_told_what_is_missing(ended, ana):
    sent = Api(ana).post(f"/steps/{ended.pk}/add-outcome/", {"response": "stable"}, version=ended.version)
    assert sent.status_code == 400 and "on" in str(sent.json())


def test_a_patient_who_is_dead_is_offered_grade_5_on_the_page(client, running, ana):
    client.force_login(ana)
    address = f"/steps/{running.pk}/deliver/"
    die(running, ana)
    assert Patient.objects.get(pk=running.case.patient_id).is_dead
    html = client.get(address).content.decode()
    assert "Add what was found after its end" in html and "Grade 5 (death)" in html
    sent = {
        "verb": "add_outcome", "version": now(running).version, "on": running.board.today.isoformat(),
        "toxicity": "grade_5", "toxicity_term": "Sepsis",
    }  # fmt: skip
    assert client.post(address, sent).status_code == 302
    assert now(running).toxicity == "grade_5"


def test_the_page_of_a_living_patient_says_where_a_death_is_recorded(client, ended, ana):
    client.force_login(ana)
    html = client.get(f"/steps/{ended.pk}/deliver/").content.decode()
    assert "Grade 5 (death)" not in html and "is recorded on the page of the patient first" in html


def test_the_page_of_a_plan_that_has_ended_takes_what_came_of_it_since(client, done, chloe):
    client.force_login(chloe)
    assert "What came of this plan since" in client.get(f"/plans/{done.pk}/").content.decode()
    sent = {"verb": "add_outcome", "version": done.version, "on": done.board.today.isoformat(), "response": "stable"}
    assert client.post(f"/plans/{done.pk}/close/", sent).status_code == 302
    assert Plan.objects.get(pk=done.pk).response == "stable"
    sent["response"] = ""
    refused_page = client.post(f"/plans/{done.pk}/close/", sent | {"version": now(done).version})
    assert refused_page.status_code == 400 and "Say what was found" in refused_page.content.decode()


def test_the_course_tells_what_came_of_each_step_on_its_day(client, ended, ana):
    client.force_login(ana)
    add(ended, ana, response="partial")
    html = client.get(f"/cases/{ended.case_id}/course/").content.decode()
    assert "Response: Partial response (PR)" in html and "Toxicity: Grade 1 (mild): Nausea" in html


def test_fhir_tells_a_death_from_treatment_as_fatal_and_a_later_response_with_its_day(running, ana, chloe):
    die(running, ana)
    add(running, ana, toxicity="grade_5", toxicity_term="Sepsis", response="stable")
    event = Fhir(chloe).one(f"AdverseEvent/step-{running.pk}")
    assert event["outcome"]["coding"][0]["code"] == "fatal"
    response = Fhir(chloe).one(f"Observation/step-{running.pk}-response")
    assert response["effectiveDateTime"] == running.board.today.isoformat()

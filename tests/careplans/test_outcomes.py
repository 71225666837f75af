"""What came of a step and of a plan: answered in full, kept as answered, and shown with its days and its term."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from careplans.models import Plan, Step
from careplans.models.outcomes import ASKED, OUTCOME_FIELDS
from careplans.services import plan_ending, plans, step_progress
from careplans.services.outcomes import check_outcome
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem

TODAY = date(2026, 3, 10)
DAY = date(2026, 3, 3)
# Only what is added after the end has these.
DAYLESS = {"toxicity_on": None, "symptom_control_on": None}
FULL = {
    "response": "partial", "response_on": DAY, "progression": "no", "progressed_on": None, "toxicity": "grade_2",
    "toxicity_term": "Platelet count decreased", "symptom_control": "partly",
}  # fmt: skip


def refused(**changes):
    with pytest.raises(ValidationError) as told:
        check_outcome(FULL | changes, today=TODAY, since=date(2026, 1, 1))
    return told.value.message_dict


def test_a_full_answer_is_taken_as_it_is():
    assert check_outcome(FULL, today=TODAY) == FULL


def test_not_assessed_is_an_answer():
    assert check_outcome(makers.OUTCOME, today=TODAY)["response"] == "not_assessed"


@pytest.mark.parametrize("name", sorted(ASKED))
@pytest.mark.parametrize("value", ["", "not_recorded", "fine"])
def test_what_is_no_answer_is_asked_for(name, value):
    assert refused(**{name: value})[name] == [ASKED[name]]


def test_nothing_said_is_asked_for_and_never_the_best_case():
    with pytest.raises(ValidationError) as told:
        check_outcome({}, today=TODAY)
    assert set(told.value.message_dict) == set(ASKED)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"response_on": None}, "response_on", "on which day the response"),
        ({"response": "not_assessed"}, "response_on", "has no day"),
        ({"response_on": date(2026, 3, 11)}, "response_on", "lies in the future"),
        ({"response_on": date(2025, 12, 31)}, "response_on", "before the treatment began on 1 January 2026"),
        ({"response": "progression"}, "progression", "Say that it progressed"),
        ({"progression": "yes"}, "progressed_on", "on which day it progressed"),
        ({"progressed_on": DAY}, "progressed_on", "Say that it progressed"),
        ({"progression": "yes", "progressed_on": date(2026, 3, 11)}, "progressed_on", "lies in the future"),
        ({"toxicity_term": " "}, "toxicity_term", "Say in words"),
        ({"toxicity": "none"}, "toxicity_term", "Choose its grade"),
    ],
)  # fmt: skip
def test_a_day_and_a_term_belong_to_their_answer(changes, field, words):
    found = refused(**changes)
    assert list(found) == [field] and words in found[field][0]


def test_grade_5_is_a_death_and_is_recorded_of_the_patient():
    found = refused(toxicity="grade_5", toxicity_term="Sepsis")
    assert "Record it on the page of the patient first" in found["toxicity"][0]


# Steps and plans


@pytest.fixture
def active(board, ana, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)


@pytest.fixture
def running(active, ana):
    step = active.steps.order_by("position").first()
    return step_progress.start_step(step, by=ana, expected_version=step.version, on=active.board.today)


def said(board, **changes):
    today = board.today
    return FULL | {"response_on": today} | changes


def page(user, name, row):
    client = Client()
    client.force_login(user)
    return client.get(reverse(f"careplans:{name}", args=[row.pk])).content.decode()


@pytest.mark.django_db
def test_a_completed_step_keeps_and_shows_what_came_of_it(board, running, ana):
    today, before = board.today, board.today - timedelta(days=5)
    Step.objects.filter(pk=running.pk).update(started_on=before)
    progressed = said(board, response_on=before, progression="yes", progressed_on=today)
    step_progress.complete_step(
        Step.objects.get(pk=running.pk), by=ana, expected_version=running.version, on=today, fulfilment="not_assessed",
        **progressed,
    )  # fmt: skip
    step = Step.objects.get(pk=running.pk)
    assert {name: getattr(step, name) for name in OUTCOME_FIELDS} == progressed | {
        "toxicity_on": None,
        "symptom_control_on": None,
    }
    for name in ("plan", "plan_print"):
        html = page(ana, name, running.plan)
        for words in (
            f"Partial response (PR) on {before:%-d %b %Y}", f"Progressed on {today:%-d %b %Y}",
            "Grade 2 (moderate): Platelet count decreased", "Partly controlled", "carried out: not assessed",
        ):  # fmt: skip
            assert words in html


@pytest.mark.django_db
def test_a_step_stopped_for_progression_says_when_it_progressed(board, running, ana):
    stop = {"by": ana, "expected_version": running.version, "on": board.today, "reason": "progression"}
    with pytest.raises(ValidationError, match="stopped for progression"):
        step_progress.stop_step(running, **stop, **said(board))
    running.refresh_from_db()
    stopped = step_progress.stop_step(
        running, **stop, **said(board, response="progression", progression="yes", progressed_on=board.today)
    )
    assert (stopped.status, stopped.progressed_on) == ("stopped", board.today)


@pytest.mark.django_db
def test_a_step_that_never_began_is_not_done_and_not_stopped_in_part(board, active, ana):
    step = active.steps.order_by("position").last()
    step = step_progress.hold_step(
        step, by=ana, expected_version=step.version, on=board.today, due_on=board.today, reason="medical_reason"
    )
    with pytest.raises(ValidationError, match="Record that it is not done"):
        step_progress.stop_step(
            step, by=ana, expected_version=step.version, on=board.today, reason="patient_choice", **makers.OUTCOME
        )


@pytest.mark.django_db
def test_what_is_refused_on_the_page_keeps_what_was_typed(board, running, ana):
    client = Client()
    client.force_login(ana)
    typed = {"verb": "complete", "version": running.version, "toxicity_term": "Fatigue", "outcome": "Flushing gone"}
    response = client.post(reverse("careplans:step_deliver", args=[running.pk]), typed)
    html = response.content.decode()
    assert response.status_code == 400
    assert all(
        words in html for words in (*ASKED.values(), "Fatigue", "Flushing gone", "on which day it was completed")
    )


@pytest.mark.django_db
def test_an_amendment_takes_over_what_came_of_a_step(board, running, ana, chloe):
    step_progress.complete_step(
        running, by=ana, expected_version=running.version, on=board.today, fulfilment="full", **said(board)
    )
    new = plans.amend_plan(Plan.objects.get(pk=running.plan_id), by=ana, reason="Progression")
    makers.release(makers.submit(new, by=ana), by=chloe)
    copy = Step.objects.get(plan=new, carried_from=running)
    assert {name: getattr(copy, name) for name in OUTCOME_FIELDS} == said(board) | {
        "toxicity_on": None,
        "symptom_control_on": None,
    }


@pytest.mark.django_db
def test_the_outcome_of_a_plan_is_not_worked_out_from_its_steps(board, running, ana, chloe):
    step_progress.complete_step(
        running, by=ana, expected_version=running.version, on=board.today, fulfilment="full", **said(board)
    )
    other = running.plan.steps.order_by("position").last()
    step_progress.skip_step(other, by=ana, expected_version=other.version, reason="patient_choice")
    plan = Plan.objects.get(pk=running.plan_id)
    with pytest.raises(ValidationError) as told:
        plan_ending.complete_plan(plan, by=chloe, expected_version=plan.version)
    assert set(told.value.message_dict) == set(ASKED)
    plan = Plan.objects.get(pk=plan.pk)
    plan_ending.complete_plan(
        plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME
    )
    assert Plan.objects.get(pk=plan.pk).response == "not_assessed"
    assert "Not assessed" in page(ana, "plan", plan)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"response_on": TODAY}, {"progressed_on": TODAY}, {"toxicity_term": "Fatigue"}],
)
def test_the_database_wants_an_answer_behind_each_detail(active, wrong):
    for rows in (Plan.objects.filter(pk=active.pk), Step.objects.filter(plan=active)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


# The API


@pytest.mark.django_db
def test_a_missing_key_is_refused_with_the_sentence_that_asks_for_it(board, running, ana):
    api, path = Api(ana), f"/steps/{running.pk}/complete/"
    answer = api.post(path, {}, version=running.version)
    assert answer.status_code == 400
    assert set(attrs(answer)) == {"on", "fulfilment", *ASKED}
    told = {error["attr"]: error["detail"] for error in answer.json()["errors"]}
    assert {name: told[name] for name in ASKED} == ASKED
    body = {"on": board.today.isoformat(), "fulfilment": "full"} | makers.OUTCOME
    answer = api.post(path, body | {"response": "stable"}, version=running.version)
    assert (attrs(answer), problem(answer)) == (["response_on"], "Say on which day the response was assessed.")
    answer = api.post(path, body | {"response": "not_recorded"}, version=running.version)
    assert attrs(answer) == ["response"]
    assert problem(answer).startswith(f"{ASKED['response']} Use one of: complete, partial, ")


@pytest.mark.django_db
def test_the_api_answers_what_it_was_told(board, running, ana):
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in said(board).items()}
    body = {"on": board.today.isoformat(), "reason": "patient_choice"} | told
    answer = Api(ana).post(f"/steps/{running.pk}/stop/", body, version=running.version).json()
    assert {name: answer[name] for name in OUTCOME_FIELDS} == told | DAYLESS


@pytest.mark.django_db
def test_a_plan_is_not_completed_with_half_an_outcome(active, chloe):
    for step in active.steps.all():
        step_progress.skip_step(step, by=chloe, expected_version=step.version, reason="patient_choice")
    api, path = Api(chloe), f"/plans/{active.pk}/complete/"
    assert set(attrs(api.post(path, {"response": "not_assessed"}, version=active.version))) == {*ASKED} - {"response"}
    tomorrow = (active.board.today + timedelta(days=1)).isoformat()
    body = makers.OUTCOME | makers.NOTHING_AHEAD | {"progression": "yes", "progressed_on": tomorrow}
    answer = api.post(path, body, version=active.version)
    assert (attrs(answer), "future" in problem(answer)) == (["progressed_on"], True)
    answer = api.post(path, body | {"progressed_on": active.board.today.isoformat()}, version=active.version)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


@pytest.mark.django_db
def test_a_step_is_not_ended_with_a_death_that_nobody_recorded(board, running, ana):
    """Neither on the page, which does not offer it, nor over the API: the case would stay in care, and reminders would go on."""
    html = page(ana, "step_deliver", running)
    assert "Grade 4" in html and "Grade 5 (death)" not in html
    body = {"on": board.today.isoformat(), "fulfilment": "full"} | makers.OUTCOME
    body |= {"toxicity": "grade_5", "toxicity_term": "Sepsis"}
    answer = Api(ana).post(f"/steps/{running.pk}/complete/", body, running.version)
    assert answer.status_code == 400 and "on the page of the patient" in problem(answer)
    assert Step.objects.get(pk=running.pk).status == "in_progress"

"""What is added or put right of an outcome keeps one truth: of one event, of one day, and of one death."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from careplans.models import Event, Plan, Step
from careplans.services import later_outcomes, plan_ending
from careplans.services.care_ends import correct_death, record_death
from careplans.services.record_moves import ask_merge, confirm
from tests.careplans import makers
from tests.careplans.test_outcomes_later import add, correct, die, ended, now, refused, running
from tests.careplans.test_outcomes_parts import ago, long_ended

__all__ = ["ended", "long_ended", "running"]
pytestmark = pytest.mark.django_db


def take_back_death(step, by):
    patient = now(step.case.patient)
    correct_death(patient, by=by, expected_version=patient.version, reason="another patient")
    return now(step)


# One event


@pytest.mark.parametrize(("first", "then"), [("grade_1", "grade_4"), ("grade_3", "grade_5")])
def test_a_worse_grade_is_of_another_event_and_says_which(ended, ana, first, then):
    if first != "grade_1":
        add(ended, ana, toxicity=first, toxicity_term="Anaemia")
    if then == "grade_5":
        die(ended, ana)
    assert "what the adverse event was" in refused(add, ended, ana, toxicity=then)["toxicity_term"][0]
    assert now(add(ended, ana, toxicity=then, toxicity_term="Sepsis")).toxicity_term == "Sepsis"


def test_what_changed_since_the_grade_5_is_not_taken_for_what_was_known_before(ended, ana, chloe):
    add(ended, ana, toxicity="grade_3", toxicity_term="Neutropenia")
    die(ended, ana)
    add(ended, ana, toxicity="grade_5", toxicity_term="Neutropenia")
    correct(ended, ana, toxicity_term="Sepsis")
    step = take_back_death(ended, chloe)
    assert (step.toxicity, step.toxicity_term, step.toxicity_on) == ("grade_3", "Neutropenia", step.board.today)


def test_a_grade_5_that_was_said_again_after_a_correction_goes_back_to_what_stood_last(ended, ana, chloe):
    die(ended, ana)
    today = ended.board.today
    add(ended, ana, toxicity="grade_5", toxicity_term="Sepsis")
    correct(ended, ana, toxicity="grade_2", toxicity_term="Fatigue")
    correct(ended, ana, toxicity="grade_5", toxicity_term="Sepsis", toxicity_on=today)
    step = take_back_death(ended, chloe)
    assert (step.toxicity, step.toxicity_term) == ("grade_2", "Fatigue")


# One day


def test_an_older_finding_of_symptoms_stands_behind_a_newer_one(long_ended, ana):
    add(long_ended, ana, symptom_control="yes", on=ago(long_ended, 2))
    told = refused(add, long_ended, ana, symptom_control="no", on=ago(long_ended, 20))
    assert "which is newer" in told["symptom_control"][0]
    assert now(add(long_ended, ana, symptom_control="no", on=ago(long_ended, 1))).symptom_control == "no"


def test_what_was_so_before_the_end_stands_behind_what_was_recorded_with_it(long_ended, ana):
    assert long_ended.symptom_control == "partly"
    assert (
        "which is newer"
        in refused(add, long_ended, ana, symptom_control="no", on=ago(long_ended, 50))["symptom_control"][0]
    )


@pytest.mark.parametrize("days", [10, 5])
def test_it_did_not_progress_before_its_best_response(long_ended, ana, days):
    add(long_ended, ana, response="partial", on=ago(long_ended, 5))
    told = refused(add, long_ended, ana, progression="yes", progressed_on=ago(long_ended, days), on=ago(long_ended, 1))
    assert "until it progressed" in told["progressed_on"][0]
    step = now(add(long_ended, ana, progression="yes", progressed_on=ago(long_ended, 4), on=ago(long_ended, 1)))
    assert (step.response, step.progressed_on) == ("partial", ago(step, 4))


# One death


def test_a_correction_to_grade_5_says_on_which_day_that_was_judged(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Sepsis", on=ago(long_ended, 20))
    die(long_ended, ana)
    assert "on which day it was judged" in refused(correct, long_ended, ana, toxicity="grade_5")["toxicity_on"][0]
    early = {"toxicity": "grade_5", "toxicity_on": ago(long_ended, 20)}
    assert "The patient died" in refused(correct, long_ended, ana, **early)["toxicity_on"][0]
    step = now(correct(long_ended, ana, toxicity="grade_5", toxicity_on=long_ended.board.today))
    assert (step.toxicity, step.toxicity_on) == ("grade_5", step.board.today)


def test_what_was_recorded_with_the_end_can_be_put_right_to_grade_5(ended, ana):
    die(ended, ana)
    step = now(correct(ended, ana, toxicity="grade_5", toxicity_term="Sepsis", toxicity_on=ended.board.today))
    assert (step.toxicity, step.toxicity_on) == ("grade_5", step.board.today)


def test_the_page_asks_for_the_day_of_a_grade_5_and_keeps_what_was_typed(ended, ana, client):
    die(ended, ana)
    client.force_login(ana)
    path = reverse("careplans:step_deliver", args=[ended.pk])
    assert "id_correct_outcome_toxicity_on" in client.get(path).content.decode()
    sent = {
        "verb": "correct_outcome", "version": now(ended).version, "toxicity": "grade_5", "toxicity_term": "Sepsis",
        "words": "Autopsy.", "why": "The letter said so.",
    }  # fmt: skip
    answer = client.post(path, sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "on which day it was judged" in page and "The letter said so." in page
    assert client.post(path, sent | {"toxicity_on": ended.board.today.isoformat()}).status_code == 302
    assert now(ended).toxicity == "grade_5"


def test_two_records_of_one_who_died_on_a_day_nobody_knows_keep_the_death_from_treatment(ended, board, ana, chloe):
    other = makers.make_patient(board, by=ana, record_number="SYN-2")
    for patient in (ended.case.patient, other):
        row = now(patient)
        record_death(row, by=ana, expected_version=row.version, source="Ward", year=None, month=None, day=None)
    add(ended, ana, toxicity="grade_5", toxicity_term="Sepsis")
    move = now(ask_merge(now(ended.case.patient), by=ana, into=other.pk, reason="Same insurance number."))
    confirm(
        move, by=chloe, expected_version=move.version, from_version=move.from_patient.version,
        to_version=move.to_patient.version,
    )  # fmt: skip
    step = now(ended)
    assert (step.case.patient, step.toxicity, step.toxicity_term) == (other, "grade_5", "Sepsis")
    assert not Event.objects.filter(step=step, kind="step_outcome_corrected").exists()


@pytest.fixture
def revoked(ended, ana):
    """A plan of a patient who lives, with an outcome of the whole."""
    plan = now(ended.plan)
    reason = {"reason_code": "patient_choice", "reason": "x", "ahead": makers.NOTHING_AHEAD}
    plan_ending.revoke_plan(plan, by=ana, expected_version=plan.version, **reason)
    Plan.objects.filter(pk=plan.pk).update(toxicity="grade_1", toxicity_term="Nausea")
    return now(plan)


def put_right(plan, by, **right):
    return later_outcomes.correct_plan_outcome(plan, by=by, expected_version=plan.version, why="x", **right)


def test_nobody_alive_died_of_a_plan(revoked, ana):
    told = refused(put_right, revoked, ana, toxicity="grade_5", toxicity_on=revoked.board.today)
    assert "page of the patient first" in told["toxicity"][0]


def test_what_was_stopped_for_progression_is_not_put_right_to_none(long_ended, ana):
    Step.objects.filter(pk=long_ended.pk).update(
        status="stopped", reason="progression", progression="yes", progressed_on=ago(long_ended, 41)
    )
    assert "stopped for progression" in refused(correct, long_ended, ana, progression="no")["progression"][0]


# Who may


@pytest.mark.parametrize("who", ["otto", "nina", "anselm"])
def test_the_services_ask_by_themselves_who_may(ended, revoked, ana, who, request):
    person = request.getfixturevalue(who)
    day = ended.board.today
    for verb in (
        lambda: add(ended, person, response="partial"),
        lambda: correct(ended, person, progression="not_assessed"),
        lambda: later_outcomes.add_plan_outcome(
            revoked, by=person, expected_version=revoked.version, on=day, symptom_control="yes"
        ),
        lambda: put_right(revoked, person, toxicity="grade_2"),
    ):
        with pytest.raises(PermissionDenied):
            verb()

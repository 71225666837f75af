"""Each part of an outcome that is added after the end has its own day; the best response and the worst toxicity stay."""

import re
from datetime import date, timedelta

import pytest

from careplans.models import Event, Plan, Step
from careplans.readers.known.asked import read_asked
from careplans.readers.known.course import course_of
from careplans.services import later_outcomes, step_progress
from careplans.services.care_ends import record_death
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.fhir.fhir import Fhir
from tests.careplans.reports.scorecard.asking import on
from tests.careplans.test_outcomes_later import add, correct, die, ended, now, refused, running

__all__ = ["ended", "running"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def long_ended(ended):
    """It began 60 days ago and ended 45 days ago, so that there is room for days after it."""
    day = ended.board.today
    Step.objects.filter(pk=ended.pk).update(started_on=day - timedelta(days=60), ended_on=day - timedelta(days=45))
    return now(ended)


def ago(step, days):
    return step.board.today - timedelta(days=days)


# Each part has its own day


def test_only_what_is_said_now_gets_its_day(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    step = now(add(long_ended, ana, symptom_control="yes", on=ago(long_ended, 5)))
    assert (step.toxicity_on, step.symptom_control_on) == (ago(step, 10), ago(step, 5))
    assert (step.response_on, step.progressed_on) == (None, None)


def test_words_alone_move_no_day(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    step = now(add(long_ended, ana, outcome="Seen at the ward."))
    assert (step.toxicity_on, step.symptom_control_on) == (ago(step, 10), None)
    assert f"{step.board.today:%-d %b %Y}: Seen at the ward." in step.outcome


def test_that_nobody_looked_has_no_day(running, ana):
    die(running, ana)
    step = now(add(running, ana, toxicity="not_assessed", symptom_control="not_applicable"))
    assert (step.toxicity, step.toxicity_on, step.symptom_control_on) == ("not_assessed", None, None)


def test_the_words_of_each_part_say_its_day(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    step = now(add(long_ended, ana, symptom_control="yes", on=ago(long_ended, 5)))
    assert step.toxicity_words == f"Grade 3 (severe): Creatinine increased, assessed {ago(step, 10):%-d %b %Y}"
    assert step.symptom_control_words == f"Controlled, assessed {ago(step, 5):%-d %b %Y}"


def test_the_day_of_a_part_is_put_right_and_only_where_it_has_one(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    step = now(correct(long_ended, ana, toxicity_on=ago(long_ended, 8)))
    assert (step.toxicity, step.toxicity_on) == ("grade_3", ago(step, 8))
    told = refused(correct, long_ended, ana, symptom_control_on=ago(long_ended, 8))
    assert "no such day" in told["symptom_control_on"][0]
    assert now(correct(long_ended, ana, toxicity="not_assessed")).toxicity_on is None


def test_the_form_that_corrects_offers_the_days_that_there_are(client, long_ended, ana):
    client.force_login(ana)
    address = f"/steps/{long_ended.pk}/deliver/"
    assert "id_correct_outcome_toxicity_on" not in client.get(address).content.decode()
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    html = client.get(address).content.decode()
    [control] = re.findall(r'<input[^>]*id="id_correct_outcome_toxicity_on"[^>]*>', html)
    assert "value=" not in control and "id_correct_outcome_symptom_control_on" not in html


def test_a_death_from_treatment_keeps_its_day_whatever_is_added_since(running, ana):
    Step.objects.filter(pk=running.pk).update(started_on=ago(running, 20))
    patient, day = running.case.patient, ago(running, 10)
    patient.refresh_from_db()
    record_death(
        patient, by=ana, expected_version=patient.version, source="Ward", year=day.year, month=day.month, day=day.day
    )
    add(running, ana, toxicity="grade_5", toxicity_term="Sepsis", on=ago(running, 9))
    step = now(add(running, ana, toxicity="grade_5", toxicity_term="Renal failure", outcome="Autopsy."))
    assert (step.toxicity_on, step.toxicity_term) == (ago(step, 9), "Sepsis; Renal failure")
    told = refused(correct, step, ana, toxicity_on=ago(step, 12))
    assert "The patient died" in told["toxicity_on"][0]


# The best response counts


def test_a_better_response_takes_the_place_of_a_recorded_one(long_ended, ana):
    add(long_ended, ana, response="stable", on=ago(long_ended, 10))
    step = now(add(long_ended, ana, response="partial", on=ago(long_ended, 20)))
    assert (step.response, step.response_on) == ("partial", ago(step, 20))


@pytest.mark.parametrize(
    ("found", "then"),
    [
        ({"response": "progression", "progression": "yes"}, "Say under progression that it progressed, and when."),
        ({"response": "stable"}, "Leave the response as recorded."),
        ({"response": "partial"}, "Leave the response as recorded."),
        ({"response": "not_evaluable"}, "Leave the response as recorded."),
    ],
)
def test_a_response_that_is_not_better_is_refused_with_what_to_do(long_ended, ana, found, then):
    day = ago(long_ended, 20)
    add(long_ended, ana, response="partial", on=day)
    found |= {"progressed_on": long_ended.board.today} if "progression" in found else {}
    told = refused(add, long_ended, ana, **found)
    assert told == {"response": [f"Partial response of {day:%-d %B %Y} is recorded, and stays as the best. {then}"]}
    assert now(long_ended).response_on == day


def test_progression_is_recorded_beside_the_best_response(long_ended, ana):
    add(long_ended, ana, response="partial", on=ago(long_ended, 20))
    step = now(add(long_ended, ana, progression="yes", progressed_on=ago(long_ended, 5)))
    assert (step.response, step.response_on) == ("partial", ago(step, 20))
    assert (step.progression, step.progressed_on) == ("yes", ago(step, 5))


def test_after_a_progression_no_better_response_is_added(long_ended, ana):
    day = ago(long_ended, 10)
    add(long_ended, ana, response="progression", progression="yes", progressed_on=day, on=day)
    told = refused(add, long_ended, ana, response="partial")
    assert f"It progressed on {day:%-d %B %Y}" in told["response"][0] and "what came next" in told["response"][0]
    # A scan from before it is of this treatment.
    assert now(add(long_ended, ana, response="stable", on=ago(long_ended, 30))).response == "stable"


def test_a_response_and_an_earlier_progression_are_not_added_at_once(long_ended, ana):
    told = refused(add, long_ended, ana, response="partial", progression="yes", progressed_on=ago(long_ended, 3))
    assert "what came next" in told["response"][0]


@pytest.mark.parametrize("days", [3, 20])
def test_the_first_day_of_progression_stays(long_ended, ana, days):
    first = ago(long_ended, 10)
    add(long_ended, ana, progression="yes", progressed_on=first)
    told = refused(add, long_ended, ana, progression="yes", progressed_on=ago(long_ended, days))
    assert f"That it progressed on {first:%-d %B %Y} is recorded: the first day counts." in told["progressed_on"][0]
    assert now(long_ended).progressed_on == first
    assert now(correct(long_ended, ana, progressed_on=ago(long_ended, 20))).progressed_on == ago(long_ended, 20)


def test_the_forms_say_that_the_best_response_counts(client, running, long_ended, ana):
    client.force_login(ana)
    other = running.plan.steps.exclude(pk=running.pk).get()
    step_progress.start_step(other, by=ana, expected_version=other.version, on=other.board.today, why="early")
    for step in (long_ended, other):
        assert "best response" in client.get(f"/steps/{step.pk}/deliver/").content.decode()


# The worst toxicity


def test_another_event_of_the_same_grade_stands_beside_the_first(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="pancreatic fistula", on=ago(long_ended, 20))
    step = now(add(long_ended, ana, toxicity="grade_3", toxicity_term="diabetes"))
    assert (step.toxicity_term, step.toxicity_on) == ("pancreatic fistula; diabetes", ago(step, 20))
    assert now(add(long_ended, ana, toxicity="grade_3", toxicity_term="Diabetes")).toxicity_term == step.toxicity_term
    told = refused(add, long_ended, ana, toxicity="grade_3", toxicity_term="x" * 110)
    assert "in words" in told["toxicity_term"][0]
    event = Event.objects.filter(step=step, kind="step_outcome_added").order_by("id")[1]
    assert event.data["day"] == step.board.today.isoformat()


def test_a_worse_event_takes_the_place_with_its_day(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 20))
    step = now(add(long_ended, ana, toxicity="grade_4", toxicity_term="Neutropenia"))
    assert (step.toxicity, step.toxicity_term, step.toxicity_on) == ("grade_4", "Neutropenia", step.board.today)


def test_an_event_of_a_lower_grade_is_added_in_words(long_ended, ana):
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased")
    told = refused(add, long_ended, ana, toxicity="grade_2", toxicity_term="Anaemia")
    assert "Add this one in words" in told["toxicity"][0]


# Elsewhere


def test_fhir_tells_the_day_of_a_late_toxicity_and_of_symptom_control(long_ended, ana, chloe):
    name = f"step-{long_ended.pk}"
    assert "date" not in Fhir(chloe).one(f"AdverseEvent/{name}")
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased", on=ago(long_ended, 10))
    add(long_ended, ana, symptom_control="yes", on=ago(long_ended, 5))
    assert Fhir(chloe).one(f"AdverseEvent/{name}")["date"] == ago(long_ended, 10).isoformat()
    control = Fhir(chloe).one(f"Observation/{name}-symptom-control")
    assert control["effectiveDateTime"] == ago(long_ended, 5).isoformat()


def test_a_program_is_told_and_corrects_each_day(long_ended, ana):
    api = Api(ana)
    today = long_ended.board.today.isoformat()
    body = {"on": today, "toxicity": "grade_3", "toxicity_term": "Anaemia"}
    sent = api.post(f"/steps/{long_ended.pk}/add-outcome/", body, version=long_ended.version).json()
    assert (sent["toxicity_on"], sent["symptom_control_on"]) == (today, None) and "outcome_on" not in sent
    day = ago(long_ended, 2).isoformat()
    body = {"why": "of another visit", "toxicity_on": day}
    sent = api.post(f"/steps/{long_ended.pk}/correct-outcome/", body, version=sent["version"])
    assert (sent.status_code, sent.json()["toxicity_on"]) == (200, day)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"verb": "add_outcome", "response": "stable"}, "Outcome added."),
        ({"verb": "correct_outcome", "toxicity": "none", "why": "read again"}, "Outcome corrected."),
    ],
)
def test_the_page_says_what_was_done(client, ended, ana, sent, words):
    client.force_login(ana)
    sent |= {"version": now(ended).version} | ({"on": ended.board.today.isoformat()} if "response" in sent else {})
    html = client.post(f"/steps/{ended.pk}/deliver/", sent, follow=True).content.decode()
    assert words in html


def test_what_is_recorded_stands_above_the_control_whole(client, long_ended, ana):
    client.force_login(ana)
    add(long_ended, ana, toxicity="grade_3", toxicity_term="Creatinine increased")
    html = client.get(f"/steps/{long_ended.pk}/deliver/").content.decode()
    assert "Recorded: Grade 3 (severe): Creatinine increased" in html
    assert ">As recorded: " not in html and ">As recorded<" in html


# As of a past day, by what is known now


@pytest.fixture
def of_march(board, ana, chloe):
    """Ended on 12 March with its outcome, and added to on 2 April."""
    with on(3, 2):
        plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)
        step = plan.steps.order_by("position").first()
        step = step_progress.start_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 2), why="early")
    with on(3, 12):
        step = step_progress.complete_step(
            now(step), by=ana, expected_version=now(step).version, on=date(2026, 3, 12), fulfilment="full", outcome="Well.",
            response="stable", response_on=date(2026, 3, 11), progression="no", toxicity="grade_1", toxicity_term="Nausea",
            symptom_control="partly",
        )  # fmt: skip
    with on(4, 2):
        later_outcomes.add_outcome(
            now(step), by=ana, expected_version=now(step).version, on=date(2026, 4, 2), response="partial",
            toxicity="grade_3", toxicity_term="Anaemia", symptom_control="yes", outcome="CT.",
        )  # fmt: skip
    return now(step)


def told_on(step, day, known_by="now"):
    with on(4, 10):
        found = course_of(step.case, read_asked({"as_of": day, "known_by": known_by}))
    return next(row for plan in found.plans for row in plan.steps.all() if row.pk == step.pk)


@pytest.mark.parametrize("known_by", ["now", "2026-03-20"])
def test_a_course_of_a_past_day_tells_what_stood_then(of_march, known_by):
    row = told_on(of_march, "2026-03-20", known_by)
    assert (row.response, row.response_on, row.progression) == ("stable", date(2026, 3, 11), "no")
    assert (row.toxicity_words, row.symptom_control, row.symptom_control_on) == (
        "Grade 1 (mild): Nausea", "partly", None,
    )  # fmt: skip
    assert row.outcome == "Well."
    row = told_on(of_march, "2026-04-02")
    assert (row.response, row.toxicity, row.symptom_control) == ("partial", "grade_3", "yes")
    assert row.outcome == "Well.\n2 Apr 2026: CT."


def test_words_that_were_put_right_are_told_of_a_past_day_as_they_are(of_march, ana):
    with on(4, 5):
        correct(of_march, ana, outcome="Of another patient.")
    assert told_on(of_march, "2026-03-20").outcome == "Of another patient."


def test_a_plan_keeps_its_days_by_part_too(running):
    names = {field.name for field in Plan._meta.get_fields()}
    assert {"toxicity_on", "symptom_control_on"} <= names and "outcome_on" not in names

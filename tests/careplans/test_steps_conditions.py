"""A condition in words stands with the recorded value and its date wherever something of the step begins or is given."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import Occurrence, Step
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import hold_step, start_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db
BESIDE = "In the proforma, beside “only if”"


@pytest.fixture
def course(board, ana, omar, chloe):
    """Four cycles on a condition; the first has been given."""
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.CYCLES, only_if="eGFR above 40")
    save_proforma(course.case, {"egfr_ml_min": "58", "egfr_on": date(2026, 3, 2)}, by=ana)
    give(course, 1, omar)
    return now(course)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board").get(pk=step.pk)


def row(step, number):
    return Occurrence.objects.for_page().get(step=step, number=number)


def give(step, number, by):
    one = row(step, number)
    give_occurrence(one, by=by, expected_version=one.version, on=one.board.today, move_later=True, why="agreed")


def read(person, name, *args):
    return browser(person).get(url(name, *args)).content.decode()


def test_the_second_cycle_too_shows_the_condition_and_the_recorded_value_with_its_date(course, omar):
    page = read(omar, "occurrence", row(course, 2).pk)
    assert BESIDE in page
    for words in ("eGFR above 40", "<strong>58 ", "2 Mar 2026"):
        assert words in page


def test_the_page_of_the_step_shows_it_while_cycles_are_still_given(course, omar):
    assert "<strong>58 " in read(omar, "step_deliver", course.pk)


def test_a_cycle_that_was_given_asks_nothing_any_more(course, omar):
    page = read(omar, "occurrence", row(course, 1).pk)
    assert "eGFR above 40" in page
    assert BESIDE not in page


def test_a_step_that_goes_on_after_a_break_shows_it(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, course="once", only_if="eGFR above 40")
    save_proforma(step.case, {"egfr_ml_min": "58"}, by=ana)
    seen = {"by": omar, "on": board.today, "due_on": board.today + timedelta(days=9)}
    start_step(step, expected_version=step.version, why="agreed", **seen)
    assert BESIDE not in read(omar, "step_deliver", step.pk)
    step = now(step)
    hold_step(step, expected_version=step.version, reason="medical_reason", **seen)
    page = read(omar, "step_deliver", step.pk)
    assert BESIDE in page
    assert "<strong>58 " in page


def test_a_program_reads_the_condition_with_the_recorded_value_and_its_date(course, omar):
    found = Api(omar).get(f"/steps/{course.pk}/condition/").json()
    assert found["only_if"] == "eGFR above 40"
    [fact] = found["recorded"]
    assert (fact["name"], fact["label"]) == ("egfr_ml_min", "eGFR")
    assert fact["text"].startswith("58")
    assert fact["found"] == "2 Mar 2026"
    assert fact["changed_at"] is not None


def test_a_program_reads_nothing_where_nothing_is_asked(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    assert Api(ana).get(f"/steps/{step.pk}/condition/").json() == {"only_if": "", "recorded": []}


def reads_of_steps(client, path):
    """How often the page asks for the steps of a plan, its open ones or those of an arm."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    asked = [one["sql"].partition(" WHERE ")[2] for one in captured if 'FROM "careplans_step" ' in one["sql"]]
    return [where for where in asked if '"careplans_step"."id" =' not in where]


def test_the_page_of_a_step_reads_the_steps_of_its_plan_once(board, ana, omar, chloe):
    _, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    assert len(reads_of_steps(browser(omar), url("step_deliver", second.pk))) == 1


def test_the_page_of_a_decision_reads_the_steps_of_its_plan_once(board, ana, omar, chloe):
    plan = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)
    client, path = browser(omar), url("step_deliver", plan.decision.pk)
    assert len(reads_of_steps(client, path)) == 1
    assert queries_of(client, path) <= 22

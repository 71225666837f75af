"""Days that contradict what was given, or the patient's birth, are asked about and not taken."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.services.step_progress import complete_step, hold_step, start_step, stop_step
from tests.careplans import makers
from tests.careplans.test_arms_choose import choose, now
from tests.careplans.test_occurrences_record import days, give

pytestmark = pytest.mark.django_db
TODAY, DAY = makers.TODAY, timedelta(days=1)
LONG_AGO = date(1901, 1, 1)


@pytest.fixture
def course(board, ana, chloe):
    """Two cycles, both given: 40 and 3 days ago."""
    step = makers.make_course(board, by=ana, chair=chloe, **(makers.CYCLES | {"occurrences_planned": 2}))
    give(step, 1, ana, on=TODAY() - 40 * DAY, move_later=True, why="As the test needs it.")
    give(step, 2, ana, on=TODAY() - 3 * DAY, move_later=True)
    return now(step)


def test_a_course_does_not_end_before_its_last_cycle(course, ana):
    seen = {"by": ana, "expected_version": course.version, "on": TODAY() - 30 * DAY}
    with pytest.raises(ValidationError, match="The last cycle was given on"):
        complete_step(course, fulfilment="full", **seen, **makers.OUTCOME)
    with pytest.raises(ValidationError, match="The last cycle was given on"):
        stop_step(course, reason="patient_choice", **seen, **makers.OUTCOME)


def test_a_break_does_not_begin_before_the_last_cycle(course, ana):
    seen = {"by": ana, "expected_version": course.version, "reason": "medical_reason", "due_on": TODAY()}
    with pytest.raises(ValidationError, match="the break cannot begin before that"):
        hold_step(course, on=TODAY() - 20 * DAY, **seen)
    assert hold_step(course, on=TODAY() - 3 * DAY, **seen).status == "on_hold"


def test_nothing_is_given_before_the_patient_was_born(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    before = days(step)
    with pytest.raises(ValidationError, match="The patient was born on"):
        give(step, 1, ana, on=LONG_AGO, move_later=True)
    assert days(step) == before


def test_nothing_begins_or_is_decided_before_the_patient_was_born(board, ana, chloe):
    plan = makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    first = now(plan.first)
    with pytest.raises(ValidationError, match="The patient was born on"):
        start_step(first, by=ana, expected_version=first.version, on=LONG_AGO, due_on=TODAY(), why="-")
    with pytest.raises(ValidationError, match="The patient was born on"):
        choose(plan, plan.other, ana, on=LONG_AGO)

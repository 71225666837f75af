"""A rhythm in months keeps the day of the month on which it began, however short a month between was."""

from datetime import date

import pytest

from careplans.models import FollowUp, Occurrence, Plan, Step
from careplans.services.followups import complete_follow_up, next_of_course
from careplans.services.occurrence_progress import omit_occurrence
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hand_over_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.test_occurrences_record import days, give, row

pytestmark = pytest.mark.django_db
MONTHLY = {"interval": 1, "interval_unit": "months"}
MONITORED = [{"kind": "markers", "when": "course", "interval": 1, "interval_unit": "months"}]


def begin(step, day):
    Occurrence.objects.filter(step=step, number=1).update(planned_on=day)


def test_after_30_january_and_28_february_comes_30_march(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **(makers.ONGOING | MONTHLY))
    begin(step, date(2026, 1, 30))
    give(step, 1, omar, on=date(2026, 1, 30))
    give(step, 2, omar, on=date(2026, 2, 28))
    one = row(step, 3)
    omit_occurrence(one, by=omar, expected_version=one.version, reason="patient_choice")
    assert days(step) == [date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 30), date(2026, 4, 30)]


def test_a_rhythm_that_was_moved_keeps_the_day_to_which_it_was_moved(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **(makers.ONGOING | MONTHLY))
    begin(step, date(2026, 1, 15))
    give(step, 1, omar, on=date(2026, 1, 28), move_later=True, why="moved")
    assert days(step)[1] == date(2026, 2, 28)
    give(step, 2, omar, on=date(2026, 2, 28))
    assert days(step)[2] == date(2026, 3, 28)


def test_a_day_that_was_agreed_in_between_sets_the_day_of_the_month_anew(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **(makers.ONGOING | MONTHLY))
    begin(step, date(2026, 1, 31))
    give(step, 1, omar, on=date(2026, 1, 31))
    Occurrence.objects.filter(step=step, number=2).update(planned_on=date(2026, 2, 20))
    give(step, 2, omar, on=date(2026, 2, 20), why="agreed")
    Occurrence.objects.filter(step=step, number=3).update(planned_on=date(2026, 4, 30))
    give(step, 3, omar, on=date(2026, 4, 30), why="agreed")
    assert days(step)[3] == date(2026, 5, 30)


def test_a_step_that_begins_on_another_day_keeps_that_day_of_the_month(board, ana, omar, chloe):
    cycles = makers.CYCLES | MONTHLY
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **cycles)
    hand_over_step(step, by=omar, expected_version=step.version, why="the ward", due_on=date(2027, 1, 31))
    assert days(step) == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_an_amendment_that_asks_for_more_goes_on_in_the_same_rhythm(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **(makers.CYCLES | MONTHLY))
    hand_over_step(step, by=omar, expected_version=step.version, why="the ward", due_on=date(2026, 12, 30))
    plan = Plan.objects.get(pk=step.plan_id)
    amended = amend_plan(plan, by=ana, reason="two more")
    edit_step(amended.steps.get(), {"occurrences_planned": 6, "interval": 2}, by=ana)
    makers.submit(amended, by=ana)
    makers.release(amended, by=chloe)
    found = days(Step.objects.get(plan=amended))
    assert found == [date(2026, 12, 30), *(date(2027, month, 28 if month == 2 else 30) for month in (2, 4, 6, 8, 10))]


def test_what_hangs_on_a_course_keeps_the_day_of_the_month_too(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=MONITORED, **makers.ONGOING)
    give(step, 1, omar)
    Step.objects.filter(pk=step.pk).update(started_on=date(2026, 1, 30))
    one = FollowUp.objects.select_related("monitoring__step").get(monitoring__step=step)
    assert next_of_course(one.monitoring, date(2026, 2, 28), date(2026, 3, 1)) == date(2026, 3, 30)
    assert next_of_course(one.monitoring, date(2026, 2, 28), date(2026, 4, 1)) == date(2026, 4, 30)
    FollowUp.objects.filter(pk=one.pk).update(due_on=date(2027, 2, 28), due_until=date(2027, 3, 20))
    one = FollowUp.objects.get(pk=one.pk)
    complete_follow_up(one, by=omar, expected_version=one.version, done_on=board.today)
    assert FollowUp.objects.filter(monitoring__step=step).open().get().due_on == date(2027, 3, 30)

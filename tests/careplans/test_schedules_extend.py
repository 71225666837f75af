"""A schedule of ten years never silently ends: a tick writes it further as time goes on."""

from datetime import timedelta

import pytest
import time_machine

from careplans.models import Case, Event, FollowUp, Plan, PlanSchedule
from careplans.readers.holdings import held_by
from careplans.services import plans
from careplans.services.scheduled_follow_ups import extend_schedules
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.outbox.test_claims import at_once
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(board, ana, chloe):
    schedule = makers.make_template(board, kinds=["visit"], every=12, months=120)
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)


def start_of(plan):
    return makers.schedule_of(plan).counts_from


def years_later(active, years):
    return time_machine.travel(add_months(start_of(active), 12 * years).isoformat() + "T12:00:00Z", tick=False)


def count():
    return FollowUp.objects.count()


def test_at_first_two_years_are_written(active):
    assert count() == 2
    assert extend_schedules() == 0


def test_as_time_goes_on_it_is_written_to_its_end(active):
    for year in range(1, 13):
        with years_later(active, year):
            extend_schedules()
    days = list(FollowUp.objects.order_by("due_on").values_list("due_on", flat=True))
    assert days == [add_months(start_of(active), 12 * year) for year in range(1, 11)]


def test_it_is_told_in_the_timeline(active):
    with years_later(active, 1):
        extend_schedules()
    event = Event.objects.get(kind="follow_ups_extended")
    assert (event.by, event.data["count"]) == (None, 1)


def test_looking_again_writes_nothing(active):
    with years_later(active, 1):
        assert [extend_schedules(), extend_schedules()] == [1, 0]
    assert count() == 3


def test_after_an_amendment_the_new_plan_goes_on_alone(active, ana, chloe):
    new = plans.amend_plan(active, by=ana, reason="Progression")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    with years_later(active, 1):
        assert extend_schedules() == 1
    assert set(FollowUp.objects.values_list("plan__number", flat=True)) == {2}


def test_a_completed_plan_goes_on(active):
    Plan.objects.filter(pk=active.pk).update(status="completed")
    with years_later(active, 1):
        assert extend_schedules() == 1


def test_a_completed_plan_goes_on_until_another_follows(board, active, ana, chloe):
    Plan.objects.filter(pk=active.pk).update(status="completed")
    following = makers.make_active_plan(active.case, by=ana, chair=chloe)
    assert held_by(ana, [board])["schedules"].count() == 0
    with years_later(active, 1):
        assert extend_schedules() == 0
    # What somebody drafts and discards follows nothing.
    Plan.objects.filter(pk=following.pk).update(status="entered_in_error", end_reason="-")
    with years_later(active, 1):
        assert extend_schedules() == 1


@pytest.mark.parametrize("ended", ["revoked", "superseded"])
def test_a_plan_that_ended_does_not(active, ended):
    Plan.objects.filter(pk=active.pk).update(status=ended, end_reason="-")
    with years_later(active, 1):
        assert extend_schedules() == 0


def test_a_closed_case_is_left_alone(active):
    Case.objects.filter(pk=active.case_id).update(status="closed", close_reason="completed")
    with years_later(active, 1):
        assert extend_schedules() == 0


def test_a_plan_from_before_this_was_kept_goes_on_from_its_last_day(active):
    PlanSchedule.objects.filter(plan=active).update(written_until=None)
    with years_later(active, 1):
        extend_schedules()
    assert count() == 3


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_write_each_once(transactional_db, active):
    PlanSchedule.objects.filter(plan=active).update(written_until=add_months(start_of(active), 11))
    FollowUp.objects.update(scheduled_for=None, status="cancelled", reason="-")
    assert sorted(at_once(extend_schedules)) == [0, 0, 0, 1]
    assert FollowUp.objects.open().count() == 2


@pytest.fixture
def ending(board, ana, chloe):
    """Two years, written whole at the release, when the schedule did not say yet what comes then."""
    schedule = makers.make_template(board, kinds=["visit"], every=12, months=24)
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)
    type(schedule).objects.filter(pk=schedule.pk).update(then="discharge to the GP")
    return plan


def test_what_comes_at_the_end_is_written_later_where_it_was_not_said_before(ending):
    with years_later(ending, 1):
        extend_schedules()
    last = FollowUp.objects.order_by("due_on", "pk").last()
    assert (last.kind, last.due_on) == ("rediscussion", add_months(start_of(ending), 24))


def test_other_words_for_the_end_do_not_double_it(ending):
    with years_later(ending, 1):
        extend_schedules()
        makers.schedule_of(ending).schedule.__class__.objects.update(then="discuss lifelong follow-up")
        PlanSchedule.objects.update(written_until=None)
        extend_schedules()
    assert FollowUp.objects.filter(kind="rediscussion").count() == 1


def test_nothing_is_overdue_when_it_is_written_after_a_long_gap(board, ana, chloe):
    schedule = makers.make_template(board, kinds=("markers",), every=6, months=120, then="discharge")
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)
    FollowUp.objects.all().update(status="cancelled", reason="Elsewhere", scheduled_for=None)
    row = PlanSchedule.objects.get()
    back = timedelta(days=3 * 365)
    with rewriting():
        PlanSchedule.objects.update(counts_from=row.counts_from - back, written_until=row.written_until - back)
    extend_schedules()
    days = list(FollowUp.objects.open().values_list("due_on", flat=True))
    assert days and min(days) >= board.today

"""The schedule of an amended plan: it goes on from where the old one stands."""

from datetime import timedelta

import pytest
import time_machine

from careplans.models import Case, FollowUp, Plan
from careplans.services import followups, plans
from careplans.services.followups import cancel_follow_up
from careplans.services.plan_ending import revoke_plan
from careplans.services.plan_schedules import add_schedule
from common.local_time import add_months
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(board, ana, chloe):
    """In force for eight months, with a visit and markers every six."""
    schedule = makers.make_template(board, kinds=["visit", "markers"])
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    start = add_months(makers.TODAY(), -8)
    # It was released then, when nothing of it lay in the past.
    with time_machine.travel(start.isoformat() + "T12:00:00Z", tick=False):
        add_schedule(plan, by=ana, schedule=schedule, counts_from=start, assignee=ana)
        makers.submit(plan, by=ana)
        return makers.release(plan, by=chloe)


def amend(plan, *, by, chair):
    new = plans.amend_plan(plan, by=by, reason="Progression")
    makers.submit(new, by=by)
    return makers.release(new, by=chair)


def first(plan, kind):
    return FollowUp.objects.filter(plan=plan, kind=kind).order_by("due_on").first()


def open_days(plan, kind):
    case = Plan.objects.get(pk=plan.pk).case
    return list(
        FollowUp.objects.filter(case=case, kind=kind).open().order_by("due_on").values_list("due_on", flat=True)
    )


def test_what_was_done_is_not_asked_for_again(active, ana, chloe):
    visit = first(active, "visit")
    followups.complete_follow_up(visit, by=ana, expected_version=visit.version, done_on=visit.due_on)
    new = amend(active, by=ana, chair=chloe)
    assert first(new, "visit").due_on == add_months(makers.schedule_of(active).counts_from, 12)


def test_what_was_not_done_is_still_asked_for(active, ana, chloe):
    new = amend(active, by=ana, chair=chloe)
    assert first(new, "visit").due_on == add_months(makers.schedule_of(active).counts_from, 6)


def test_an_appointment_after_a_missed_one_stays(active, ana, chloe):
    markers = first(active, "markers")
    agreed = makers.TODAY() + timedelta(days=5)
    followups.record_missed_follow_up(markers, by=ana, expected_version=markers.version, new_due_on=agreed)
    amend(active, by=ana, chair=chloe)
    assert open_days(active, "markers")[:2] == [agreed, add_months(makers.schedule_of(active).counts_from, 12)]


def _days_ahead():
    return list(FollowUp.objects.open().order_by("due_on").values_list("due_on", flat=True))


def _revoke(by):
    plan = Plan.objects.in_force().get()
    revoke_plan(
        plan,
        by=by,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="Typed wrongly",
        ahead={"nothing_ahead_reason": "New plan"},
    )


def test_a_plan_after_a_revoked_one_writes_the_days_that_went_with_it(board, ana, chloe):
    schedule = makers.make_template(board, kinds=("markers",), every=6, months=60, then="discharge")
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)
    before = _days_ahead()
    _revoke(chloe)
    assert not _days_ahead()
    makers.make_active_plan(Case.objects.get(), by=ana, chair=chloe, schedule=schedule)
    assert before and _days_ahead() == before


def test_what_somebody_cancelled_is_not_written_again_after_a_revoked_plan(board, ana, chloe):
    schedule = makers.make_template(board, kinds=("markers",), every=6, months=60, then="discharge")
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)
    first = FollowUp.objects.open().order_by("due_on").first()
    before = _days_ahead()
    cancel_follow_up(first, by=ana, expected_version=first.version, reason="Not needed")
    _revoke(chloe)
    makers.make_active_plan(Case.objects.get(), by=ana, chair=chloe, schedule=schedule)
    assert _days_ahead() == before[1:]

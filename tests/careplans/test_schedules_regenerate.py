"""A schedule that is changed brings what lies ahead on open plans up to it; what people did or moved stays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent
from careplans.models import Event, FollowUp, FollowUpSchedule, Plan, PlanSchedule, Reminder, ScheduleLine
from careplans.models.followups import latest_day
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import days_asked
from careplans.services import followups, plans, schedules
from careplans.services.leaving import hand_over_work
from careplans.services.schedules import difference, preview, regenerate
from common.errors import Conflict
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of
from tests.careplans.outbox.test_claims import at_once

TODAY = date(2026, 11, 24)


@pytest.fixture
def active(board, ana, chloe):
    schedule = makers.make_template(board, kinds=["visit"])
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, schedule=schedule)


def change(active, by, **values):
    """The one line of the schedule, with other values."""
    schedule = schedule_of(active)
    line = {name: getattr(schedule.lines.get(), name) for name in ScheduleLine.FIELDS} | values
    told = {"name": schedule.name, "then": "discharge to the GP"}
    return schedules.save_schedule(
        active.board, told, by=by, lines=[line], schedule=schedule, expected_version=schedule.version
    )


def schedule_of(plan):
    return FollowUpSchedule.objects.get(pk=makers.schedule_of(plan).schedule_id)


def bring_up(active, by):
    schedule = schedule_of(active)
    return regenerate(schedule, by=by, expected_version=schedule.version)


def months(active, **filters):
    """The open days as months from the start of the schedule."""
    rows = FollowUp.objects.filter(case=active.case, **filters).open().exclude(kind="rediscussion").order_by("due_on")
    start = makers.schedule_of(active).counts_from
    return [(row.due_on.year - start.year) * 12 + row.due_on.month - start.month for row in rows]


def first(active):
    return FollowUp.objects.filter(plan=active).open().order_by("due_on").first()


@pytest.mark.django_db
def test_follow_ups_that_were_handed_over_with_their_schedule_are_replaced_too(active, board, ana, omar):
    hand_over_work(ana, board, by=ana, successors={"follow_ups": omar})
    change(active, ana, interval=8)
    assert bring_up(active, ana) == 1
    assert months(active) == [8, 16, 24] == months(active, assignee=omar)


@pytest.mark.django_db
def test_another_interval_replaces_what_lies_ahead(active, ana):
    change(active, ana, interval=8)
    assert bring_up(active, ana) == 1
    assert months(active) == [8, 16, 24]
    assert Event.objects.filter(kind="follow_ups_regenerated").count() == 1
    assert AuditEvent.objects.filter(action="follow_ups_regenerated", subject_type="followupschedule").exists()


@pytest.mark.django_db
def test_its_reminders_come_with_it(active, ana):
    change(active, ana, interval=8)
    bring_up(active, ana)
    scheduled = Reminder.objects.filter(status="scheduled", follow_up__isnull=False).values_list("follow_up", flat=True)
    assert set(scheduled) == set(FollowUp.objects.open().values_list("pk", flat=True))


@pytest.mark.django_db
def test_done_missed_and_moved_ones_stay(active, ana):
    done, missed, moved, last = FollowUp.objects.filter(plan=active).order_by("due_on")
    followups.complete_follow_up(done, by=ana, expected_version=1, done_on=makers.TODAY())
    again = missed.due_on + timedelta(days=20)
    with time_machine.travel(datetime.combine(missed.due_on, time(12), UTC)):
        followups.record_missed_follow_up(missed, by=ana, expected_version=1, new_due_on=again)
    day = moved.due_on + timedelta(days=9)
    followups.change_follow_up(moved, by=ana, expected_version=1, reason="scanner", due_on=day)
    change(active, ana, kinds=["visit", "markers"])
    bring_up(active, ana)
    visits = FollowUp.objects.open().filter(kind="visit").order_by("due_on")
    assert list(visits.values_list("due_on", flat=True)) == [again, day, last.due_on]
    assert months(active, kind="markers") == [6, 12, 18, 24]


@pytest.mark.django_db
def test_what_a_person_cancelled_is_not_written_again(active, ana):
    row = first(active)
    followups.cancel_follow_up(row, by=ana, expected_version=1, reason="not needed")
    change(active, ana, window_days=20)
    bring_up(active, ana)
    assert months(active) == [12, 18, 24]


@pytest.mark.django_db
def test_what_the_schedule_took_back_comes_back_with_it(active, ana):
    change(active, ana, interval=8)
    bring_up(active, ana)
    change(active, ana, interval=6)
    bring_up(active, ana)
    assert months(active) == [6, 12, 18, 24]


@pytest.mark.django_db
def test_doing_it_again_changes_nothing(active, ana):
    change(active, ana, interval=8)
    assert [bring_up(active, ana), bring_up(active, ana)] == [1, 0]


@pytest.mark.django_db
def test_a_plan_that_is_no_longer_in_force_stays(active, ana):
    Plan.objects.filter(pk=active.pk).update(status="superseded")
    change(active, ana, interval=8)
    assert bring_up(active, ana) == 0
    assert months(active) == [6, 12, 18, 24]


@pytest.mark.django_db
def test_a_plan_that_is_being_amended_keeps_its_schedule_through_the_amendment(active, ana, chloe):
    new = plans.amend_plan(active, by=ana, reason="Progression")
    change(active, ana, interval=8)
    bring_up(active, ana)
    makers.submit(new, by=ana)
    new = makers.release(new, by=chloe)
    assert bring_up(new, ana) == 0
    assert months(new) == [8, 16, 24]


@pytest.mark.django_db
def test_a_schedule_that_was_changed_again_is_a_conflict(active, ana, chloe):
    seen = change(active, ana, interval=8)
    change(active, chloe, interval=12)
    with pytest.raises(Conflict):
        regenerate(FollowUpSchedule.objects.get(pk=seen.pk), by=ana, expected_version=seen.version)
    assert months(active) == [6, 12, 18, 24]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["omar", "nina", "otto"])
def test_only_who_configures_the_board_does_it(request, active, who):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        bring_up(active, person)
    with pytest.raises(PermissionDenied):
        preview(schedule_of(active), by=person)


@pytest.mark.django_db
def test_a_generated_one_may_be_moved_onto_the_day_of_another(active, ana):
    one, other = FollowUp.objects.filter(plan=active).order_by("due_on")[:2]
    followups.change_follow_up(one, by=ana, expected_version=1, reason="holiday", due_on=other.due_on)
    assert FollowUp.objects.filter(due_on=other.due_on).count() == 2


@pytest.mark.django_db
def test_the_page_shows_how_much_would_change_and_does_it(active, ana, board):
    client, schedule = browser(ana), change(active, ana, interval=8)
    url = reverse("careplans:schedule_regenerate", args=[board.pk, schedule.pk])
    shown = client.get(url).content.decode()
    assert "3 follow-ups ahead would be withdrawn and 3 written" in " ".join(shown.split())
    assert "Ashdown" not in shown
    client.post(url, {"version": schedule.version, "shown": client.get(url).context["seen"]})
    assert months(active) == [8, 16, 24]
    assert "Nothing ahead would change" in client.get(url).content.decode()


@pytest.mark.django_db
def test_the_page_refuses_what_was_shown_before_a_change(active, ana, board):
    client, schedule = browser(ana), change(active, ana, interval=8)
    url = reverse("careplans:schedule_regenerate", args=[board.pk, schedule.pk])
    assert client.post(url, {"version": schedule.version - 1}).status_code == 400
    assert months(active) == [6, 12, 18, 24]


@pytest.mark.django_db
def test_what_would_change_otherwise_by_now_is_shown_first(active, ana, board):
    client, schedule = browser(ana), change(active, ana, interval=8)
    url = reverse("careplans:schedule_regenerate", args=[board.pk, schedule.pk])
    seen = client.get(url).context["seen"]
    row = FollowUp.objects.filter(plan=active).open().order_by("due_on").first()
    moved = row.due_on + timedelta(days=1)
    followups.change_follow_up(row, by=ana, expected_version=row.version, reason="holiday", due_on=moved)
    asked = client.post(url, {"version": schedule.version, "shown": seen})
    assert asked.status_code == 400 and "not what you were shown" in asked.content.decode()
    assert months(active) == [6, 12, 18, 24]
    assert client.post(url, {"version": schedule.version, "shown": asked.context["seen"]}).status_code == 302


@pytest.mark.django_db
def test_the_page_asks_as_many_queries_for_many_plans(active, ana, chloe, board):
    def more(number):
        for _ in range(number):
            case = makers.make_case(board, by=ana, record_number=f"SYN-{Plan.objects.count() + 50}")
            makers.make_active_plan(case, by=ana, chair=chloe, schedule=schedule_of(active))

    change(active, ana, interval=8)
    path = reverse("careplans:schedule_regenerate", args=[board.pk, schedule_of(active).pk])
    more(1)
    change(active, ana, interval=9)
    few = queries_of(browser(ana), path)
    more(6)
    change(active, ana, interval=10)
    assert queries_of(browser(ana), path) == few


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_double_nothing(transactional_db, active, ana):
    change(active, ana, interval=8)
    assert sorted(at_once(lambda: bring_up(active, ana))) == [0, 0, 0, 1]
    assert months(active) == [8, 16, 24]


# Properties, without a database.


def schedule_with(lines):
    """A schedule that was never saved, with its lines."""
    schedule = FollowUpSchedule(pk=1, name="Any")
    schedule._prefetched_objects_cache = {"lines": lines}
    return schedule


LINES = st.builds(
    ScheduleLine, interval=st.integers(1, 14), unit=st.sampled_from(["weeks", "months"]),
    starts_after=st.none() | st.integers(0, 14), ends_after=st.none() | st.integers(14, 60), ends_unit=st.just("months"),
    window_days=st.sampled_from([0, 14]),
    kinds=st.lists(st.sampled_from(["visit", "markers", "echo"]), min_size=1, max_size=3, unique=True),
)  # fmt: skip
SCHEDULES = st.builds(schedule_with, st.lists(LINES, min_size=1, max_size=3))
FATES = st.sampled_from(["untouched", "done", "did_not_attend", "cancelled", "moved", "handed over"])


def written(plan, schedule, dues, first_pk=1):
    return [
        FollowUp(
            pk=pk, plan_id=plan.pk, case_id=1, schedule=schedule, kind=due.kind, title=due.title, due_on=due.day,
            scheduled_for=due.day, due_until=latest_day(due.day, due.window_days),
        )
        for pk, due in enumerate(dues, start=first_pk)
    ]  # fmt: skip


def meet(row, fate):
    if fate == "moved":
        row.due_on, row.version = row.due_on + timedelta(days=5), 2
    elif fate == "handed over":
        row.version = 2
    elif fate != "untouched":
        row.status, row.version = fate, 2


@given(old=SCHEDULES, new=SCHEDULES, age=st.integers(0, 40), fates=st.lists(FATES, max_size=30))
def test_nothing_but_the_untouched_ahead_is_replaced_and_nothing_doubles(old, new, age, fates):
    start = add_months(TODAY, -age)
    plan = Plan(pk=1, case_id=1)
    row = PlanSchedule(pk=1, plan=plan, schedule=new, counts_from=start, assignee_id=1)
    rows = written(plan, old, days_asked(old, start, add_months(TODAY, 24)))
    for one, fate in zip(rows, fates, strict=False):
        meet(one, fate)
    change = difference(plan, [row], rows, TODAY)
    for one in change.withdrawn:
        assert one.is_open and one.version == 1 and one.due_on > TODAY
    kept = [one for one in rows if one not in change.withdrawn]
    missing = [due for _, due in change.missing]
    assert all(due.day > TODAY for due in missing)
    assert not {(one.kind, one.title, one.scheduled_for) for one in kept} & {due.key for due in missing}
    assert len({due.key for due in missing}) == len(missing)
    after = kept + written(plan, new, missing, first_pk=len(rows) + 1)
    assert difference(plan, [row], after, TODAY).is_empty


@given(schedule=SCHEDULES, first_look=st.integers(1, 80), second_look=st.integers(1, 80))
def test_written_in_two_goes_it_is_the_same_schedule(schedule, first_look, second_look):
    near, far = (add_months(TODAY, months) for months in sorted((first_look, second_look)))
    whole = days_asked(schedule, TODAY, far)
    begun = days_asked(schedule, TODAY, near)
    assert {due.key for due in begun} <= {due.key for due in whole}
    assert {due.key for due in begun} | {due.key for due in whole if due.day > near} == {due.key for due in whole}


def test_the_horizon_moves_with_the_day():
    assert horizon(date(2028, 2, 29)) == date(2030, 2, 28)

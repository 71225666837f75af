"""A schedule that counts from a day in the past: nothing is born overdue, and nothing is dropped unasked."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from careplans.models import FollowUp, Plan, PlanSchedule
from careplans.services import followups
from careplans.services.plan_schedules import add_schedule, change_schedule
from careplans.services.plans import amend_plan, release_plan
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana)


@pytest.fixture
def visits(board):
    """Every three months for a year: two of the four dates have passed when it counts from eight months ago."""
    return makers.make_template(board, kinds=["visit"], every=3, months=12)


@pytest.fixture
def start():
    return add_months(makers.TODAY(), -8)


def told(start, months, fate, on=None):
    return {"kind": "visit", "title": "", "day": add_months(start, months), "fate": fate, "on": on}


def choose(draft, visits, start, by, *past):
    return add_schedule(draft, by=by, schedule=visits, counts_from=start, assignee=by, past=list(past))


def released(plan, *, by, chair):
    makers.submit(plan, by=by)
    return makers.release(plan, by=chair)


def test_nothing_is_born_overdue_and_nothing_is_dropped_unasked(draft, visits, start, ana, chloe):
    with pytest.raises(ValidationError, match="dates in the past"):
        choose(draft, visits, start, ana)
    assert not PlanSchedule.objects.exists()
    soon = makers.TODAY() + timedelta(days=5)
    choose(draft, visits, start, ana, told(start, 3, "elsewhere"), told(start, 6, "planned", soon))
    released(draft, by=ana, chair=chloe)
    assert list(FollowUp.objects.order_by("due_on").values_list("due_on", flat=True)) == [
        soon, add_months(start, 9), add_months(start, 12),
    ]  # fmt: skip
    assert not FollowUp.objects.overdue(makers.TODAY()).exists()


def test_what_was_done_elsewhere_is_not_recorded_as_done(draft, visits, start, ana, chloe):
    choose(draft, visits, start, ana, told(start, 3, "elsewhere"), told(start, 6, "skipped"))
    released(draft, by=ana, chair=chloe)
    assert set(FollowUp.objects.values_list("status", flat=True)) == {"planned"}


def test_one_answer_of_two_is_not_enough(draft, visits, start, ana):
    with pytest.raises(ValidationError, match="dates in the past"):
        choose(draft, visits, start, ana, told(start, 3, "elsewhere"))


@pytest.mark.parametrize(
    ("fate", "days", "sentence"),
    [("planned", None, "for which day"), ("planned", -1, "for which day"), ("elsewhere", 5, "only for what is planned"),
     ("never", None, "what becomes of it")],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused(draft, visits, start, ana, fate, days, sentence):
    on = None if days is None else makers.TODAY() + timedelta(days=days)
    with pytest.raises(ValidationError, match=sentence):
        choose(draft, visits, start, ana, told(start, 3, fate, on), told(start, 6, "skipped"))


def test_an_answer_about_another_day_is_refused(draft, visits, start, ana):
    with pytest.raises(ValidationError, match="no date of"):
        choose(draft, visits, start, ana, told(start, 4, "skipped"))


def test_another_start_asks_anew(draft, visits, start, ana):
    row = choose(draft, visits, start, ana, told(start, 3, "elsewhere"), told(start, 6, "elsewhere"))
    with pytest.raises(ValidationError, match="dates in the past"):
        change_schedule(row, by=ana, expected_version=1, counts_from=start + timedelta(days=1))


def test_what_is_due_today_is_not_past(draft, visits, ana, chloe):
    choose(draft, visits, add_months(makers.TODAY(), -3), ana)
    released(draft, by=ana, chair=chloe)
    assert FollowUp.objects.order_by("due_on").first().due_on >= makers.TODAY() - timedelta(days=3)


def test_two_dates_that_are_planned_for_one_day_are_one_follow_up(draft, visits, start, ana, chloe):
    soon = makers.TODAY() + timedelta(days=5)
    choose(draft, visits, start, ana, told(start, 3, "planned", soon), told(start, 6, "planned", soon))
    released(draft, by=ana, chair=chloe)
    assert FollowUp.objects.filter(due_on=soon).count() == 1


def test_what_passes_in_the_draft_is_asked_before_sign_off(draft, visits, ana):
    choose(draft, visits, makers.TODAY(), ana)
    with (
        time_machine.travel(add_months(makers.TODAY(), 4).isoformat() + "T12:00:00Z", tick=False),
        pytest.raises(ValidationError, match="lies in the past"),
    ):
        makers.submit(draft, by=ana)


@pytest.fixture
def late(draft, visits, ana):
    """In sign-off, when its first date passes."""
    choose(draft, visits, makers.TODAY(), ana)
    makers.submit(draft, by=ana)
    with time_machine.travel(add_months(makers.TODAY(), 4).isoformat() + "T12:00:00Z", tick=False):
        draft.refresh_from_db()
        yield draft


def release(plan, by, **answer):
    plan = Plan.objects.get(pk=plan.pk)
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}
    return release_plan(plan, by=by, **seen, **answer)


def test_dates_that_pass_during_sign_off_are_asked_about_at_the_release(late, chloe):
    with pytest.raises(ValidationError, match="have passed meanwhile"):
        release(late, chloe)
    soon = late.board.today + timedelta(days=7)
    release(late, chloe, passed="planned", passed_on=soon)
    assert FollowUp.objects.order_by("due_on").first().due_on == soon
    assert not FollowUp.objects.overdue(late.board.today).exists()


def test_a_date_that_passed_is_left_out_when_the_chair_says_so(late, chloe):
    release(late, chloe, passed="skipped")
    assert FollowUp.objects.count() == 3


def test_a_day_that_is_over_is_no_plan(late, chloe):
    with pytest.raises(ValidationError, match="for which day"):
        release(late, chloe, passed="planned", passed_on=late.board.today - timedelta(days=1))


def test_the_page_of_the_sign_off_asks_the_chair(late, chloe):
    client = browser(chloe)
    assert "Follow-up dates that have passed meanwhile" in client.get(url("signoff", late.pk)).content.decode()
    seen = {"version": late.version, "content_hash": late.content_hash}
    assert client.post(url("plan_release", late.pk), seen).status_code == 400
    assert client.post(url("plan_release", late.pk), seen | {"passed": "skipped"}).status_code == 302


def test_the_api_asks_at_the_release(late, chloe):
    api = Api(chloe)
    seen = {"content_hash": late.content_hash}
    answer = api.post(f"/plans/{late.pk}/release/", seen, late.version)
    assert (answer.status_code, attrs(answer)) == (400, ["passed"])
    assert api.post(f"/plans/{late.pk}/release/", seen | {"passed": "skipped"}, late.version).status_code == 200


def test_an_amendment_asks_nothing_of_what_it_keeps(draft, visits, ana, chloe):
    choose(draft, visits, makers.TODAY(), ana)
    plan = released(draft, by=ana, chair=chloe)
    with time_machine.travel(add_months(makers.TODAY(), 4).isoformat() + "T12:00:00Z", tick=False):
        new = released(amend_plan(plan, by=ana, reason="Progression"), by=ana, chair=chloe)
        assert FollowUp.objects.open().filter(plan=new).count() == 4


def test_an_amendment_asks_of_the_past_only_what_nobody_has_done(draft, visits, ana, omar, chloe):
    choose(draft, visits, makers.TODAY(), ana)
    plan = released(draft, by=ana, chair=chloe)
    first = FollowUp.objects.order_by("due_on").first()
    with time_machine.travel(add_months(makers.TODAY(), 4).isoformat() + "T12:00:00Z", tick=False):
        followups.complete_follow_up(first, by=ana, expected_version=1, done_on=first.due_on)
        new = amend_plan(plan, by=ana, reason="Progression")
        change_schedule(makers.schedule_of(new), by=ana, expected_version=1, assignee=omar)
        released(new, by=ana, chair=chloe)
        assert FollowUp.objects.open().filter(assignee=omar).count() == 3


# Pages and API


def typed(visits, start, by, **values):
    return {"schedule": visits.pk, "counts_from": start.isoformat(), "assignee": by.pk} | values


def test_the_page_asks_for_each_date_and_keeps_the_answers(draft, visits, start, ana):
    client, path = browser(ana), url("plan_schedule_new", draft.pk)
    asked = client.post(path, typed(visits, start, ana))
    names = [fate.html_name for _, fate, _ in asked.context["form"].questions]
    assert asked.status_code == 400 and len(names) == 2
    half = client.post(path, typed(visits, start, ana, **{names[0]: "elsewhere"}))
    assert half.status_code == 400 and 'value="elsewhere" selected' in half.content.decode()
    assert client.post(path, typed(visits, start, ana, **dict.fromkeys(names, "elsewhere"))).status_code == 302


def test_an_answer_never_lands_at_another_date(draft, visits, start, ana):
    client, path = browser(ana), url("plan_schedule_new", draft.pk)
    names = [fate.html_name for _, fate, _ in client.post(path, typed(visits, start, ana)).context["form"].questions]
    moved = client.post(path, typed(visits, start + timedelta(days=1), ana, **dict.fromkeys(names, "elsewhere")))
    assert moved.status_code == 400
    assert not PlanSchedule.objects.exists()


def test_the_page_lets_it_count_from_today(draft, visits, start, ana):
    shown = browser(ana).post(url("plan_schedule_new", draft.pk), typed(visits, start, ana, today="1"))
    page = shown.content.decode()
    assert "Dates in the past" not in page and f'value="{makers.TODAY().isoformat()}"' in page


def test_the_api_says_which_dates_ask_and_takes_their_answers(draft, visits, start, ana):
    api, row = Api(ana), typed(visits, start, ana)
    answer = api.post(f"/plans/{draft.pk}/schedules/", {"schedules": [row]}, draft.version)
    assert answer.status_code == 400 and "dates in the past" in problem(answer)
    past = [{"kind": "visit", "day": add_months(start, months).isoformat(), "fate": "skipped"} for months in (3, 6)]
    answer = api.post(f"/plans/{draft.pk}/schedules/", {"schedules": [row | {"past": past}]}, draft.version)
    assert answer.status_code == 200
    assert [one["fate"] for one in answer.json()["schedules"][0]["past"]] == ["skipped", "skipped"]

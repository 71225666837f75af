"""Several follow-up schedules on one plan: chosen, changed, taken out, compared, signed, and written once."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from careplans.models import Event, FollowUp, Plan, PlanSchedule
from careplans.models.plan_content import canonical_content, content_hash
from careplans.readers.plan_changes import compare_plans
from careplans.readers.schedules.plan_schedules import has_follow_up, says_none
from careplans.services.plan_schedules import add_schedule, change_schedule, remove_schedule
from careplans.services.plans import amend_plan, submit_plan
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana)


@pytest.fixture
def visits(board):
    return makers.make_template(board, name="Resected", kinds=["visit"])


@pytest.fixture
def echo(board):
    return makers.make_template(board, name="Syndrome", kinds=["echo"], every=12)


@pytest.fixture
def clinic(board):
    """Asks for a visit too, a week after the other."""
    return makers.make_template(
        board, name="Clinic", lines=[{"kinds": ["visit"], "interval": 27, "unit": "weeks", "ends_after": 1}]
    )


def choose(plan, schedule, by, **values):
    values = {"counts_from": makers.TODAY(), "assignee": by} | values
    return add_schedule(Plan.objects.get(pk=plan.pk), by=by, schedule=schedule, **values)


def released(plan, *, by, chair):
    makers.submit(plan, by=by)
    return makers.release(plan, by=chair)


def content(plan):
    return canonical_content(plan, [], list(PlanSchedule.objects.filter(plan=plan).live()))


def test_each_schedule_writes_its_own_from_a_day_of_its_own(draft, visits, echo, ana, omar, chloe):
    choose(draft, visits, ana)
    choose(draft, echo, omar, counts_from=makers.TODAY() + timedelta(days=30))
    plan = released(draft, by=ana, chair=chloe)
    assert set(FollowUp.objects.filter(plan=plan).values_list("kind", "assignee__name").distinct()) == {
        ("visit", ana.name), ("echo", omar.name),
    }  # fmt: skip


def test_the_same_schedule_is_not_put_on_a_plan_twice(draft, visits, ana):
    choose(draft, visits, ana)
    with pytest.raises(ValidationError, match="on this plan already"):
        choose(draft, visits, ana)


def test_one_that_is_out_of_use_is_not_chosen_any_more(draft, visits, ana):
    visits.is_active = False
    with pytest.raises(ValidationError, match="not in use"):
        choose(draft, visits, ana)


@pytest.mark.parametrize("who", ["nina", "otto"])
def test_who_may_not_draft_chooses_none(request, draft, visits, who):
    with pytest.raises(PermissionDenied):
        choose(draft, visits, request.getfixturevalue(who))


def test_two_schedules_that_ask_for_the_same_are_asked_about(draft, visits, clinic, ana):
    choose(draft, visits, ana)
    with pytest.raises(ValidationError, match="Say whether one follow-up is enough"):
        choose(draft, clinic, ana)
    assert PlanSchedule.objects.count() == 1


def test_one_follow_up_is_enough_where_two_schedules_ask_for_the_same(draft, visits, clinic, ana, chloe):
    choose(draft, visits, ana)
    choose(draft, clinic, ana, overlap="one")
    plan = released(draft, by=ana, chair=chloe)
    assert set(FollowUp.objects.filter(plan=plan).values_list("schedule__name", flat=True)) == {"Resected"}


def test_both_are_written_where_both_are_needed(draft, visits, clinic, ana, chloe):
    choose(draft, visits, ana)
    choose(draft, clinic, ana, overlap="both")
    plan = released(draft, by=ana, chair=chloe)
    assert set(FollowUp.objects.filter(plan=plan).values_list("schedule__name", flat=True)) == {"Resected", "Clinic"}


def test_a_later_change_of_the_one_above_is_asked_about_before_sign_off(draft, visits, clinic, ana):
    first = choose(draft, visits, ana, counts_from=makers.TODAY() + timedelta(days=90))
    choose(draft, clinic, ana)
    change_schedule(first, by=ana, expected_version=1, counts_from=makers.TODAY())
    with pytest.raises(ValidationError, match="Say whether one follow-up is enough"):
        makers.submit(draft, by=ana)


def test_a_change_voids_the_signatures_and_is_told(board, draft, visits, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    row = choose(draft, visits, ana)
    makers.submit(draft, by=ana)
    makers.sign(draft, by=omar)
    edited = change_schedule(row, by=ana, expected_version=1, assignee=omar)
    assert (edited.voided, edited.plan.status) == (1, "draft")
    event = Event.objects.get(kind="plan_schedule_changed")
    assert (event.data["was"]["assignee"], event.data["assignee"]) == (ana.pk, omar.pk)


def test_two_people_changing_one_see_each_other(draft, visits, ana, omar):
    row = choose(draft, visits, ana)
    change_schedule(row, by=omar, expected_version=1, assignee=omar)
    with pytest.raises(Conflict):
        change_schedule(row, by=ana, expected_version=1, counts_from=makers.TODAY() + timedelta(days=3))


def test_what_a_colleague_took_out_is_not_changed(draft, visits, ana, omar):
    row = choose(draft, visits, ana)
    remove_schedule(row, by=omar, expected_version=1)
    with pytest.raises(ValidationError, match="took this schedule out"):
        change_schedule(row, by=ana, expected_version=1, assignee=omar)


def test_what_is_taken_out_is_kept_as_a_row_and_may_come_back(draft, visits, ana):
    remove_schedule(choose(draft, visits, ana), by=ana, expected_version=1)
    choose(draft, visits, ana)
    assert PlanSchedule.objects.count() == 2
    assert PlanSchedule.objects.live().count() == 1


def test_a_released_plan_keeps_its_schedules(draft, visits, ana, chloe):
    row = choose(draft, visits, ana)
    released(draft, by=ana, chair=chloe)
    with pytest.raises(ValidationError, match="Amend it"):
        remove_schedule(row, by=ana, expected_version=1)


def test_a_schedule_without_its_day_or_person_does_not_go_to_sign_off(draft, visits, ana):
    choose(draft, visits, ana, assignee=None)
    with pytest.raises(ValidationError, match="needs the date it counts from and the person"):
        makers.submit(draft, by=ana)


# What is signed


def test_one_schedule_keeps_the_fingerprint_that_it_was_signed_with():
    """Worked out before a plan could have several: schedule, day and person stood on the plan itself."""
    plan = Plan(pk=1, case_id=2, number=3, content_version=4, aim="Control")
    row = PlanSchedule(schedule_id=7, counts_from=date(2026, 9, 30), assignee_id=8)
    assert content_hash(plan, [], [row]) == "3115410be356dce0ca8e1c8b693abf19910865363b793fc3151637b649255947"


def test_everything_of_several_is_signed(draft, visits, echo, ana):
    choose(draft, visits, ana)
    row = choose(draft, echo, ana)
    before = content(draft)
    change_schedule(row, by=ana, expected_version=1, counts_from=makers.TODAY() + timedelta(days=2))
    assert content(draft)["schedules"] != before["schedules"]


# None


@pytest.fixture
def none(board):
    return makers.make_template(board, name="None: appendix", lines=[], is_none=True)


def test_none_is_a_choice_with_a_source_that_stands_on_the_plan(draft, none, ana, chloe):
    choose(draft, none, ana)
    makers.submit(draft, by=ana)
    plan = makers.release(draft, by=chloe)
    assert not plan.follow_ups.exists()
    assert has_follow_up(plan) and says_none(plan)
    page = browser(ana).get(url("plan", plan.pk)).content.decode()
    assert "no follow-up is needed" in page and "Local agreement" in page


def test_none_beside_another_is_refused(draft, none, visits, ana):
    choose(draft, none, ana)
    choose(draft, visits, ana)
    with pytest.raises(ValidationError, match="Take one of them out"):
        makers.submit(draft, by=ana)


def test_a_plan_without_a_schedule_has_no_follow_up(draft):
    assert not has_follow_up(draft) and not says_none(draft)


# Amending


@pytest.fixture
def active(draft, visits, echo, ana, chloe):
    choose(draft, visits, ana)
    choose(draft, echo, ana)
    return released(draft, by=ana, chair=chloe)


def amended(active, by):
    return amend_plan(active, by=by, reason="Progression")


def row_of(plan, schedule):
    return PlanSchedule.objects.live().get(plan=plan, schedule=schedule)


def test_an_amendment_keeps_what_it_does_not_change(active, visits, echo, ana, omar, chloe):
    kept = set(FollowUp.objects.filter(schedule=echo).values_list("pk", flat=True))
    new = amended(active, ana)
    change_schedule(row_of(new, visits), by=ana, expected_version=1, assignee=omar)
    new = released(new, by=ana, chair=chloe)
    assert set(FollowUp.objects.open().filter(schedule=echo, plan=new).values_list("pk", flat=True)) == kept
    assert set(FollowUp.objects.open().filter(schedule=visits).values_list("assignee", "plan")) == {(omar.pk, new.pk)}


def test_what_an_amendment_leaves_out_is_withdrawn(active, visits, echo, ana, chloe):
    new = amended(active, ana)
    remove_schedule(row_of(new, echo), by=ana, expected_version=1)
    released(new, by=ana, chair=chloe)
    assert not FollowUp.objects.open().filter(schedule=echo).exists()
    assert FollowUp.objects.open().filter(schedule=visits).exists()


def test_a_comparison_says_what_changed_of_each(active, visits, echo, ana, omar):
    new = amended(active, ana)
    change_schedule(row_of(new, visits), by=ana, expected_version=1, assignee=omar)
    remove_schedule(row_of(new, echo), by=ana, expected_version=1)
    plans = Plan.objects.for_editing()
    changes = compare_plans(plans.get(pk=active.pk), plans.get(pk=new.pk)).fields
    told = [" ".join(text for kind, text in change.pieces if kind != "same") for change in changes]
    assert [change.label for change in changes] == ["Follow-up schedule", "Follow-up schedule"]
    assert omar.name in told[0] and "Syndrome" in told[1]


def test_submitting_asks_the_plan_as_it_stands(draft, visits, ana, omar):
    """The plan at hand was read before a colleague put a schedule on it."""
    read = Plan.objects.for_editing().get(pk=draft.pk)
    choose(draft, visits, omar)
    with pytest.raises(Conflict):
        submit_plan(read, by=ana, expected_version=read.version)


# Pages


def test_a_schedule_is_added_on_its_page_after_its_dates_were_shown(draft, visits, ana):
    client, path = browser(ana), url("plan_schedule_new", draft.pk)
    typed = {"schedule": visits.pk, "counts_from": makers.TODAY().isoformat(), "assignee": ana.pk}
    shown = client.post(path, typed | {"show": "1"})
    assert shown.status_code == 200 and "Visit: every 6 months until 24 months." in shown.content.decode()
    assert not PlanSchedule.objects.exists()
    assert client.post(path, typed).status_code == 302
    assert makers.schedule_of(draft).assignee == ana


def test_the_page_asks_for_what_is_missing_and_keeps_what_was_typed(draft, visits, ana):
    answer = browser(ana).post(url("plan_schedule_new", draft.pk), {"schedule": visits.pk, "assignee": ana.pk})
    page = answer.content.decode()
    assert answer.status_code == 400 and "Say from which day it counts." in page
    assert f'value="{visits.pk}" selected' in page


def test_the_page_asks_about_what_is_asked_for_twice(draft, visits, clinic, ana):
    choose(draft, visits, ana)
    client, path = browser(ana), url("plan_schedule_new", draft.pk)
    typed = {"schedule": clinic.pk, "counts_from": makers.TODAY().isoformat(), "assignee": ana.pk}
    refused = client.post(path, typed)
    assert refused.status_code == 400 and "Asked for twice" in refused.content.decode()
    assert client.post(path, typed | {"overlap": "one"}).status_code == 302


def test_a_stale_page_shows_what_stands_and_saves_nothing(draft, visits, ana, omar):
    row = choose(draft, visits, ana)
    change_schedule(row, by=omar, expected_version=1, assignee=omar)
    typed = {"version": 1, "counts_from": makers.TODAY().isoformat(), "assignee": ana.pk}
    answer = browser(ana).post(url("plan_schedule", draft.pk, row.pk), typed)
    assert answer.status_code == 400 and "Someone changed this schedule of the plan" in answer.content.decode()
    assert makers.schedule_of(draft).assignee == omar


def test_a_schedule_is_taken_out_on_the_page(draft, visits, ana):
    row = choose(draft, visits, ana)
    browser(ana).post(url("plan_schedule_remove", draft.pk, row.pk), {"version": 1})
    assert not PlanSchedule.objects.live().exists()


def test_it_stands_in_print_and_on_the_timeline(active, ana):
    assert "Visit: every 6 months until 24 months." in browser(ana).get(url("plan_print", active.pk)).content.decode()
    assert "put the schedule “Resected” on plan 1" in browser(ana).get(url("timeline", active.case_id)).content.decode()


# The API


def body(schedule, by, **values):
    return {"schedule": schedule.pk, "counts_from": makers.TODAY().isoformat(), "assignee": by.pk} | values


def test_the_api_sets_the_whole_list(draft, visits, echo, ana):
    api = Api(ana)
    answer = api.post(
        f"/plans/{draft.pk}/schedules/", {"schedules": [body(visits, ana), body(echo, ana)]}, draft.version
    )
    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()["schedules"]] == ["Resected", "Syndrome"]
    answer = api.post(f"/plans/{draft.pk}/schedules/", {"schedules": [body(echo, ana)]}, answer.json()["version"])
    assert [row["name"] for row in answer.json()["schedules"]] == ["Syndrome"]


def test_setting_the_same_list_again_changes_nothing(draft, visits, ana):
    api = Api(ana)
    first = api.post(f"/plans/{draft.pk}/schedules/", {"schedules": [body(visits, ana)]}, draft.version).json()
    again = api.post(f"/plans/{draft.pk}/schedules/", {"schedules": [body(visits, ana)]}, first["version"]).json()
    assert again["version"] == first["version"]


def test_the_api_asks_about_what_is_asked_for_twice(draft, visits, clinic, ana):
    rows = [body(visits, ana), body(clinic, ana)]
    answer = Api(ana).post(f"/plans/{draft.pk}/schedules/", {"schedules": rows}, draft.version)
    assert answer.status_code == 400 and "one follow-up is enough" in problem(answer)
    assert not PlanSchedule.objects.exists()


def test_a_stale_list_is_not_set(draft, visits, ana):
    choose(draft, visits, ana)
    assert Api(ana).post(f"/plans/{draft.pk}/schedules/", {"schedules": []}, draft.version).status_code == 412

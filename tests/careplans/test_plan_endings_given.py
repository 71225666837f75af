"""What a cycle that was given asks for stays when its plan ends or is amended, and so does an analogue that goes on elsewhere."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, FollowUp, Monitoring, Plan, Reminder, Step
from careplans.services.followups import add_follow_up
from careplans.services.monitoring import remove_monitoring
from careplans.services.occurrence_corrections import take_back_occurrence
from careplans.services.plan_ending import revoke_plan
from careplans.services.step_progress import stop_step
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url
from tests.careplans.test_monitoring import BLOOD, ECHO, planned
from tests.careplans.test_occurrences_amend import amended
from tests.careplans.test_occurrences_record import give, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def course(board, ana, omar, chloe):
    """One cycle of four is given; its blood counts are owed."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=[*BLOOD, *ECHO])
    give(step, 1, omar)
    step.refresh_from_db()
    return step


@pytest.fixture
def stopped(course, omar):
    today = course.board.today
    stop_step(course, by=omar, expected_version=course.version, on=today, reason="patient_choice", **makers.OUTCOME)
    return course


@pytest.fixture
def ongoing(board, ana, omar, chloe):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **makers.ONGOING)
    give(step, 1, omar)
    step.refresh_from_db()
    return step


def revoke(step, chloe, **values):
    plan = Plan.objects.get(pk=step.plan_id)
    return revoke_plan(
        plan, by=chloe, expected_version=plan.version, reason_code="patient_choice", reason="referred back", **values
    )


def test_a_revoked_plan_leaves_the_blood_counts_of_a_cycle_that_was_given(stopped, omar, chloe):
    owed = planned(stopped)
    revoke(stopped, chloe)
    assert planned(stopped) == owed and len(owed) == 2
    for count in FollowUp.objects.open().filter(monitoring__step=stopped):
        assert count.assignee == omar
        assert Reminder.objects.scheduled().filter(follow_up=count, kind="due").exists()


def test_a_revoked_plan_cancels_what_was_planned_without_a_cycle(stopped, ana, chloe):
    image = add_follow_up(
        stopped.case, by=ana, kind="cross_sectional", due_on=stopped.board.today + 90 * DAY, assignee=ana,
        plan=stopped.plan,
    )  # fmt: skip
    revoke(stopped, chloe)
    assert now(image).status == "cancelled"


def test_a_re_discussion_that_was_asked_for_stays_when_its_plan_is_revoked(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    Step.objects.filter(pk=step.pk).update(status="set_aside", due_on=None)
    asked = add_follow_up(
        step.case, by=ana, kind="rediscussion", title="Follow-up has not begun: “Resected”, step 1 is stopped",
        due_on=board.today, assignee=ana, plan=step.plan, schedule=makers.make_template(board),
    )  # fmt: skip
    revoke(step, chloe)
    assert now(asked).is_open


def test_the_page_says_what_stays_and_asks_for_nothing_more(stopped, chloe):
    html = browser(chloe).get(url("plan", stopped.plan_id)).content.decode()
    part = html[html.index("Revoke the plan") :]
    assert "These stay, with their persons and reminders" in part
    assert part.count("Blood count, due") == 2
    plan = now(stopped.plan)
    told = {"verb": "revoke", "version": plan.version, "reason_code": "other", "reason": "referred back"}
    assert browser(chloe).post(url("plan_close", plan.pk), told).status_code == 302
    assert now(plan).status == "revoked"


def test_a_line_taken_off_by_an_amendment_leaves_the_counts_of_cycles_already_given(course, ana, omar, chloe):
    def without_counts(copy):
        for line in copy.monitoring.filter(when="occurrence"):
            remove_monitoring(line, by=ana)

    owed = [day for heading, day in planned(course) if heading == "Blood count"]
    new = amended(course, ana, chloe, without_counts)
    rows = FollowUp.objects.open().filter(kind="other").order_by("due_on")
    assert [one.due_on for one in rows] == owed and len(owed) == 2
    assert {one.plan_id for one in rows} == {new.plan_id}
    give(new, 2, omar, move_later=True, why="earlier on purpose")
    assert FollowUp.objects.filter(kind="other").count() == 2


def test_taking_back_the_cycle_still_cancels_them(course, ana, omar, chloe):
    def without_counts(copy):
        for line in copy.monitoring.filter(when="occurrence"):
            remove_monitoring(line, by=ana)

    new = amended(course, ana, chloe, without_counts)
    again = amended(new, ana, chloe)
    assert FollowUp.objects.open().filter(kind="other").count() == 2
    first = row(again, 1)
    take_back_occurrence(first, by=omar, expected_version=first.version, why="another patient's")
    assert not FollowUp.objects.open().filter(kind="other").exists()
    assert Monitoring.objects.filter(step=again, when="occurrence", removed_at=None).count() == 0


def test_revoking_asks_under_whose_care_an_analogue_goes_on(ongoing, chloe):
    with pytest.raises(ValidationError) as error:
        revoke(ongoing, chloe, ahead=makers.NOTHING_AHEAD)
    assert "Say under whose care it goes on" in error.value.message_dict["goes_on"][0]
    assert now(ongoing.plan).status == "active"


def test_a_revoked_plan_leaves_an_analogue_running_under_the_care_that_was_said(ongoing, chloe):
    revoke(ongoing, chloe, goes_on={ongoing.pk: "Dr Hale, general practice"}, ahead=makers.NOTHING_AHEAD)
    step = now(ongoing)
    assert (step.status, step.goes_on_with, now(step.plan).status) == (
        "in_progress", "Dr Hale, general practice", "revoked",
    )  # fmt: skip
    assert not Step.objects.waiting().filter(pk=step.pk).exists()
    assert Event.objects.get(step=step, kind="step_handed_on").reason == "Dr Hale, general practice"


def test_the_page_and_the_api_take_under_whose_care_it_goes_on(ongoing, chloe):
    plan = now(ongoing.plan)
    told = {
        "verb": "revoke",
        "version": plan.version,
        "reason_code": "other",
        "reason": "referred back",
        **makers.NOTHING_AHEAD,
    }
    refused = browser(chloe).post(url("plan_close", plan.pk), told)
    assert refused.status_code == 400 and "goes on under the care of" in refused.content.decode()
    api, path = Api(chloe), f"/plans/{plan.pk}/revoke/"
    body = {"reason_code": "other", "reason": "referred back", **makers.NOTHING_AHEAD}
    assert "Say under whose care it goes on" in problem(api.post(path, body, plan.version))
    body["goes_on"] = [{"step": ongoing.pk, "under_the_care_of": "Dr Hale"}]
    assert api.post(path, body, plan.version).status_code == 200
    assert now(ongoing).goes_on_with == "Dr Hale"

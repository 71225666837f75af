"""Doors that stood open: each refusal beside the same act where it is allowed."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Membership
from accounts.pages import next_url
from accounts.permissions import can
from careplans.models import Plan, PriorTreatment
from careplans.services.cases import (
    add_prior_treatment,
    change_case,
    close_case,
    move_case,
    reopen_case,
    withdraw_prior_treatment,
)
from careplans.services.followups import add_follow_up
from careplans.services.plan_ending import mark_in_error
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import amend_plan, discard_draft, edit_plan, release_plan
from careplans.services.schedules import write_lines
from careplans.services.step_progress import skip_step
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe)


def now(row):
    return type(row).objects.get(pk=row.pk)


def test_a_member_discards_a_draft_and_no_plan_in_force(active, board, ana, omar):
    draft = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-9"), by=ana)
    discard_draft(now(draft), by=omar, expected_version=now(draft).version, reason="twice")
    assert now(draft).status == "entered_in_error"
    with pytest.raises(ValidationError, match="Only a draft is discarded"):
        discard_draft(now(active), by=omar, expected_version=active.version, reason="oops")
    answer = Api(omar).post(f"/plans/{active.pk}/discard/", {"reason": "oops"}, version=active.version)
    browser(omar).post(url("plan_close", active.pk), {"verb": "discard", "version": active.version, "reason": "oops"})
    assert (answer.status_code, now(active).status) == (400, "active")


@pytest.mark.parametrize("status", ["in_signoff", "active", "on_hold", "completed", "superseded", "revoked"])
def test_nothing_but_a_draft_is_discarded(case, ana, status):
    plan = makers.make_plan(case, by=ana)
    Plan.objects.filter(pk=plan.pk).update(status=status, content_hash="0" * 64, end_reason="-")
    with pytest.raises(ValidationError):
        discard_draft(now(plan), by=ana, expected_version=now(plan).version, reason="oops")


def test_a_closed_case_is_reopened_with_a_reason_and_not_moved(case, ana):
    close_case(case, by=ana, reason="discharged")
    with pytest.raises(ValidationError, match="reopened with a reason"):
        move_case(now(case), "accepted", by=ana)
    with pytest.raises(ValidationError, match="reason"):
        reopen_case(now(case), by=ana, reason=" ")
    assert reopen_case(now(case), by=ana, reason="Another patient's").status == "accepted"


def test_only_a_closed_case_is_reopened(case, ana):
    move_case(case, "listed", by=ana)
    with pytest.raises(ValidationError, match="Only a closed case"):
        reopen_case(now(case), by=ana, reason="-")


def test_a_case_is_in_care_only_with_a_plan_in_force(case, ana):
    with pytest.raises(ValidationError, match="once a plan of it is in force"):
        move_case(case, "in_care", by=ana)
    assert now(case).status == "accepted"


def test_a_closed_case_keeps_its_title(case, ana):
    close_case(case, by=ana, reason="discharged")
    with pytest.raises(ValidationError, match="Reopen it"):
        change_case(now(case), by=ana, expected_version=now(case).version, title="Another")
    assert now(case).title == case.title


def test_a_plan_is_not_marked_in_error_under_its_amendment(active, ana, chloe):
    step = active.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="progression")
    amend_plan(now(active), by=ana, reason="Progression")
    with pytest.raises(ValidationError, match="which amends this plan"):
        mark_in_error(now(active), by=chloe, expected_version=now(active).version, reason="another patient's")


def test_a_schedule_of_another_board_is_refused(case, other_board, ana):
    plan = makers.make_plan(case, by=ana)
    with pytest.raises(ValidationError, match="another board"):
        add_schedule(plan, by=ana, schedule=makers.make_template(other_board))


def test_a_plan_without_treatment_takes_no_step(case, ana):
    plan = makers.make_plan(case, by=ana, steps=0)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Frail"}, by=ana)
    with pytest.raises(ValidationError, match="Untick"):
        add_step(plan, by=ana, phase="adjuvant", modality_code="OSA")


def test_a_prior_treatment_is_withdrawn_once(case, ana):
    row = add_prior_treatment(case, by=ana, modality_code="SURG", response="complete")
    withdraw_prior_treatment(row, by=ana, expected_version=1, reason="wrong patient")
    with pytest.raises(ValidationError, match="taken off the list"):
        withdraw_prior_treatment(now(row), by=ana, expected_version=2, reason="again")
    assert (PriorTreatment.objects.get().removed_reason, case.events.filter(kind="prior_treatment_withdrawn").count()) == (
        "wrong patient", 1,
    )  # fmt: skip


def test_after_an_act_nobody_is_led_to_another_site(rf):
    request = rf.post("/", {"next": "https://elsewhere.example/"})
    assert next_url(request, "/home/") == "/home/"
    assert next_url(rf.post("/", {"next": "/plans/1/"}), "/home/") == "/plans/1/"


def test_the_history_of_a_follow_up_says_that_a_schedule_set_it(board, case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(board))
    page = browser(ana).get(url("followup", plan.follow_ups.first().pk)).content.decode()
    assert "Set by the schedule of the plan" in page
    alone = add_follow_up(case, by=ana, kind="echo", due_on=makers.TODAY(), assignee=ana)
    assert "Set by the schedule of the plan" not in browser(ana).get(url("followup", alone.pk)).content.decode()


def test_a_release_writes_the_schedule_as_it_stands_and_not_as_it_was_read(board, case, ana, chloe):
    schedule = makers.make_template(board, every=12, months=12, kinds=["visit"])
    plan = makers.make_plan(case, by=ana)
    add_schedule(plan, by=ana, schedule=schedule, counts_from=makers.TODAY(), assignee=ana)
    makers.submit(plan, by=ana)
    read = Plan.objects.for_detail().get(pk=plan.pk)
    line = {"kinds": ["visit"], "interval": 3, "ends_after": 1}
    write_lines(schedule, [line])
    release_plan(read, by=chloe, expected_version=read.version, expected_hash=read.content_hash)
    assert plan.follow_ups.count() == 4


def test_who_left_while_the_page_was_open_signs_nothing(board, case, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    assert can(omar, "plans.sign", board)
    Membership.objects.filter(user=omar).update(role="observer")
    with pytest.raises(PermissionDenied):
        makers.sign(plan, by=omar)

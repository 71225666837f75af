"""A plan gives work only to people who can do it: asked before sign-off and at the release."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from careplans.models import FollowUp, Plan
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import amend_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.step_progress import hand_over_step, skip_step
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.api import Api, attrs

pytestmark = pytest.mark.django_db


def gone(user, board):
    """As somebody who left before anybody was asked to take over."""
    Membership.objects.filter(user=user, board=board).update(ended_at=timezone.now())


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def drafted(case, ana, omar):
    return makers.make_plan(case, by=ana, owner=omar)


@pytest.fixture
def submitted(drafted, ana):
    return makers.submit(drafted, by=ana)


def test_a_plan_whose_owner_has_left_is_not_sent_to_sign_off(drafted, board, ana, omar):
    gone(omar, board)
    with pytest.raises(
        ValidationError, match="Omar Oncologist cannot act on this board any more. Choose another owner"
    ):
        makers.submit(drafted, by=ana)


def test_the_editor_says_so_before(drafted, board, ana, omar):
    gone(omar, board)
    client = Client()
    client.force_login(ana)
    page = client.get(reverse("careplans:plan_edit", args=[drafted.pk])).content.decode()
    assert "Omar Oncologist cannot act on this board any more" in page


@pytest.mark.parametrize("role", ["analyst", "observer"])
def test_a_role_that_only_reads_counts_as_gone(submitted, board, omar, chloe, role):
    Membership.objects.filter(user=omar).update(role=role)
    with pytest.raises(ValidationError) as refused:
        makers.release(submitted, by=chloe)
    assert "Omar Oncologist cannot act on this board any more" in refused.value.message_dict["instead"][0]
    assert Plan.objects.get().status == "in_signoff"


def test_the_chair_says_at_the_release_who_does_it_instead_and_what_was_signed_stays(
    submitted, board, omar, ravi, chloe
):
    gone(omar, board)
    plan = makers.release(submitted, by=chloe, instead={omar.pk: ravi})
    step = plan.steps.get()
    assert (step.owner, step.assignee, step.status) == (omar, ravi, "planned")
    assert set(step.reminders.filter(kind="due").values_list("recipient", flat=True)) == {ravi.pk}


def test_nobody_who_has_left_does_it_instead(submitted, board, omar, ravi, chloe):
    gone(omar, board)
    gone(ravi, board)
    with pytest.raises(ValidationError, match="cannot act on this board either"):
        makers.release(submitted, by=chloe, instead={omar.pk: ravi})


def test_the_page_asks_the_chair_by_name_and_releases(submitted, board, omar, ravi, chloe):
    gone(omar, board)
    client = Client()
    client.force_login(chloe)
    page = client.get(reverse("careplans:signoff", args=[submitted.pk])).content.decode()
    assert "Omar Oncologist cannot act on this board any more, and would get step 1" in page
    url = reverse("careplans:plan_release", args=[submitted.pk])
    typed = {"version": submitted.version, "content_hash": submitted.content_hash, "note": "As agreed"}
    refused = client.post(url, typed)
    assert refused.status_code == 400 and "As agreed" in refused.content.decode()
    assert client.post(url, typed | {f"instead_{omar.pk}": ravi.pk}).status_code == 302
    assert Plan.objects.get().steps.get().assignee == ravi


def test_the_api_asks_too(submitted, board, omar, ravi, chloe):
    gone(omar, board)
    api, path = Api(chloe), f"/plans/{submitted.pk}/release/"
    body = {"content_hash": submitted.content_hash}
    seen = {"version": submitted.version}
    refused = api.post(path, body, **seen)
    assert (refused.status_code, attrs(refused)) == (400, ["instead"])
    assert api.post(path, body | {"instead": [{"of": omar.pk, "to": ravi.pk}]}, **seen).status_code == 200


def test_follow_ups_of_a_schedule_go_to_who_does_them_instead(board, case, ana, omar, ravi, chloe):
    plan = makers.make_plan(case, by=ana)
    add_schedule(plan, by=ana, schedule=makers.make_template(board), counts_from=makers.TODAY(), assignee=omar)
    makers.submit(plan, by=ana)
    gone(omar, board)
    plan = makers.release(plan, by=chloe, instead={omar.pk: ravi})
    row = makers.schedule_of(plan)
    assert (row.assignee, row.done_with) == (omar, ravi)
    assert set(FollowUp.objects.values_list("assignee", flat=True)) == {ravi.pk}


def test_a_schedule_that_goes_on_by_itself_writes_to_a_coordinator(board, case, ana, omar, chloe):
    plan = makers.make_plan(case, by=ana)
    schedule = makers.make_template(board, months=120)
    add_schedule(plan, by=ana, schedule=schedule, counts_from=makers.TODAY(), assignee=omar)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    gone(omar, board)
    before = set(FollowUp.objects.values_list("pk", flat=True))
    with time_machine.travel(add_months(board.today, 12).isoformat() + "T12:00:00Z", tick=False):
        assert extend_schedules() == 1
    written = FollowUp.objects.exclude(pk__in=before)
    assert written.exists() and set(written.values_list("assignee", flat=True)) == {ana.pk}


def test_an_amendment_names_whoever_sees_to_the_step_now(board, case, ana, omar, ravi, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    plan.steps.update(assignee=ravi)
    gone(omar, board)
    new = amend_plan(plan, by=ana, reason="Progression")
    assert new.steps.get().owner == ravi
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert new.steps.get().assignee == ravi


def test_what_ended_before_asks_for_nobody(board, case, ana, omar, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar, steps=2)
    first, second = plan.steps.order_by("position")
    skip_step(first, by=ana, expected_version=first.version, reason="patient_choice")
    hand_over_step(second, by=ana, expected_version=second.version, why="leaves", assignee=ana)
    gone(omar, board)
    new = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="Progression")
    makers.submit(new, by=ana)
    assert makers.release(new, by=chloe).status == "active"

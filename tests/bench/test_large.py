"""A large board obeys the rules that the services keep; 200 plans show it as well as 100,000."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import Board, Membership
from bench.large import Size, make_large
from careplans.models import Case, FollowUp, OutboxMessage, Plan, PlanSchedule, Reminder, Signature, Step
from careplans.models.plan_content import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def large(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        make_large(Size(200, 1, "Many"), say=lambda line: None)
        yield Board.objects.get(name="Many")
        transaction.set_rollback(True)


def test_it_has_exactly_so_many_plans_in_many_states(large):
    plans = Plan.objects.filter(board=large)
    assert plans.count() == 200
    assert set(plans.values_list("status", flat=True)) >= {"draft", "in_signoff", "active", "completed", "superseded"}


def test_every_hash_is_that_of_the_rows():
    for plan in Plan.objects.exclude(content_hash=""):
        assert plan.content_hash == content_hash(
            plan, list(Step.objects.filter(plan=plan).for_plan()), list(PlanSchedule.objects.filter(plan=plan).live())
        )
        assert set(plan.signatures.values_list("content_hash", "content_version")) == {
            (plan.content_hash, plan.content_version)
        }


def test_what_is_in_force_was_signed_by_every_required_discipline():
    for plan in Plan.objects.in_force():
        assert plan.signatures.filter(status="approved").count() == 3
        assert plan.released_at > plan.submitted_at


def test_a_superseded_plan_has_a_successor_that_carries_its_steps():
    superseded = Plan.objects.filter(status="superseded")
    assert superseded.exists()
    for plan in superseded:
        successor = plan.amendments.get()
        carried = Step.objects.filter(plan=successor).values_list("carried_from", flat=True)
        assert set(carried) == set(plan.steps.values_list("pk", flat=True))


def test_steps_are_numbered_without_gaps():
    for plan in Plan.objects.prefetch_related("steps"):
        assert [step.position for step in plan.steps.all()] == list(range(1, plan.steps.count() + 1))


def test_a_completed_plan_has_no_open_step_and_a_closed_case_no_open_follow_up():
    assert not Step.objects.open().filter(plan__status="completed").exists()
    assert Case.objects.filter(status="closed").exists()
    assert not FollowUp.objects.open().filter(case__status="closed").exists()


def test_whatever_is_open_has_a_reminder_ahead():
    ahead = Reminder.objects.filter(status="scheduled", due_at__gt=timezone.now())
    late = timezone.now().date() - timedelta(days=12)
    steps = Step.objects.waiting().filter(due_on__gt=late).values_list("pk", flat=True)
    assert set(steps) <= set(ahead.values_list("step", flat=True))
    assert Step.objects.waiting().count() > 20


def test_nothing_waits_to_be_delivered_at_once():
    due = OutboxMessage.objects.filter(status="pending", due_at__lte=timezone.now())
    assert not due.exists()
    assert Signature.objects.awaited().exists()


def test_the_people_of_the_demo_sit_on_it(large):
    assert Membership.objects.filter(board=large, user__email="coordinator@consilium.example").exists()


def test_the_same_seed_makes_the_same_board(large):
    make_large(Size(200, 1, "Many more"), say=lambda line: None)
    twin = Board.objects.get(name="Many more")

    def told(board):
        steps = Step.objects.filter(board=board).order_by("id")
        states = Plan.objects.filter(board=board).values("status").annotate(n=Count("pk")).order_by("status")
        return list(states), list(steps.values_list("status", "modality_code", "due_on"))

    assert told(twin) == told(large)


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValidationError, match="--board"):
        make_large(Size(10, 1, "Many"), say=lambda line: None)

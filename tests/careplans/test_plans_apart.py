"""What a plan's page reads apart: it says the same as row by row, and one query brings all people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from careplans.models import Plan, Step
from careplans.models.apart import attach, links
from careplans.models.plan_schedules import PlanSchedule
from careplans.services.plans import amend_plan
from tests.careplans import makers

pytestmark = pytest.mark.django_db


def told(queries, table):
    return [one["sql"] for one in queries.captured_queries if f'FROM "{table}"' in one["sql"]]


POINTERS = {
    Step: ("owner", "assignee", "after_step", "arm", "chosen_arm", "carried_from", "modality_revision"),
    PlanSchedule: ("assignee", "done_with", "from_step", "schedule"),
}


@pytest.fixture
def plan(board, ana, chloe):
    """Three steps, of which each waits for the one before."""
    case = makers.make_case(board, by=ana)
    return makers.make_gated_plan(case, by=ana, chair=chloe)[0].plan


@pytest.fixture
def amended(plan, ana):
    """Its amendment, whose steps are copies."""
    plan.refresh_from_db()
    return amend_plan(plan, by=ana, reason="Progression", expected_version=plan.version)


def test_no_step_is_joined_to_people(plan):
    with CaptureQueriesContext(connection) as queries:
        Plan.objects.for_detail().get(pk=plan.pk)
    assert len(told(queries, "accounts_user")) == 1
    assert not [one for one in queries.captured_queries if 'JOIN "accounts_user"' in one["sql"]]


def test_whatever_a_plan_points_to_is_there_without_another_query(amended):
    read = Plan.objects.for_detail().get(pk=amended.pk)
    with CaptureQueriesContext(connection) as queries:
        for row in [*read.steps.all(), *read.schedules.all()]:
            for name in POINTERS[type(row)]:
                getattr(row, name)
        for step in read.steps.all():
            assert step.after_step is None or step.after_step.after_step_id is None or step.after_step.after_step
            assert list(step.arms.all()) is not None
            assert step.newer_revision is None
        _ = (read.created_by.name, read.case.responsible.name, read.amends, read.submitted_by, read.released_by)
    assert queries.captured_queries == []


def test_it_is_the_row_that_the_key_says(amended):
    read = Plan.objects.for_detail().get(pk=amended.pk)
    plain = {row.pk: row for row in Step.objects.filter(plan=amended)}
    assert read.steps.all()
    for step in read.steps.all():
        for name in POINTERS[Step]:
            assert getattr(step, name) == getattr(plain[step.pk], name)


def test_a_row_at_hand_is_not_read_again(plan):
    people = list(User.objects.all())
    steps = list(Step.objects.filter(plan=plan))
    with CaptureQueriesContext(connection) as queries:
        assert attach(links(steps, "owner"), at_hand=people) == []
        assert all(step.owner.pk == step.owner_id for step in steps)
    assert queries.captured_queries == []


def test_a_filtered_plan_is_completed_all_the_same(plan):
    [read] = Plan.objects.for_editing().filter(pk=plan.pk).order_by("pk")
    with CaptureQueriesContext(connection) as queries:
        assert read.created_by.name
    assert queries.captured_queries == []

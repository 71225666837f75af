"""Which steps wait for somebody: found by an index, and never twice after an amendment."""

import pytest
from django.db import connection

from careplans.models import Signature, Step
from careplans.services import plans
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(board, ana, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)


def plan_of(rows):
    """How SQLite finds these rows, with the parameters that Django passes."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return " ".join(row[-1] for row in cursor.fetchall())


def test_a_step_that_was_carried_over_waits_only_in_the_amendment(active, ana, chloe):
    new = plans.amend_plan(active, by=ana, reason="Progression")
    makers.submit(new, by=ana)
    new = makers.release(new, by=chloe)
    assert set(Step.objects.waiting()) == set(new.steps.all())
    assert all(step.carried_over_at and step.is_open for step in active.steps.all())


def test_steps_of_a_plan_in_force_are_not_carried(active):
    assert not Step.objects.filter(plan=active, carried_over_at__isnull=False).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by its statistics")
def test_what_waits_is_found_by_an_index(ana, board):
    mine = Step.objects.waiting().filter(assignee=ana, board=board).order_by("due_on", "id")
    assert "step_open_by_person" in plan_of(mine)
    late = Step.objects.waiting().filter(board=board).order_by("due_on", "id")
    assert "step_open_by_board" in plan_of(late)
    assert "signature_awaited" in plan_of(Signature.objects.awaited().filter(board=board, discipline="surgery"))

"""What a short list says of its rows is read with them, by a query for each kind of thing and not for each row."""

import pytest
from django.urls import reverse

from careplans.models import Case, FollowUp, Plan, Step
from careplans.readers.nothing_ahead import nothing_ahead
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    makers.make_plan(case, by=ana, steps=2)
    return case


@pytest.mark.parametrize("ended", [{"is_dead": True, "died_year": 2026, "died_month": 3}, {"is_dead": True}, {}])
@pytest.mark.parametrize("model", [Case, Plan, Step, FollowUp])
def test_a_row_comes_with_the_whole_name_of_its_patient(case, model, ended, django_assert_num_queries):
    type(case.patient).objects.update(**ended)
    row = list(model.objects.for_work_list())[0]
    with django_assert_num_queries(0):
        named = str(row.patient if model is Case else row.case.patient)
        assert (row if model is Case else row.case).title == case.title
    case.patient.refresh_from_db()
    assert named == str(case.patient)


def test_a_step_comes_with_its_gate(case, django_assert_num_queries):
    first, second = Step.objects.order_by("position")
    Step.objects.filter(pk=second.pk).update(after_step=first)
    row = Step.objects.for_work_list().get(pk=second.pk)
    with django_assert_num_queries(0):
        assert row.after_step == first
        assert row.after_step.after_step is None


def test_no_list_of_my_work_joins_the_tables_with_which_it_is_shown(case, client, ana, django_assert_max_num_queries):
    client.force_login(ana)
    with django_assert_max_num_queries(30) as asked:
        client.get(reverse("careplans:my_work"))
    widest = max(query["sql"].split(" WHERE ")[0].count(" JOIN ") for query in asked.captured_queries)
    assert widest <= 2


def test_steps_that_wait_are_looked_for_among_those_that_have_a_gate(case, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        list(Step.objects.gate_failed())
    assert '"after_step_id" IS NOT NULL OR' in asked.captured_queries[0]["sql"]


def test_a_plan_that_was_released_is_looked_for_in_each_case_and_not_in_all_at_once(case, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        list(nothing_ahead([case.board]).values_list("pk"))
    assert '(SELECT U0."id"' in asked.captured_queries[0]["sql"].replace(' AS "pk"', "")

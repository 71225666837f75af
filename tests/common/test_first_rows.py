import pytest

from careplans.models import Case, FollowUp
from common.first_rows import capped_counts, first_keys
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(board, ana):
    return [makers.make_case(board, by=ana, record_number=f"SYN-{n}") for n in range(4)]


@pytest.fixture
def follow_ups(cases, ana):
    return [makers.make_follow_up(case, by=ana, due_on=makers.TODAY()) for case in cases[:2]]


def test_the_first_keys_of_lists_of_several_tables_come_by_one_query(cases, follow_ups, django_assert_num_queries):
    lists = {"newest": Case.objects.order_by("-pk"), "open": FollowUp.objects.open().order_by("due_on", "pk")}
    with django_assert_num_queries(1):
        found = first_keys(lists, 3)
    assert set(found["newest"]) == {case.pk for case in cases[1:]}
    assert set(found["open"]) == {row.pk for row in follow_ups}


def test_a_list_that_can_have_no_row_is_empty_and_takes_no_other_with_it(cases):
    lists = {"nobody's": Case.objects.none(), "all": Case.objects.filter(title__contains="%").order_by("pk")}
    assert first_keys(lists | {"newest": Case.objects.order_by("-pk")}, 1) == {
        "nobody's": [], "all": [], "newest": [cases[-1].pk],
    }  # fmt: skip
    assert first_keys({"nobody's": Case.objects.none()}, 1) == {"nobody's": []}


def test_a_count_stops_at_the_cap_and_keeps_the_order_that_an_index_has(cases, follow_ups, django_assert_num_queries):
    lists = {"all": Case.objects.order_by("-pk"), "open": FollowUp.objects.open(), "none": Case.objects.none()}
    with django_assert_num_queries(1) as asked:
        assert capped_counts(lists, cap=3) == {"all": "3+", "open": "2", "none": "0"}
    assert "DESC LIMIT 4" in asked.captured_queries[0]["sql"]
    assert " IN (SELECT" not in asked.captured_queries[0]["sql"]

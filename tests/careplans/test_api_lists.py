"""What may be asked of every list: an order, fewer fields, a count; and who has an answer already."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from careplans.models import Case, Change
from careplans.services.cases import change_case
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.test_api_filters import lists
from tests.factories import join

pytestmark = pytest.mark.django_db
# One answer each, and no pages.
WHOLE = {"/overrides/", "/dictionary/", "/tokens/"}
LISTS = sorted({path for path, view in lists() if "list" in view.paged_actions and path not in WHOLE})
ORDERED = sorted(
    (path, name) for path, view in lists() if path not in WHOLE and view.is_ordered for name in ("id", *view.orders)
)


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def every(api, path, **params):
    """All rows, page by page."""
    answer, found = api.get(path, **params), []
    while True:
        found += ids(answer)
        if not answer.json()["next"]:
            return found
        answer = api.client.get(answer.json()["next"])


@pytest.fixture
def cases(board, ana):
    return [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(5)]


def touch(case, title="Jejunal NET"):
    case.refresh_from_db()
    change_case(case, by=case.responsible, expected_version=case.version, title=title)


# Order


def test_what_changed_last_comes_first(cases, omar):
    touch(cases[2])
    touch(cases[0])
    found = [cases[number].pk for number in (0, 2, 4, 3, 1)]
    api = Api(omar)
    assert every(api, "/cases/", order="-updated_at", page_size=2) == found
    assert every(api, "/cases/", order="updated_at", page_size=2) == found[::-1]


def test_without_an_order_the_newest_comes_first(cases, omar):
    newest = [case.pk for case in cases[::-1]]
    api = Api(omar)
    assert every(api, "/cases/") == every(api, "/cases/", order="-id", page_size=2) == newest
    assert every(api, "/cases/", order="id", page_size=2) == newest[::-1]


def test_rows_that_are_alike_come_by_their_id_and_none_twice(cases, omar):
    Change.objects.filter(noun="cases").update(at=cases[0].created_at)
    assert every(Api(omar), "/cases/", order="-updated_at", page_size=2) == [case.pk for case in cases[::-1]]


def test_it_goes_back_as_it_came(cases, omar):
    api = Api(omar)
    first = api.get("/cases/", order="-updated_at", page_size=2)
    second = api.client.get(first.json()["next"])
    back = api.client.get(second.json()["previous"])
    assert ids(back) == ids(first)


def test_of_two_boards_the_order_is_one(cases, other_board, omar, otto):
    join(omar, other_board, "member", "surgery")
    theirs = makers.make_case(other_board, by=otto, record_number="SYN-9")
    touch(cases[1])
    found = every(Api(omar), "/cases/", order="-updated_at", page_size=2)
    assert found == [cases[1].pk, theirs.pk, *(cases[number].pk for number in (4, 3, 2, 0))]


def test_follow_ups_come_by_their_day(cases, ana, omar):
    today = makers.TODAY()
    days = [today.replace(year=today.year + number) for number in (3, 1, 2)]
    made = [makers.make_follow_up(cases[0], by=ana, due_on=day).pk for day in days]
    assert every(Api(omar), "/follow-ups/", order="due_on", page_size=1) == [made[1], made[2], made[0]]


@pytest.mark.parametrize("path", LISTS)
def test_an_order_that_is_none_is_refused_with_those_that_there_are(path, chloe):
    answer = Api(chloe).get(path, order="title")
    assert (answer.status_code, attrs(answer)) == (400, ["order"])
    assert "There are: " in problem(answer)


@pytest.mark.parametrize(("path", "name"), ORDERED)
def test_each_order_is_stable_both_ways(path, name, cases, chloe):
    api = Api(chloe)
    for order in (name, f"-{name}"):
        assert api.get(path, order=order, page_size=1).status_code == 200


def test_a_cursor_of_another_order_is_refused(cases, omar):
    api = Api(omar)
    there = api.get("/cases/", order="-updated_at", page_size=2).json()["next"]
    answer = api.client.get(there.replace("order=-updated_at", "order=id"))
    assert (answer.status_code, attrs(answer)) == (400, ["cursor"])


@pytest.mark.parametrize("order", ["-updated_at", "-id"])
def test_an_order_takes_as_many_queries_for_five_rows_as_for_one(order, cases, omar):
    api = Api(omar)

    def asked(**params):
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/cases/", order=order, count="true", **params).status_code == 200
        return len(captured)

    asked()
    assert asked(page_size=1) == asked(page_size=5) <= 10


# Fields


def test_rows_hold_the_fields_that_were_asked_for(cases, omar):
    rows = Api(omar).get("/cases/", fields="status,id").json()["results"]
    assert rows == [{"id": case.pk, "status": case.status} for case in cases[::-1]]
    assert Api(omar).get(f"/cases/{cases[0].pk}/", fields="id").json() == {"id": cases[0].pk}


@pytest.mark.parametrize("fields", ["id,nonsense", "id,,status", "responsible.name", "ID", "9" * 5000])
def test_a_field_that_there_is_not_is_refused_with_those_that_there_are(fields, cases, omar):
    for path in ("/cases/", f"/cases/{cases[0].pk}/"):
        answer = Api(omar).get(path, fields=fields)
        assert (answer.status_code, attrs(answer)) == (400, ["fields"])
        assert "proforma" in problem(answer)


def test_asking_for_a_field_opens_it_to_nobody(cases, anselm):
    rows = Api(anselm).get("/cases/", fields="id,title").json()["results"]
    assert rows == [{"id": case.pk} for case in cases[::-1]]


def test_the_tag_of_a_row_is_that_of_the_whole(cases, ana):
    api, path = Api(ana), f"/cases/{cases[0].pk}/"
    assert api.get(path, fields="id")["ETag"] == api.get(path)["ETag"]


# Counts


def test_the_count_is_of_the_whole_list(cases, omar):
    body = Api(omar).get("/cases/", count="true", page_size=2).json()
    assert (body["count"], len(body["results"])) == (5, 2)
    assert Api(omar).get("/cases/", count="true", status="closed").json()["count"] == 0
    assert "count" not in Api(omar).get("/cases/").json()


def test_nobody_counts_what_they_may_not_see(cases, other_board, omar, otto):
    makers.make_case(other_board, by=otto, record_number="SYN-9")
    assert Api(omar).get("/cases/", count="true").json()["count"] == 5
    assert Api(otto).get("/cases/", count="true").json()["count"] == 1


@pytest.mark.parametrize("path", LISTS)
def test_every_list_counts(path, cases, chloe):
    body = Api(chloe).get(path, count="true", page_size=200).json()
    assert body["count"] == len(body["results"])


@pytest.mark.parametrize("said", ["yes", "1", ""])
def test_a_count_is_true_or_false(said, cases, omar):
    answer = Api(omar).get("/cases/", count=said)
    assert (answer.status_code, attrs(answer)) == (400, ["count"])


# Who has it already


@pytest.mark.parametrize("path", ["/cases/", "/cases/{}/"])
def test_who_has_an_answer_gets_no_second_copy_until_it_changes(path, cases, omar):
    api, where = Api(omar), path.format(cases[0].pk)
    tag = api.get(where)["ETag"]
    headers = {"If-None-Match": f'"other", W/{tag}'}
    again = api.client.get(f"/api/v1{where}", headers=headers)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    touch(cases[0])
    assert api.client.get(f"/api/v1{where}", headers=headers).status_code == 200


def test_it_was_read_all_the_same(cases, omar):
    api, where = Api(omar), f"/cases/{cases[0].pk}/"
    tag = api.get(where)["ETag"]
    before = AuditEvent.objects.filter(action="read", actor=omar).count()
    assert api.client.get(f"/api/v1{where}", headers={"If-None-Match": tag}).status_code == 304
    assert AuditEvent.objects.filter(action="read", actor=omar).count() == before + 1


def test_a_step_whose_plan_moved_on_is_sent_again_and_still_taken(board, ana, omar):
    """Its `plan_version` is what another step is added with."""
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    api, step = Api(ana), plan.steps.get()
    before = api.get(f"/steps/{step.pk}/")
    answer = api.patch(f"/plans/{plan.pk}/", {"aim": "Cure"}, version=plan.version)
    assert answer.status_code == 200, answer.content
    where = f"/api/v1/steps/{step.pk}/"
    again = api.client.get(where, headers={"If-None-Match": before["ETag"]})
    assert again.status_code == 200
    assert again.json()["plan_version"] > before.json()["plan_version"]
    taken = api.client.patch(where, {"rationale": "Symptoms"}, format="json", headers={"If-Match": before["ETag"]})
    assert taken.status_code == 200, taken.content


def test_whoever_may_not_read_it_gets_no_304(cases, omar, otto):
    tag = Api(omar).get(f"/cases/{cases[0].pk}/")["ETag"]
    answer = Api(otto).client.get(f"/api/v1/cases/{cases[0].pk}/", headers={"If-None-Match": tag})
    assert answer.status_code == 404
    assert Case.objects.count() == 5

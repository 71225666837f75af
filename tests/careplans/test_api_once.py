"""`Idempotency-Key`: a call sent again is answered as the first time, and not done again."""

import pytest

from accounts.models import Sent
from careplans.models import FollowUp
from tests.careplans import makers
from tests.careplans.api import ROOT, Api, problem
from tests.factories import make_project

pytestmark = pytest.mark.django_db

BODY = {"kind": "cross_sectional", "due_on": "2030-05-17"}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def post(person, path, body, key, **headers):
    return Api(person).client.post(ROOT + path, body, format="json", headers={"Idempotency-Key": key} | headers)


def test_a_retry_makes_one_row_and_gets_the_same_answer(ana, case):
    path = f"/cases/{case.pk}/follow-ups/"
    first, second = (post(ana, path, BODY | {"assignee": ana.pk}, "k-1") for _ in range(2))
    assert first.status_code == second.status_code == 201, first.content
    assert FollowUp.objects.count() == 1
    assert first.json() == second.json() and first["ETag"] == second["ETag"]
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"


def test_without_a_key_each_call_is_its_own(ana, case):
    for _ in range(2):
        Api(ana).post(f"/cases/{case.pk}/follow-ups/", BODY | {"assignee": ana.pk})
    assert FollowUp.objects.count() == 2


def test_another_body_under_the_same_key_is_refused(ana, case):
    path = f"/cases/{case.pk}/follow-ups/"
    post(ana, path, BODY | {"assignee": ana.pk}, "k-1")
    other = post(ana, path, BODY | {"assignee": ana.pk, "due_on": "2030-06-18"}, "k-1")
    assert other.status_code == 422 and "another call" in problem(other)
    assert FollowUp.objects.count() == 1


def test_another_person_s_equal_key_is_another_key(ana, omar, case):
    for person in (ana, omar):
        assert post(person, f"/cases/{case.pk}/follow-ups/", BODY | {"assignee": ana.pk}, "k-1").status_code == 201
    assert FollowUp.objects.count() == 2


def test_the_same_call_by_a_token_that_reaches_less_is_another_call(ana, case):
    path = f"/cases/{case.pk}/follow-ups/"
    assert post(ana, path, BODY | {"assignee": ana.pk}, "k-1").status_code == 201
    narrow = Api(ana, boards=[case.board_id]).client
    headers = {"Idempotency-Key": "k-1"}
    answer = narrow.post(ROOT + path, BODY | {"assignee": ana.pk}, format="json", headers=headers)
    assert answer.status_code == 422 and FollowUp.objects.count() == 1


def test_the_same_call_within_a_reporting_project_is_another_call(board, chloe, anselm):
    project = make_project(board, by=chloe, analysts=[anselm])
    body, headers = {"what": "steps", "form": "csv"}, {"Consilium-Project": str(project.pk)}
    assert post(anselm, "/exports/", body, "k-1", **headers).status_code == 201
    again = post(anselm, "/exports/", body, "k-1", **headers)
    assert again.get("Idempotency-Replayed") == "true", again.content
    assert post(anselm, "/exports/", body, "k-1").status_code == 422


def test_what_was_refused_can_be_sent_again_under_its_key(ana, case):
    path = f"/cases/{case.pk}/follow-ups/"
    assert post(ana, path, {"kind": "cross_sectional"}, "k-1").status_code == 400
    assert post(ana, path, BODY | {"assignee": ana.pk}, "k-1").status_code == 201


def test_the_retry_of_a_change_is_not_told_that_it_is_stale(ana, case):
    api, headers = Api(ana), {"Idempotency-Key": "k-1", "If-Match": f'"{case.version}"'}
    first, second = (
        api.client.patch(f"{ROOT}/cases/{case.pk}/", {"title": "Ileal NET"}, format="json", headers=headers)
        for _ in range(2)
    )
    assert first.status_code == second.status_code == 200, first.content
    assert first.json() == second.json()


@pytest.mark.parametrize("key", ["x" * 256, "mit Ü"])
def test_a_key_that_is_none_is_refused(ana, case, key):
    answer = post(ana, f"/cases/{case.pk}/follow-ups/", BODY | {"assignee": ana.pk}, key)
    assert answer.status_code == 400 and "Idempotency-Key" in problem(answer)
    assert not Sent.objects.exists()


def test_no_table_shows_what_was_answered(ana, case):
    post(ana, f"/cases/{case.pk}/follow-ups/", BODY | {"assignee": ana.pk, "title": "after the scan"}, "k-1")
    row = Sent.objects.get()
    assert row.status == 201 and "scan" not in row.answer

"""Treatments from before the plans, made, corrected and taken off by a program."""

import pytest

from careplans.models import Event, PriorTreatment
from careplans.services.cases import close_case
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem, version_in

pytestmark = pytest.mark.django_db
GIVEN = {
    "modality_code": "OSA",
    "description": "octreotide",
    "started_on": "2020-01-05",
    "response": "stable",
    "ended": "running",
}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def row(case, ana):
    answer = Api(ana).post(f"/cases/{case.pk}/prior-treatments/", GIVEN)
    assert answer.status_code == 201, answer.content
    return answer.json()


def one(row):
    return f"/prior-treatments/{row['id']}/"


def test_one_is_added(row, case, board, ana):
    assert {name: row[name] for name in GIVEN} == GIVEN
    assert (row["case"], row["board"], row["version"], row["created_by"]["id"]) == (case.pk, board.pk, 1, ana.pk)
    assert Api(ana).get(f"/cases/{case.pk}/").json()["prior_treatments"][0]["version"] == 1
    assert Event.objects.filter(kind="prior_treatment_added").exists()


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({"response": None}, "response"),
        ({"modality_code": "XYZ"}, "modality_code"),
        ({"ended_on": "2019-01-01"}, "ended_on"),
        ({"case": 3}, "case"),
        ({"description": "x" * 161}, "description"),
    ],
)
def test_what_cannot_be_is_refused(case, ana, sent, attr):
    answer = Api(ana).post(f"/cases/{case.pk}/prior-treatments/", GIVEN | sent)
    assert (answer.status_code, attrs(answer)) == (400, [attr])
    assert not PriorTreatment.objects.exists()


def test_the_response_is_said_and_never_filled_in(case, ana):
    answer = Api(ana).post(f"/cases/{case.pk}/prior-treatments/", {"modality_code": "OSA"})
    assert (answer.status_code, attrs(answer)) == (400, ["response"])


def test_a_correction_keeps_what_it_said(row, ana):
    answer = Api(ana).patch(one(row), {"response": "partial", "started_on": "2021-01-05"}, version=1)
    assert (answer.status_code, answer.json()["response"], version_in(answer)) == (200, "partial", 2)
    data = Event.objects.get(kind="prior_treatment_changed").data
    assert data["was"] == {"response": "stable", "started_on": "2020-01-05"}
    assert data["now"] == {"response": "partial", "started_on": "2021-01-05"}


def test_a_correction_that_cannot_be_is_judged_with_what_stands(row, ana):
    answer = Api(ana).patch(one(row), {"ended_on": "2019-12-31"}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["ended_on"])


def test_the_version_is_asked_for(row, ana):
    api = Api(ana)
    assert api.patch(one(row), {"toxicity": "none"}).status_code == 428
    assert api.post(f"{one(row)}withdraw/", {"reason": "-"}).status_code == 428
    api.patch(one(row), {"toxicity": "none"}, version=1)
    late = api.patch(one(row), {"toxicity": "rash"}, version=1)
    assert (late.status_code, late.json()["differs"]) == (412, ["toxicity"])


def test_entered_in_error_it_is_off_the_list_and_stays_readable(row, case, ana):
    api = Api(ana)
    assert attrs(api.post(f"{one(row)}withdraw/", {"reason": " "}, version=1)) == ["reason"]
    answer = api.post(f"{one(row)}withdraw/", {"reason": "Another patient"}, version=1)
    assert (answer.status_code, answer.json()["removed_reason"]) == (200, "Another patient")
    assert api.get(f"/cases/{case.pk}/").json()["prior_treatments"] == []
    assert api.get(one(row)).json()["removed_at"]
    again = api.patch(one(row), {"toxicity": "none"}, version=2)
    assert again.status_code == 400 and "taken off the list" in problem(again)


def test_who_may_not_on_the_page_may_not_here(row, case, nina, otto):
    sent = {"toxicity": "none"}
    for person, status in ((nina, 403), (otto, 404)):
        assert Api(person).patch(one(row), sent, version=1).status_code == status
        assert Api(person).post(f"/cases/{case.pk}/prior-treatments/", GIVEN).status_code == status
        assert Api(person).post(f"{one(row)}withdraw/", {"reason": "-"}, version=1).status_code == status


def test_on_a_closed_case_nothing_changes(row, case, ana, chloe):
    case.refresh_from_db()
    close_case(case, by=chloe, reason="discharged")
    assert Api(ana).patch(one(row), {"toxicity": "none"}, version=1).status_code == 400
    assert Api(ana).post(f"/cases/{case.pk}/prior-treatments/", GIVEN).status_code == 400


def test_they_are_listed_by_case_and_by_board(row, case, board, ana, otto):
    other = makers.make_case(board, by=ana, record_number="SYN-2")
    api = Api(ana)
    assert [told["id"] for told in api.get("/prior-treatments/", board=board.pk).json()["results"]] == [row["id"]]
    assert [told["id"] for told in api.get("/prior-treatments/", case=case.pk).json()["results"]] == [row["id"]]
    assert api.get("/prior-treatments/", case=other.pk).json()["results"] == []
    assert Api(otto).get("/prior-treatments/").json()["results"] == []


@pytest.mark.parametrize("others", [1, 11])
def test_a_list_asks_as_often_for_two_as_for_twelve(row, case, ana, others, django_assert_max_num_queries):
    api = Api(ana)
    for _ in range(others):
        api.post(f"/cases/{case.pk}/prior-treatments/", GIVEN)
    with django_assert_max_num_queries(12):
        assert len(api.get("/prior-treatments/").json()["results"]) == others + 1

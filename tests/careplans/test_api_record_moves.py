"""Merging and moving over the API."""

import pytest

from careplans.models import RecordMove
from careplans.services.cases import open_case
from tests.careplans import makers
from tests.careplans.api import Api, problem

pytestmark = pytest.mark.django_db
WHY = {"reason": "Same insurance number."}


@pytest.fixture
def old(board, ana):
    return makers.make_patient(board, by=ana, record_number="SYN-1")


@pytest.fixture
def new(board, ana):
    return makers.make_patient(board, by=ana, record_number="SYN-2")


@pytest.fixture
def asked(old, new, ana):
    answer = Api(ana).post(f"/patients/{old.pk}/merge/", {"into": new.pk, **WHY})
    assert answer.status_code == 201, answer.content
    return answer.json()


def confirmed(asked, by):
    versions = {name: asked[name] for name in ("from_version", "to_version")}
    return Api(by).post(f"/record-moves/{asked['id']}/confirm/", versions, version=asked["version"])


def test_asked_and_confirmed_by_another(asked, old, new, ana, chloe):
    assert asked["status"] == "asked"
    assert problem(confirmed(asked, ana)).startswith("You asked for it yourself")
    answer = confirmed(asked, chloe)
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")


def test_both_patients_say_so(asked, old, new, ana, chloe):
    confirmed(asked, chloe)
    assert Api(ana).get(f"/patients/{old.pk}/").json()["merged_into"] == new.pk
    assert Api(ana).get(f"/patients/{new.pk}/").json()["replaces"] == [old.pk]


def test_a_list_has_the_person_once_and_the_merged_ones_when_asked(asked, old, new, ana, chloe):
    confirmed(asked, chloe)
    ids = [row["id"] for row in Api(ana).get("/patients/").json()["results"]]
    assert ids == [new.pk]
    assert [row["id"] for row in Api(ana).get("/patients/", merged_into=new.pk).json()["results"]] == [old.pk]
    found = Api(ana).post("/patients/search/", {"search": "SYN-1"}).json()["results"]
    assert [row["id"] for row in found] == [new.pk]


def test_confirmed_on_versions_that_are_no_longer_so_is_a_conflict(asked, ana, chloe):
    answer = confirmed(asked | {"to_version": 7}, chloe)
    assert answer.status_code == 409, answer.content


def test_without_the_version_nothing_is_decided(asked, chloe):
    path = f"/record-moves/{asked['id']}/"
    for verb in ("confirm", "decline", "undo"):
        assert Api(chloe).post(f"{path}{verb}/", {}).status_code == 428


def test_undone_with_a_reason(asked, old, ana, chloe):
    done = confirmed(asked, chloe).json()
    path = f"/record-moves/{asked['id']}/undo/"
    assert Api(ana).post(path, {}, version=done["version"]).status_code == 400
    assert Api(ana).post(path, {"reason": "Sisters."}, version=done["version"]).json()["status"] == "undone"
    assert Api(ana).get(f"/patients/{old.pk}/").json()["merged_into"] is None


def test_a_case_is_moved(old, new, ana, chloe):
    case = open_case(old, by=ana, title="Ileal NET", responsible=ana, status="accepted")
    asked = Api(ana).post(f"/cases/{case.pk}/move-to-patient/", {"to": new.pk, **WHY}).json()
    assert confirmed(asked, chloe).status_code == 200
    assert Api(ana).get(f"/cases/{case.pk}/").json()["patient"] == new.pk


def test_a_patient_whom_nobody_of_the_boards_knows_is_named_in_the_refusal(old, ana):
    answer = Api(ana).post(f"/patients/{old.pk}/merge/", {"into": 10**12, **WHY})
    assert answer.status_code == 400 and "None of your boards knows that patient" in answer.content.decode()


def test_moves_are_filtered(asked, board, old, new, ana):
    get = lambda **given: [row["id"] for row in Api(ana).get("/record-moves/", **given).json()["results"]]  # noqa: E731
    assert get(status="asked", kind="merge", from_patient=old.pk, to_patient=new.pk, board=board.pk) == [asked["id"]]
    assert get(status="confirmed") == [] and get(kind="case") == []


def test_withdrawn_by_whoever_asked(asked, ana):
    assert Api(ana).post(f"/record-moves/{asked['id']}/withdraw/", version=1).json()["status"] == "withdrawn"
    assert RecordMove.objects.get().status == "withdrawn"

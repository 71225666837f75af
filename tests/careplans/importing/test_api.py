"""Imports over the API: looked at, carried out, refused."""

import pytest

from careplans.models import Import, Patient
from tests.careplans.api import Api, attrs, problem
from tests.careplans.importing.sent import adt, bundle, condition, patient, pid
from tests.wicked import VALUES

pytestmark = pytest.mark.django_db


def body(board, content, **more):
    return {
        "board": board.pk,
        "format": "fhir_bundle" if content.startswith("{") else "hl7_adt",
        "content": content,
        **more,
    }


def test_it_is_looked_at_carried_out_and_not_done_twice(board, ana):
    api, content = Api(ana), bundle(patient(), condition())
    shown = api.post("/imports/preview/", body(board, content))
    assert shown.status_code == 200 and Patient.objects.count() == 0
    seen = shown.json()
    assert [(part["kind"], part["does"], part["patient"]) for part in seen["parts"]] == [
        ("Patient", "added", None), ("Case", "opened", None),
    ]  # fmt: skip
    assert (seen["can_apply"], seen["id"], seen["was_imported"]) == (True, None, False)
    sent = body(board, content, digest=seen["digest"], confirmed=[one["key"] for one in seen["questions"]])
    done = api.post("/imports/", sent)
    assert done.status_code == 201, done.content
    row = Patient.objects.get()
    assert [part["patient"] for part in done.json()["parts"]] == [row.pk, row.pk]
    again = api.post("/imports/", sent)
    assert (again.status_code, again.json()["was_imported"], again.json()["id"]) == (200, True, done.json()["id"])
    assert Import.objects.count() == 1


def test_what_is_not_confirmed_is_refused_by_its_field(board, ana):
    content = adt(pid(), "DG1|1||C75.9")
    api = Api(ana)
    digest = api.post("/imports/preview/", body(board, content)).json()["digest"]
    refused = api.post("/imports/", body(board, content, digest=digest))
    assert (refused.status_code, attrs(refused)) == (400, ["confirmed"]), refused.content
    assert "not taken over: DG1" in problem(refused)


def test_an_admission_with_its_visit_goes_in_without_a_question(board, ana):
    """As an interface sends it, without anybody beside it."""
    content = adt(pid(more="|||12 Elm Row"), "PV1|1|I|WARD", event="A01")
    seen = Api(ana).post("/imports/preview/", body(board, content)).json()
    assert seen["questions"] == []
    assert {one["place"]: one["asks"] for one in seen["left_out"]} == {"PID-11": False, "PV1": False}
    assert Api(ana).post("/imports/", body(board, content, digest=seen["digest"])).status_code == 201


def test_another_digest_is_a_conflict(board, ana):
    refused = Api(ana).post("/imports/", body(board, adt(pid()), digest="0" * 64))
    assert refused.status_code == 409 and "look at it again" in problem(refused)


@pytest.mark.parametrize(("who", "status"), [("nina", 403), ("anselm", 403), ("otto", 404)])
def test_who_may_not_add_patients_gets_nothing(board, request, who, status):
    api = Api(request.getfixturevalue(who))
    for path, more in (("/imports/preview/", {}), ("/imports/", {"digest": "x"})):
        assert api.post(path, body(board, adt(pid()), **more)).status_code == status
    assert not Patient.objects.exists()


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_whatever_is_sent_is_refused_and_never_an_error(board, ana, kind):
    api = Api(ana)
    for name in ("board", "format", "content", "digest", "confirmed"):
        for path in ("/imports/preview/", "/imports/"):
            try:
                answer = api.post(path, body(board, adt(pid()), digest="x") | {name: VALUES[kind]})
            except UnicodeEncodeError:
                continue  # The client of the tests cannot write it.
            assert answer.status_code in (400, 404, 409), (path, name, answer.content)

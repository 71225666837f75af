"""Patients made, changed and looked up by a program."""

from datetime import date

import pytest

from accounts.models import AuditEvent, IdentifierSystem
from careplans.models import Patient, PatientChange
from careplans.services.record_moves import ask_merge, confirm
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem, version_in

pytestmark = pytest.mark.django_db
WHO = {
    "record_number": "SYN-9",
    "family_name": "Larch",
    "given_name": "Ida",
    "birth_date": "1961-04-02",
    "sex": "female",
}
BORN = {"birth_date": date(1961, 4, 2)}
ELSEWHERE = {"system": "St Alban's Hospital", "value": "AB-77 1"}


@pytest.fixture
def api(ana):
    return Api(ana)


@pytest.fixture
def new(board):
    return WHO | {"board": board.pk}


@pytest.fixture
def second(eve):
    return eve.board


def numbers(answer):
    return [(row["system"], row["value"]) for row in answer.json()["identifiers"]]


def test_a_patient_is_added(api, board, new, ana):
    answer = api.post("/patients/", new)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert {name: told[name] for name in WHO} == WHO and (told["boards"], version_in(answer)) == ([board.pk], 1)
    assert AuditEvent.objects.filter(action="patient_added", actor=ana, subject_id=str(told["id"])).count() == 1


@pytest.mark.parametrize("missing", [*WHO, "board"])
def test_nothing_of_who_it_is_is_filled_in_by_the_server(api, new, missing):
    answer = api.post("/patients/", {name: value for name, value in new.items() if name != missing})
    assert (answer.status_code, attrs(answer)) == (400, [missing])
    assert not Patient.objects.exists()


def test_a_field_of_no_such_name_is_refused(api, new):
    answer = api.post("/patients/", new | {"merged_into": 3})
    assert (answer.status_code, attrs(answer)) == (400, ["merged_into"])


def test_somebody_alike_is_asked_about_first(api, board, new, ana):
    twin = makers.make_patient(board, by=ana, record_number="SYN-1", family_name="Ida", given_name="Larch")
    answer = api.post("/patients/", new)
    assert answer.status_code == 409, answer.content
    assert answer.json()["alike"] == [{"id": twin.pk, "why": "the same name the other way round"}]
    assert Patient.objects.count() == 1
    assert AuditEvent.objects.filter(action="list", actor=ana, data={"ids": [twin.pk]}).exists()
    assert api.post("/patients/", new | {"another_than": [twin.pk]}).status_code == 201


def test_who_was_added_meanwhile_is_asked_about_too(api, board, new, ana):
    twin = makers.make_patient(board, by=ana, record_number="SYN-1", family_name="Larch", given_name="Ida")
    later = makers.make_patient(board, by=ana, record_number="SYN-2", family_name="Larch", given_name="Ida")
    answer = api.post("/patients/", new | {"another_than": [twin.pk]})
    assert answer.status_code == 409 and later.pk in {row["id"] for row in answer.json()["alike"]}


def test_whom_the_institution_knows_is_taken_on_when_said_so(new, board, second, ana, eve):
    known = makers.make_patient(board, by=ana, **WHO | BORN)
    body = new | {"board": second.pk, "family_name": "Lark"}
    answer = Api(eve).post("/patients/", body)
    assert answer.status_code == 409 and answer.json()["known"]["family_name"] == "Larch"
    assert AuditEvent.objects.filter(action="patient_looked_up", actor=eve, data={"found": True}).exists()
    taken = Api(eve).post("/patients/", body | {"take_known": answer.json()["known"]["id"]})
    assert (taken.status_code, taken.json()["id"], taken.json()["family_name"]) == (201, known.pk, "Larch")


def test_a_number_with_another_birth_date_says_whom_to_ask_and_nothing_more(new, board, second, ana, eve):
    makers.make_patient(board, by=ana, **WHO | BORN)
    answer = Api(eve).post("/patients/", new | {"board": second.pk, "birth_date": "1971-04-02"})
    assert (answer.status_code, attrs(answer)) == (400, ["record_number"])
    assert "Larch" not in answer.content.decode()
    assert AuditEvent.objects.filter(action="patient_looked_up", actor=eve, data={"found": False}).count() == 1


def test_sent_twice_under_one_key_it_is_one_patient(api, new):
    first, again = (
        api.client.post("/api/v1/patients/", new, format="json", headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201) and again.json() == first.json()
    assert Patient.objects.count() == 1


def test_what_was_asked_about_uses_up_no_key(api, board, new, ana):
    twin = makers.make_patient(board, by=ana, record_number="SYN-1", family_name="Larch", given_name="Ida")
    asked, sent = (
        api.client.post("/api/v1/patients/", body, format="json", headers={"Idempotency-Key": "one"})
        for body in (new, new | {"another_than": [twin.pk]})
    )
    assert (asked.status_code, sent.status_code) == (409, 201), sent.content


def test_only_who_may_on_the_page_may_here(board, new, nina, otto):
    assert Api(nina).post("/patients/", new).status_code == 403
    assert Api(otto).post("/patients/", new).status_code == 404
    assert not Patient.objects.exists()


# Changing


def test_a_patient_is_changed_and_what_it_was_is_kept(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    answer = api.patch(f"/patients/{patient.pk}/", {"birth_date": "1961-04-12"}, version=1)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["birth_date"], version_in(answer)) == ("1961-04-12", 2)
    row = PatientChange.objects.get()
    assert (row.field, row.old, row.new, row.by) == ("birth_date", "1961-04-02", "1961-04-12", ana)


def test_a_change_says_which_version_it_saw(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    assert api.patch(f"/patients/{patient.pk}/", {"sex": "male"}).status_code == 428
    api.patch(f"/patients/{patient.pk}/", {"sex": "male"}, version=1)
    late = api.patch(f"/patients/{patient.pk}/", {"sex": "other"}, version=1)
    assert (late.status_code, late.json()["current"]["sex"], late.json()["differs"]) == (412, "male", ["sex"])


def test_a_new_name_says_what_becomes_of_the_old_one(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    body = {"family_name": "Maple"}
    answer = api.patch(f"/patients/{patient.pk}/", body, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["old_name"])
    answer = api.patch(f"/patients/{patient.pk}/", body | {"old_name": "former"}, version=1)
    assert [row["family_name"] for row in answer.json()["other_names"]] == ["Larch"]


def test_a_mistyped_name_is_not_kept(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    answer = api.patch(f"/patients/{patient.pk}/", {"given_name": "Ada", "old_name": "mistyped"}, version=1)
    assert (answer.json()["given_name"], answer.json()["other_names"]) == ("Ada", [])


def test_what_a_patient_has_not_is_refused(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    for body in ({"is_dead": True}, {"board": 1}, {"version": 7}, {}):
        assert api.patch(f"/patients/{patient.pk}/", body, version=1).status_code == 400, body
    assert Patient.objects.get().version == 1


def test_nobody_else_changes_it(board, ana, nina, otto):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    assert Api(nina).patch(f"/patients/{patient.pk}/", {"sex": "male"}, version=1).status_code == 403
    assert Api(otto).patch(f"/patients/{patient.pk}/", {"sex": "male"}, version=1).status_code == 404


# Numbers of systems that nobody set up


def test_a_number_of_a_hospital_unknown_here_is_kept_and_found(api, new):
    answer = api.post("/patients/", new | {"identifiers": [ELSEWHERE]})
    assert numbers(answer)[1:] == [("St Alban's Hospital", "AB-77 1")]
    found = api.post("/patients/search/", {"search": "ab771"}).json()["results"]
    assert [row["id"] for row in found] == [answer.json()["id"]]
    assert not IdentifierSystem.objects.get(is_main=False).is_asked


def test_a_system_that_is_written_otherwise_is_the_same(api, new, board):
    first = api.post("/patients/", new | {"identifiers": [ELSEWHERE]})
    again = {"system": "st. alban’s  hospital", "value": "ab771"}
    body = new | {"record_number": "SYN-10", "identifiers": [again], "another_than": [first.json()["id"]]}
    answer = api.post("/patients/", body)
    assert (answer.status_code, attrs(answer)) == (400, ["identifiers"]) and "another patient" in problem(answer)
    assert IdentifierSystem.objects.filter(is_main=False).count() == 1


def test_a_number_is_changed_and_taken_off(api, new):
    pk = api.post("/patients/", new | {"identifiers": [ELSEWHERE]}).json()["id"]
    other = api.patch(f"/patients/{pk}/", {"identifiers": [ELSEWHERE | {"value": "AB-78"}]}, version=1)
    assert numbers(other)[1:] == [("St Alban's Hospital", "AB-78")]
    off = api.patch(f"/patients/{pk}/", {"identifiers": [ELSEWHERE | {"value": ""}]}, version=2)
    assert numbers(off)[1:] == []
    told = [(row.field, row.old, row.new) for row in PatientChange.objects.order_by("pk")]
    field = f"number: {ELSEWHERE['system']}"
    assert told == [(field, "AB-77 1", "AB-78"), (field, "AB-78", "")]


@pytest.mark.parametrize(
    "identifiers",
    [
        [{"system": "record number", "value": "7"}],
        [ELSEWHERE, ELSEWHERE],
        [ELSEWHERE, ELSEWHERE | {"system": "ST ALBAN'S HOSPITAL"}],
        [ELSEWHERE | {"value": "--"}],
        [ELSEWHERE | {"system": "…"}],
        [ELSEWHERE | {"system": "x" * 81}],
        [ELSEWHERE | {"value": ""}],
        "AB-77",
    ],
)
def test_a_number_that_cannot_be_kept_is_refused(api, new, identifiers):
    answer = api.post("/patients/", new | {"identifiers": identifiers})
    assert answer.status_code == 400, answer.content
    assert {name.partition(".")[0] for name in attrs(answer)} == {"identifiers"}
    assert not Patient.objects.exists() and not IdentifierSystem.objects.filter(is_main=False).exists()


# The exact look-up


def look_up(api, system, value):
    answer = api.post("/patients/look-up/", {"system": system, "value": value})
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize("value", ["SYN-9", "syn9", "SYN\u20119", " syn 9 "])
def test_a_record_number_finds_its_patient(api, new, value):
    pk = api.post("/patients/", new).json()["id"]
    assert look_up(api, "Record number", value) == [pk]


def test_a_number_is_found_whole_and_in_its_system_alone(api, new):
    pk = api.post("/patients/", new | {"identifiers": [ELSEWHERE]}).json()["id"]
    assert look_up(api, "st alban's hospital", "ab 771") == [pk]
    assert look_up(api, ELSEWHERE["system"], "AB-77") == []
    assert look_up(api, "Record number", ELSEWHERE["value"]) == []
    assert look_up(api, ELSEWHERE["system"], "SYN-9") == []


def test_a_system_goes_by_its_address_too(api, new, board):
    IdentifierSystem.objects.create(institution=board.institution, name="NHS number", uri="https://nhs.example/Id")
    number = {"system": "https://nhs.example/Id", "value": "999"}
    pk = api.post("/patients/", new | {"identifiers": [number]}).json()["id"]
    assert look_up(api, "https://nhs.example/Id", "999") == look_up(api, "nhs number", "999") == [pk]


def test_absent_and_not_visible_are_answered_alike(new, ana, eve, otto):
    Api(ana).post("/patients/", new | {"identifiers": [ELSEWHERE]})
    body = {"system": "Record number", "value": "SYN-9"}
    answers = {
        Api(person).post("/patients/look-up/", {**body, **other}).content
        for person in (eve, otto)
        for other in ({}, {"value": "SYN-404"}, {"system": "No such thing"}, ELSEWHERE)
    }
    assert len(answers) == 1


def test_whoever_looked_is_on_the_trail_and_the_number_is_not(api, new, ana):
    api.post("/patients/", new)
    for value in ("SYN-9", "SYN-404"):
        look_up(api, "Record number", value)
    trail = AuditEvent.objects.filter(action="patient_looked_up", actor=ana)
    assert trail.count() == 2 and not any("SYN" in str(row.data) + row.label for row in trail)


def test_the_number_of_a_merged_record_leads_to_the_one_that_stands(api, board, ana, chloe):
    old, new = (makers.make_patient(board, by=ana, record_number=number) for number in ("SYN-1", "SYN-2"))
    move = ask_merge(old, by=ana, into=new.pk, reason="The same person.")
    confirm(move, by=chloe, expected_version=move.version, from_version=1, to_version=1)
    assert look_up(api, "Record number", "SYN-1") == [new.pk]


def test_nobody_looks_up_who_may_not_see_patients(board):
    analyst = factories.make_user("anselm@example.org", "Anselm")
    factories.join(analyst, board, "analyst")
    assert Api(analyst).post("/patients/look-up/", {"system": "a", "value": "b"}).status_code == 403


# What was changed


def test_what_was_changed_is_read_in_pages(api, board, ana):
    patient = makers.make_patient(board, by=ana, **WHO | BORN)
    api.patch(f"/patients/{patient.pk}/", {"sex": "male", "birth_date": "1962-04-02"}, version=1)
    page = api.get(f"/patients/{patient.pk}/changes/", page_size=1).json()
    assert len(page["results"]) == 1 and page["next"]
    rest = api.client.get(page["next"]).json()
    rows = {row["field"]: row for row in (*page["results"], *rest["results"])}
    assert {name: (row["old"], row["new"]) for name, row in rows.items()} == {
        "sex": ("female", "male"), "birth_date": ("1961-04-02", "1962-04-02"),
    }  # fmt: skip
    assert rows["sex"]["by"]["id"] == ana.pk and rows["sex"]["board"] == board.pk and rest["next"] is None


def test_what_was_changed_is_for_those_who_see_the_patient(board, ana, nina, otto):
    patient = makers.make_patient(board, by=ana)
    analyst = factories.make_user("anselm@example.org", "Anselm")
    factories.join(analyst, board, "analyst")
    told = {one: Api(one).get(f"/patients/{patient.pk}/changes/").status_code for one in (ana, nina, otto, analyst)}
    assert told == {ana: 200, nina: 200, otto: 404, analyst: 403}
    assert AuditEvent.objects.filter(action="read", actor=nina, subject_id=str(patient.pk)).exists()

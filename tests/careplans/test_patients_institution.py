"""A patient belongs to the institution: who sees whom, and what happens when another board enters the same number."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent, Notice
from accounts.services.institutions import save_system
from careplans.models import Case, Patient, PatientBoard
from careplans.services.cases import open_case
from careplans.services.institutions import move_board
from careplans.services.known_patients import look_up, take_known_patient
from careplans.services.patients import add_patient, change_patient
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db
BORN = date(1960, 5, 17)
TYPED = {
    "record_number": "SYN-1", "family_name": "Ashdown", "given_name": "Synthetic", "birth_date": "1960-05-17", "sex": "female",
}  # fmt: skip


@pytest.fixture
def second(eve):
    return eve.board


def take(board, *, by, record_number="SYN-1", birth_date=BORN):
    return take_known_patient(board, by=by, record_number=record_number, birth_date=birth_date)


def test_another_board_of_the_institution_sees_nobody_by_itself(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    assert browser(eve).get(url("patient", patient.pk)).status_code == 404
    assert "Ashdown" not in browser(eve).get(url("patients", second.pk)).content.decode()
    assert Api(eve).get("/patients/").json()["results"] == []


def test_the_same_number_and_birth_date_is_the_same_patient(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    shown = browser(eve).post(url("patient_new", second.pk), TYPED)
    assert shown.status_code == 400 and "Take this patient on" in shown.content.decode()
    assert not PatientBoard.objects.filter(board=second).exists()
    taken = browser(eve).post(url("patient_new", second.pk), TYPED | {"take": patient.pk})
    assert taken.url == url("patient", patient.pk) and Patient.objects.count() == 1
    assert AuditEvent.objects.filter(action="patient_taken_on", actor=eve, board_id=second.pk).exists()


def test_another_birth_date_is_refused_without_a_word_about_whose_number_it_is(board, ana, eve, second, admin):
    makers.make_patient(board, by=ana)
    response = browser(eve).post(url("patient_new", second.pk), TYPED | {"birth_date": "1961-05-17", "take": "1"})
    [words] = response.context["form"].errors["record_number"]
    assert response.status_code == 400 and "another date of birth" in words
    assert admin.name in words and board.name in words and "1960" not in words and "Ashdown" not in words
    assert response.context["form"]["family_name"].value() == "Ashdown" and not second.knows.exists()


def test_whoever_guesses_leaves_a_trace(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    look_up(second, by=eve, record_number="SYN-1", birth_date=date(1961, 5, 17))
    event = AuditEvent.objects.get(action="patient_looked_up")
    assert (event.subject_id, event.actor, event.data) == (str(patient.pk), eve, {"found": False})


def test_a_number_of_another_institution_means_nobody_here(board, ana, otto, other_board):
    makers.make_patient(board, by=ana)
    makers.make_patient(other_board, by=otto)
    assert Patient.objects.count() == 2


def test_cases_of_the_other_board_stay_unseen_and_uncounted(board, ana, eve, second):
    theirs = makers.make_case(board, by=ana, title="Secret of Northgate")
    taken = take(second, by=eve)
    own = open_case(taken, by=eve, title="Lung carcinoid", responsible=eve, status="accepted")
    client = browser(eve)
    for path in (url("patient", taken.pk), url("patients", second.pk), url("cases", second.pk)):
        text = client.get(path).content.decode()
        assert "Secret" not in text and "Lung carcinoid" in text
    assert Api(eve).get(f"/patients/{taken.pk}/").json()["cases"] == [own.pk]
    assert client.get(url("case", theirs.pk)).status_code == 404
    assert "Lung" not in browser(ana).get(url("patient", taken.pk)).content.decode()


def test_filters_ask_the_own_board_only(board, ana, chloe, eve, second):
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    take(second, by=eve)
    found = {
        query: "Ashdown" in browser(eve).get(f"{url('patients', second.pk)}?{query}").content.decode()
        for query in ("status=in_care", "plan=yes", "plan=none")
    }
    assert found == {"status=in_care": False, "plan=yes": False, "plan=none": True}


def test_a_duplicate_by_name_of_another_board_is_not_told(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    response = browser(eve).post(url("patient_new", second.pk), TYPED | {"record_number": "SYN-2"})
    assert response.status_code == 302 and Patient.objects.count() == 2


def test_the_service_adds_nobody_twice(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    with pytest.raises(ValidationError, match="knows this record number with this date of birth"):
        makers.make_patient(second, by=eve)


def test_taken_twice_it_is_one(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    take(second, by=eve)
    take(second, by=eve)
    assert PatientBoard.objects.filter(board=second).count() == 1
    assert AuditEvent.objects.filter(action="patient_taken_on").count() == 1


def test_a_case_is_opened_only_where_the_patient_is_known(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    with pytest.raises(ValidationError, match="does not know this patient"):
        open_case(patient, by=eve, board=second, title="x", responsible=eve, status="accepted")
    assert not Case.objects.exists()


def test_a_changed_name_is_seen_by_all_and_told_to_the_other_board(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    take(second, by=eve)
    change_patient(patient, by=ana, expected_version=1, family_name="Birch", record_number="SYN-7")
    text = browser(eve).get(url("patients", second.pk)).content.decode()
    assert "Birch" in text and "SYN-7" in text
    [notice] = Notice.objects.filter(kind="patient")
    assert notice.user == eve and "family name, record number changed by Ana" in notice.text
    assert AuditEvent.objects.get(action="patient_changed").data == {"fields": ["family_name", "record_number"]}


def test_a_number_cannot_become_that_of_another_patient(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    other = makers.make_patient(second, by=eve, record_number="SYN-2")
    with pytest.raises(ValidationError, match="that of another patient.*board that keeps it .Northgate"):
        change_patient(other, by=eve, expected_version=1, record_number="syn-1")


def test_further_numbers_are_kept_found_and_taken_off(board, ana, admin):
    system = save_system(board.institution, None, by=admin, name="NHS number", format_hint="ten digits")
    client = browser(ana)
    assert "ten digits" in client.get(url("patient_new", board.pk)).content.decode()
    client.post(url("patient_new", board.pk), TYPED | {f"number_{system.pk}": "999-000"})
    patient = Patient.objects.get()
    assert "999-000" in client.get(url("patient", patient.pk)).content.decode()
    assert "Ashdown" in client.post(url("patients", board.pk), {"q": "999"}, follow=True).content.decode()
    identifiers = Api(ana).get(f"/patients/{patient.pk}/").json()["identifiers"]
    assert [(one["system"], one["value"]) for one in identifiers] == [
        ("Record number", "SYN-1"),
        ("NHS number", "999-000"),
    ]
    client.post(url("patient_edit", patient.pk), TYPED | {"version": 1, f"number_{system.pk}": ""})
    assert not patient.identifiers.filter(removed_at=None).exists() and patient.identifiers.count() == 1


def test_a_further_number_is_one_persons(board, ana, admin):
    system = save_system(board.institution, None, by=admin, name="NHS number")
    other = makers.make_patient(board, by=ana, numbers={system.pk: "999"})
    looked_at = {"confirmed": "yes", "another_than": other.pk}
    response = browser(ana).post(
        url("patient_new", board.pk), TYPED | looked_at | {"record_number": "SYN-2", f"number_{system.pk}": "999"}
    )
    assert "another patient" in response.context["form"].errors[f"number_{system.pk}"][0]
    assert Patient.objects.count() == 1


def test_a_number_of_another_hospital_is_kept_without_an_administrator(board, ana):
    client = browser(ana)
    typed = TYPED | {"other_system": "St Alban's", "other_number": "AB-7"}
    client.post(url("patient_new", board.pk), typed)
    patient = Patient.objects.get()
    assert [str(row.system) for row in patient.identifiers.all()] == ["St Alban's"]
    assert Patient.objects.search("ab7").get() == patient
    shown = client.get(url("patient_edit", patient.pk)).context["form"]
    assert [field.label for field in shown.numbers] == ["St Alban's"]
    fresh = client.get(url("patient_new", board.pk)).context["form"]
    assert (fresh.numbers, fresh.other_systems) == ([], ["St Alban's"])


@pytest.mark.parametrize(("typed", "at"), [("other_system", "other_number"), ("other_number", "other_system")])
def test_a_number_and_whose_it_is_go_together(board, ana, typed, at):
    response = browser(ana).post(url("patient_new", board.pk), TYPED | {typed: "AB-7"})
    assert list(response.context["form"].errors) == [at] and not Patient.objects.exists()


def test_a_number_that_has_a_field_goes_there(board, ana, admin):
    save_system(board.institution, None, by=admin, name="NHS number")
    response = browser(ana).post(
        url("patient_new", board.pk), TYPED | {"other_system": "nhs-number", "other_number": "9"}
    )
    assert list(response.context["form"].errors) == ["other_system"] and not Patient.objects.exists()


def test_an_administrator_has_a_named_system_asked_for(board, ana, admin):
    makers.make_patient(board, by=ana, named={"St Alban's": "AB-7"})
    system = board.institution.systems.get(is_main=False)
    save_system(board.institution, system, by=admin, name="St Alban's", is_asked=True)
    assert [field.label for field in browser(ana).get(url("patient_new", board.pk)).context["form"].numbers] == [
        "St Alban's"
    ]


def test_a_board_that_moves_takes_named_systems_along(board, ana, admin):
    patient = makers.make_patient(board, by=ana, named={"St Alban's": "AB-7"})
    to = factories.make_institution("Northgate Hospital")
    move_board(board, to, by=admin, expected_version=board.version)
    assert patient.identifiers.get().system.institution == to


def test_whoever_is_on_both_boards_looks_from_the_one_they_came_from(board, ana, second):
    factories.join(ana, second, "coordinator")
    patient = makers.make_patient(board, by=ana)
    take(second, by=ana)
    client = browser(ana)
    for one in (second, board):
        client.get(url("patients", one.pk))
        assert client.get(url("patient", patient.pk)).context["board"] == one
    client.get(url("patients", second.pk))
    client.post(url("case_new", patient.pk), {"title": "Lung", "responsible": ana.pk, "status": "accepted"})
    assert Case.objects.get().board == second


def test_the_api_opens_a_case_on_the_board_that_is_named(board, ana, second):
    factories.join(ana, second, "coordinator")
    patient = makers.make_patient(board, by=ana)
    take(second, by=ana)
    body = {"title": "Lung", "responsible": ana.pk, "needs_triage": False, "on_board": second.pk}
    assert Api(ana).post(f"/patients/{patient.pk}/cases/", body).json()["board"] == second.pk
    found = Api(ana).get("/patients/").json()["results"]
    assert [sorted(one["boards"]) for one in found] == [sorted([board.pk, second.pk])]


def test_the_api_tells_nobody_of_boards_that_are_not_theirs(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    taken = take(second, by=eve)
    shown = Api(eve).get(f"/patients/{taken.pk}/").json()
    assert (shown["board"], shown["boards"]) == (second.pk, [second.pk])


def test_a_list_of_two_boards_costs_the_same_for_two_patients_and_twelve(board, ana, second):
    factories.join(ana, second, "coordinator")
    for number in range(2):
        makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    client = browser(ana)
    few = queries_of(client, "/api/v1/patients/")
    for number in range(2, 12):
        makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        take(second, by=ana, record_number=f"SYN-{number}")
    assert queries_of(client, "/api/v1/patients/") == few
    assert len(client.get("/api/v1/patients/").json()["results"]) == 12


def test_a_patient_on_a_board_out_of_reach_is_still_added_once(board, ana, eve, second):
    """The other board is closed; its patient is the institution's all the same."""
    makers.make_patient(board, by=ana)
    type(board).objects.filter(pk=board.pk).update(is_active=False)
    assert take(second, by=eve).pk == Patient.objects.get().pk


def test_add_patient_says_when_the_board_has_the_patient(board, ana):
    patient = makers.make_patient(board, by=ana)
    values = {"family_name": "B", "given_name": "C", "birth_date": BORN, "sex": "male"}
    with pytest.raises(ValidationError, match="already a patient of Northgate"):
        add_patient(board, by=ana, record_number=patient.record_number, **values)


def looked_up(eve):
    rows = AuditEvent.objects.filter(action="patient_looked_up", actor=eve, data={"found": False})
    return list(rows.values_list("subject_id", flat=True))


def test_a_number_of_another_tried_in_the_edit_page_is_on_the_trail(board, ana, eve, second):
    theirs = makers.make_patient(board, by=ana)
    own = makers.make_patient(second, by=eve, record_number="E-1", family_name="Zed")
    typed = TYPED | {"family_name": "Zed", "version": own.version}
    assert browser(eve).post(url("patient_edit", own.pk), typed).status_code == 400
    assert looked_up(eve) == [str(theirs.pk)]
    assert Patient.objects.get(pk=own.pk).record_number == "E-1"


def test_a_number_tried_without_the_birth_date_is_on_the_trail(board, ana, eve, second):
    theirs = makers.make_patient(board, by=ana)
    with pytest.raises(ValidationError):
        take(second, by=eve, birth_date=date(1950, 1, 1))
    with pytest.raises(ValidationError):
        add_patient(second, by=eve, **TYPED | {"birth_date": date(1950, 1, 1)})
    assert looked_up(eve) == [str(theirs.pk)] * 2


def test_one_board_is_named_to_ask_and_not_every_one_that_knows_the_patient(board, ana, eve, second):
    makers.make_patient(board, by=ana)
    take(second, by=eve)
    third = factories.make_board("Alder", institution=board.institution)
    tom = factories.make_user("tom@alder.example", "Tom")
    factories.join(tom, third, "coordinator", "coordination")
    said = look_up(third, by=tom, record_number="SYN-1", birth_date=date(1950, 1, 1)).refusal
    assert board.name in said and second.name not in said


def test_a_board_out_of_use_is_not_told_of_a_change(board, ana, eve, second):
    patient = makers.make_patient(board, by=ana)
    take(second, by=eve)
    type(second).objects.filter(pk=second.pk).update(is_active=False)
    change_patient(Patient.objects.get(), by=ana, expected_version=patient.version, family_name="Newname")
    assert not Notice.objects.filter(user=eve, kind="patient").exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"given_name": "Other"}, "given name Other"), ({"sex": "male"}, "sex male"), ({"family_name": "ASHDOWN"}, "")],
)
def test_what_was_typed_of_somebody_else_is_shown_before_a_patient_is_taken_on(board, ana, eve, second, typed, words):
    """A mistyped number with the same date of birth: the name is what tells the two apart."""
    makers.make_patient(board, by=ana)
    page = browser(eve).post(url("patient_new", second.pk), TYPED | typed).content.decode()
    assert "knows this patient" in page
    assert (f"You typed: {words}." in page) if words else ("You typed" not in page)

"""Patients through the browser's door."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import Patient
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db
TYPED = {
    "record_number": "SYN-9", "family_name": "Ashdown", "given_name": "Synthetic", "birth_date": "1960-05-17", "sex": "female",
}  # fmt: skip

# What becomes of a name that is changed.
MISTYPED = {"old_name": "mistyped"}


def test_the_list_shows_a_patient_with_case_and_plan(board, ana, chloe):
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    text = browser(ana).get(url("patients", board.pk)).content.decode()
    assert "Ashdown, Synthetic" in text and "Ileal NET" in text and "Plan 1" in text


def test_reading_the_list_leaves_an_audit_event(board, ana):
    patient = makers.make_patient(board, by=ana)
    browser(ana).get(url("patients", board.pk))
    assert AuditEvent.objects.get(action="list", subject_type="patient").data == {"ids": [patient.pk]}


def test_the_list_costs_the_same_for_two_patients_and_twelve(board, ana):
    for number in range(2):
        makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    client = browser(ana)
    few = queries_of(client, url("patients", board.pk))
    for number in range(2, 12):
        makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    assert queries_of(client, url("patients", board.pk)) == few <= 10


def test_a_patient_costs_the_same_with_two_cases_and_twelve(board, ana):
    case = makers.make_case(board, by=ana)
    makers.open_case(case.patient, by=ana, responsible=ana, title="Second", status="accepted")
    client = browser(ana)
    few = queries_of(client, url("patient", case.patient_id))
    for _ in range(10):
        makers.open_case(case.patient, by=ana, responsible=ana, title="More", status="accepted")
    assert queries_of(client, url("patient", case.patient_id)) == few <= 16


@pytest.mark.parametrize(
    "typed",
    [{"record_number": "ß" * 32}, {"family_name": "\ufdfa" * 80}, {"given_name": "ß" * 80}, {"family_name": "İ" * 80}],
)
def test_what_folds_past_its_column_is_kept_as_it_was_typed_and_found(board, ana, typed):
    client = browser(ana)
    assert client.post(url("patient_new", board.pk), TYPED | typed).status_code == 302
    ((name, value),) = typed.items()
    assert getattr(Patient.objects.get(), name) == value
    assert len(client.post(url("patients", board.pk), {"q": value}, follow=True).context["page"]) == 1


@pytest.mark.parametrize("words", ["ash", "SYN-1", "synth ASHD"])
def test_search_finds_by_beginning(board, ana, words):
    makers.make_patient(board, by=ana)
    makers.make_patient(board, by=ana, record_number="OTHER-2", family_name="Birch", given_name="Second")
    text = browser(ana).post(url("patients", board.pk), {"q": words}, follow=True).content.decode()
    assert "Ashdown" in text and "Birch" not in text


@pytest.mark.parametrize(("query", "found"), [("status=in_care", True), ("status=closed", False), ("plan=yes", True),
                                              ("plan=none", False), ("kind=real", False), ("kind=synthetic", True)])  # fmt: skip
def test_filters(board, ana, chloe, query, found):
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    text = browser(ana).get(f"{url('patients', board.pk)}?{query}").content.decode()
    assert ("Ashdown, Synthetic" in text) is found


def test_a_search_in_vain_offers_to_add_what_was_typed(board, ana):
    client = browser(ana)
    answer = client.post(url("patients", board.pk), {"q": "Moss Ida"}, follow=True)
    there = f"{url('patient_new', board.pk)}?search={answer.context['search']}"
    assert there in answer.content.decode()
    form = client.get(there).context["form"]
    assert (form["family_name"].value(), form["given_name"].value()) == ("Moss", "Ida")


def test_an_empty_board_says_what_to_do(board, ana, nina):
    assert "Add the first one" in browser(ana).get(url("patients", board.pk)).content.decode()
    assert "patients/new/" not in browser(nina).get(url("patients", board.pk)).content.decode()


def test_pages_follow_each_other(board, ana):
    for number in range(27):
        makers.make_patient(board, by=ana, record_number=f"SYN-{number}", family_name=f"Name{number:02}")
    client = browser(ana)
    first = client.get(url("patients", board.pk)).context["page"]
    second = client.get(url("patients", board.pk) + first.next_url).context["page"]
    assert [len(first), len(second)] == [25, 2]


def test_a_coordinator_adds_a_patient(board, ana):
    response = browser(ana).post(url("patient_new", board.pk), TYPED)
    patient = Patient.objects.get()
    assert response.url == url("patient", patient.pk)
    assert AuditEvent.objects.filter(action="patient_added", subject_id=str(patient.pk)).exists()


def test_a_possible_duplicate_is_shown_before_anything_is_saved(board, ana):
    twin = makers.make_patient(board, by=ana)
    response = browser(ana).post(url("patient_new", board.pk), TYPED)
    assert response.status_code == 400 and Patient.objects.count() == 1
    assert url("patient", twin.pk) in response.content.decode() and "SYN-9" in response.content.decode()


def test_another_person_of_the_same_name_is_added_on_request(board, ana):
    twin = makers.make_patient(board, by=ana)
    browser(ana).post(url("patient_new", board.pk), TYPED | {"confirmed": "yes", "another_than": twin.pk})
    assert Patient.objects.count() == 2


def test_a_taken_record_number_is_an_error_of_its_field(board, ana):
    makers.make_patient(board, by=ana, record_number="SYN-9")
    response = browser(ana).post(url("patient_new", board.pk), TYPED)
    assert "already a patient" in response.context["form"].errors["record_number"][0]


def test_a_birth_date_in_the_future_is_refused(board, ana):
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = browser(ana).post(url("patient_new", board.pk), TYPED | {"birth_date": tomorrow.isoformat()})
    assert "future" in response.context["form"].errors["birth_date"][0]


def test_a_birth_year_that_nobody_can_mean_is_refused(board, ana):
    response = browser(ana).post(url("patient_new", board.pk), TYPED | {"birth_date": "2999-01-01"})
    assert "cannot be meant" in response.context["form"].errors["birth_date"][0]


def test_details_are_changed(board, ana):
    patient = makers.make_patient(board, by=ana)
    browser(ana).post(url("patient_edit", patient.pk), TYPED | {"given_name": "Ida", **MISTYPED, "version": 1})
    patient.refresh_from_db()
    assert (patient.given_name, patient.version) == ("Ida", 2)


def test_a_stale_edit_keeps_what_was_typed_and_shows_what_stands(board, ana, omar):
    patient = makers.make_patient(board, by=ana)
    browser(omar).post(url("patient_edit", patient.pk), TYPED | {"given_name": "Olive", **MISTYPED, "version": 1})
    response = browser(ana).post(
        url("patient_edit", patient.pk), TYPED | {"given_name": "Ida", **MISTYPED, "version": 1}
    )
    form, standing = response.context["form"], response.context["standing"]
    assert response.status_code == 400 and form["given_name"].value() == "Ida" and form["version"].value() == "2"
    assert [(field.label, field.now) for field in standing] == [("Given name", "Olive")]


def test_saving_again_after_seeing_both_goes_through(board, ana, omar):
    patient = makers.make_patient(board, by=ana)
    browser(omar).post(url("patient_edit", patient.pk), TYPED | {"given_name": "Olive", **MISTYPED, "version": 1})
    browser(ana).post(url("patient_edit", patient.pk), TYPED | {"given_name": "Ida", **MISTYPED, "version": 2})
    patient.refresh_from_db()
    assert patient.given_name == "Ida"


@pytest.mark.parametrize("page", ["patient_new", "patient_edit"])
def test_an_observer_changes_no_patient(board, ana, nina, page):
    patient = makers.make_patient(board, by=ana)
    path = url(page, board.pk if page == "patient_new" else patient.pk)
    assert [browser(nina).get(path).status_code, browser(nina).post(path, TYPED).status_code] == [403, 403]


def test_an_observer_reads_a_patient(board, ana, nina):
    assert browser(nina).get(url("patient", makers.make_patient(board, by=ana).pk)).status_code == 200


def test_another_board_finds_no_patient(board, ana, otto):
    patient = makers.make_patient(board, by=ana)
    paths = [
        url("patients", board.pk),
        url("patient_new", board.pk),
        url("patient", patient.pk),
        url("patient_edit", patient.pk),
    ]
    assert {browser(otto).get(path).status_code for path in paths} == {404}


def test_an_analyst_sees_no_patient(board, ana, anselm):
    patient = makers.make_patient(board, by=ana)
    paths = [url("patients", board.pk), url("patient", patient.pk), url("patient_edit", patient.pk)]
    assert {browser(anselm).get(path).status_code for path in paths} == {403}

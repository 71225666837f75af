"""Former names, aliases, and people of one name: on the pages and over the API."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent, IdentifierSystem
from careplans.models import Patient, PatientName
from careplans.services.kept_names import MOST_NAMES
from careplans.services.patient_names import add_name
from careplans.services.patients import change_patient
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
TYPED = {
    "record_number": "SYN-1", "family_name": "Ashdown", "given_name": "Synthetic", "birth_date": "1960-05-17", "sex": "female",
}  # fmt: skip


@pytest.fixture
def patient(board, ana):
    return makers.make_patient(board, by=ana)


def change(client, patient, **typed):
    values = TYPED | {"version": patient.version} | typed
    return client.post(
        url("patient_edit", patient.pk), {name: value for name, value in values.items() if value is not None}
    )


# A name that changes


def test_a_new_name_keeps_the_old_one_as_a_former_name(ana, patient):
    assert change(browser(ana), patient, family_name="Zander", old_name="former").status_code == 302
    assert [(str(row), row.kind) for row in patient.names.all()] == [("Ashdown, Synthetic", "former")]
    text = browser(ana).get(url("patient", patient.pk)).content.decode()
    assert "Former name" in text and "Ashdown, Synthetic" in text


def test_a_mistyped_name_is_not_kept(ana, patient):
    change(browser(ana), patient, family_name="Zander", old_name="mistyped")
    assert not patient.names.exists() and Patient.objects.get().family_name == "Zander"


def test_whoever_changes_the_name_is_asked_what_becomes_of_the_old_one(ana, patient):
    response = change(browser(ana), patient, family_name="Zander")
    assert "Say whether the old name is kept" in response.context["form"].errors["old_name"][0]
    assert response.context["form"]["family_name"].value() == "Zander" and Patient.objects.get().version == 1


def test_what_becomes_of_the_old_name_starts_empty(ana, patient):
    assert not browser(ana).get(url("patient_edit", patient.pk)).context["form"]["old_name"].value()


def test_whoever_changes_something_else_is_not_asked(ana, patient):
    assert change(browser(ana), patient, sex="male").status_code == 302


# One name only


def test_a_person_of_one_name_is_added_and_named_by_it(board, ana):
    typed = TYPED | {"family_name": "Suharto", "given_name": "", "one_name": "on"}
    browser(ana).post(url("patient_new", board.pk), typed)
    assert str(Patient.objects.get()) == "Suharto"
    page = browser(ana).get(url("patient", Patient.objects.get().pk)).content.decode()
    assert "Suharto," not in page and "Given name" not in page


@pytest.mark.parametrize(("given", "ticked", "field"), [("", False, "given_name"), ("Ida", True, "one_name")])
def test_a_given_name_is_not_left_out_by_accident(board, ana, given, ticked, field):
    typed = TYPED | {"given_name": given} | ({"one_name": "on"} if ticked else {})
    response = browser(ana).post(url("patient_new", board.pk), typed)
    assert response.status_code == 400 and list(response.context["form"].errors) == [field]
    assert not Patient.objects.exists()


def test_the_details_of_a_person_of_one_name_can_be_changed(board, ana):
    patient = makers.make_patient(board, by=ana, family_name="Suharto", given_name="")
    form = browser(ana).get(url("patient_edit", patient.pk)).context["form"]
    assert form["one_name"].value() is True
    assert (
        change(browser(ana), patient, family_name="Suharto", given_name="", one_name="on", sex="male").status_code
        == 302
    )


# Other names


def test_other_names_are_added_and_taken_off_on_their_page(board, ana, patient):
    client, page = browser(ana), url("patient_names", patient.pk)
    assert "No other name is known" in client.get(page).content.decode()
    client.post(page, {"kind": "alias", "family_name": "Quill", "version": 1})
    assert "Also known as" in client.get(page).content.decode()
    assert "also known as Quill" in client.get(url("patients", board.pk), {"q": "quill"}).content.decode()
    name = patient.names.get()
    client.post(url("patient_name_off", patient.pk), {"name": name.pk, "version": 2})
    name.refresh_from_db()
    assert name.removed_by == ana and "Quill" not in client.get(url("patient", patient.pk)).content.decode()
    kinds = AuditEvent.objects.filter(action__startswith="patient_name").values_list("action", "data__name")
    assert set(kinds) == {("patient_name_added", name.pk), ("patient_name_removed", name.pk)}


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"family_name": "Quill"}, "kind"), ({"kind": "former"}, "family_name"),
     ({"kind": "former", "family_name": "-"}, "family_name"), ({"kind": "former", "family_name": "Ashdown"}, "family_name")],
)  # fmt: skip
def test_what_is_no_other_name_is_an_error_of_its_field_and_stays_typed(ana, patient, typed, field):
    response = browser(ana).post(url("patient_names", patient.pk), typed | {"version": 1})
    assert response.status_code == 400 and list(response.context["form"].errors) == [field]
    assert not PatientName.objects.exists()


def test_a_name_on_a_stale_page_is_shown_again_and_then_saved(ana, omar, patient):
    change_patient(patient, by=omar, expected_version=1, sex="male")
    client, page, typed = browser(ana), url("patient_names", patient.pk), {"kind": "former", "family_name": "Quill"}
    response = client.post(page, typed | {"version": 1})
    form = response.context["form"]
    assert (response.status_code, form["family_name"].value(), str(form["version"].value())) == (400, "Quill", "2")
    client.post(page, typed | {"version": form["version"].value()})
    assert patient.names.count() == 1


def test_a_name_that_is_no_longer_there_is_not_taken_off(ana, patient):
    response = browser(ana).post(url("patient_name_off", patient.pk), {"name": 99, "version": 1}, follow=True)
    assert "not among" in response.content.decode()


def test_there_is_an_end_to_names(ana, patient):
    for number in range(MOST_NAMES):
        add_name(patient, by=ana, expected_version=patient.version, kind="alias", family_name=f"Quill{number}")
    with pytest.raises(ValidationError, match="Take one off"):
        add_name(patient, by=ana, expected_version=patient.version, kind="alias", family_name="Zander")


def test_the_same_name_twice_is_one(ana, patient):
    for _ in range(2):
        add_name(patient, by=ana, expected_version=patient.version, kind="alias", family_name="Quill")
    assert patient.names.count() == 1


def test_over_the_api(ana, patient):
    api = Api(ana)
    answer = api.post(f"/patients/{patient.pk}/add-name/", {"kind": "former", "family_name": "Quill"}, version=1)
    [name] = answer.json()["other_names"]
    assert (name["kind"], name["family_name"], name["given_name"]) == ("former", "Quill", "")
    answer = api.post(f"/patients/{patient.pk}/remove-name/", {"name": name["id"]}, version=2)
    assert answer.json()["other_names"] == []
    assert attrs(api.post(f"/patients/{patient.pk}/add-name/", {"family_name": "Quill"}, version=3)) == ["kind"]


# Found on the way: a conflict on a page with further numbers


def test_a_stale_edit_shows_a_further_number_that_stands_otherwise(board, ana, omar, patient):
    system = IdentifierSystem.objects.create(institution=board.institution, name="NHS number")
    change_patient(patient, by=omar, expected_version=1, numbers={system.pk: "12 3"})
    patient.version = 1
    response = change(browser(ana), patient, sex="female", **{f"number_{system.pk}": "45 6"})
    assert [(one.label, one.now) for one in response.context["standing"]] == [("NHS number", "12 3")]

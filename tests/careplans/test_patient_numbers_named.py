"""A further number goes by the name of its system, whatever that is called."""

import pytest

from accounts.models import IdentifierSystem, Notice
from accounts.services.institutions import save_system
from careplans.models import PatientChange
from careplans.services.known_patients import take_known_patient
from careplans.services.patients import change_patient
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(board, ana):
    return makers.make_patient(board, by=ana)


@pytest.mark.parametrize("name", ["birth_date", "Birth_Date", "sex", "family_name", "died_year", "number: birth_date"])
def test_a_system_may_be_named_as_a_field_is(board, ana, patient, name):
    """Seen to fail: the page could not be read any more, since “AB-7” is no date of birth."""
    sent = Api(ana).patch(f"/patients/{patient.pk}/", {"identifiers": [{"system": name, "value": "AB-7"}]}, version=1)
    assert sent.status_code == 200, sent.content
    shown = browser(ana).get(url("patient", patient.pk))
    assert shown.status_code == 200 and f"{name}: nothing → AB-7" in shown.content.decode()
    [told] = Api(ana).get(f"/patients/{patient.pk}/changes/").json()["results"]
    assert (told["field"], told["old"], told["new"]) == (f"number: {name}", "", "AB-7")


def test_a_field_and_a_number_of_its_name_changed_at_once_are_two_changes(board, ana, patient):
    """Seen to fail: one wrote over the other."""
    change_patient(patient, by=ana, expected_version=1, sex="male", named={"sex": "AB-7"})
    told = {row.field: (row.old, row.new) for row in PatientChange.objects.all()}
    assert told == {"sex": ("female", "male"), "number: sex": ("", "AB-7")}


@pytest.mark.parametrize("value", ["AB-7", "1960-02-31", "", None, 7, True, ["x"]])
def test_whatever_was_kept_as_a_day_is_shown(board, ana, patient, value):
    PatientChange.objects.create(patient=patient, board=board, field="birth_date", old=value, new=value, by=ana)
    assert browser(ana).get(url("patient", patient.pk)).status_code == 200


def test_the_other_board_is_told_whose_number_changed(board, ana, patient):
    second = factories.make_board("Eastgate", institution=board.institution)
    eve = factories.make_user("eve@eastgate.example", "Eve Eastgate")
    factories.join(eve, second, "coordinator", "coordination")
    take_known_patient(second, by=eve, record_number=patient.record_number, birth_date=patient.birth_date)
    change_patient(patient, by=ana, expected_version=1, named={"birth_date": "AB-7"})
    assert "birth_date changed by Ana" in Notice.objects.get(kind="patient", user=eve).text


def test_a_number_under_the_longest_name_is_kept(board, ana, patient):
    name = "St " + "x" * 77
    change_patient(patient, by=ana, expected_version=1, named={name: "AB-7"})
    assert PatientChange.objects.get().field.startswith("number: St xxx")


@pytest.mark.parametrize("written", ["St\nAlban", "St\u2028Alban", "St \u202eAlban\u2066", "\u200fSt\r\n Alban"])
def test_the_name_of_a_system_is_one_line_that_reads_one_way(board, ana, admin, patient, written):
    change_patient(patient, by=ana, expected_version=1, named={written: "AB-7"})
    assert IdentifierSystem.objects.get(is_main=False).name == "St Alban"
    change_patient(patient, by=ana, expected_version=2, named={written: "AB-8"})
    assert [row.value for row in patient.identifiers.filter(removed_at=None)] == ["AB-8"]
    other = save_system(board.institution, None, by=admin, name=written.replace("St", "Mt"))
    assert other.name == "Mt Alban"

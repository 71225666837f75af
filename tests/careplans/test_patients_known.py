"""A patient whom the institution knows: what opens their record to another board, and what does not."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent, IdentifierSystem
from careplans.models import Patient, PatientBoard
from careplans.services.new_patients import AskedFirst, register_patient
from common.partial_dates import PartialDate
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
WHO = {"record_number": "SYN-1", "family_name": "Ashdown", "given_name": "Synthetic", "sex": "female"}


def guess(eve, birth_date, **more):
    return Api(eve).post("/patients/", WHO | {"board": eve.board.pk, "birth_date": birth_date} | more)


@pytest.mark.parametrize("typed", ["1950", "1950-07", "1950-07-07"])
@pytest.mark.parametrize("stands", ["1950", "1950-07"])
def test_a_record_whose_day_of_birth_nobody_knows_opens_to_no_guess(board, ana, eve, stands, typed):
    """Seen to fail: there are hundred years, and the sixteenth guess showed name, sex and date of birth."""
    makers.make_patient(board, by=ana, birth_date=PartialDate.read(stands))
    answer = guess(eve, typed)
    assert (answer.status_code, attrs(answer)) == (400, ["record_number"])
    assert "known to the day" in problem(answer) and board.name in problem(answer)
    assert "Ashdown" not in answer.content.decode() and stands not in problem(answer)
    assert not PatientBoard.objects.filter(board=eve.board).exists()


@pytest.mark.parametrize("stands", [PartialDate(1950), date(1950, 7, 7)])
def test_who_guesses_a_date_of_birth_guesses_ten_times(board, ana, eve, stands):
    makers.make_patient(board, by=ana, birth_date=stands)
    for year in range(1930, 1940):
        assert "Check both" in problem(guess(eve, f"{year}-07-07"))
    late = guess(eve, "1950-07-07")
    assert late.status_code == 400 and "ten times" in problem(late) and "15 minutes" in problem(late)
    typed = WHO | {"birth_date": "7/7/1950", "record_number": "syn 1"}
    page = browser(eve).post(url("patient_new", eve.board.pk), typed)
    assert page.status_code == 400 and "ten times" in page.context["form"].errors["record_number"][0]
    assert "Ashdown" not in "".join(page.context["form"].errors["record_number"])


def test_each_guess_stays_on_the_trail_and_whoever_knows_is_not_counted(board, ana, eve):
    patient = makers.make_patient(board, by=ana)
    for _ in range(12):
        assert guess(eve, "1960-05-17").status_code == 409
    guess(eve, "1961-05-17")
    told = AuditEvent.objects.filter(action="patient_looked_up", subject_id=str(patient.pk))
    assert [event.data["found"] for event in told.order_by("pk")] == [True] * 12 + [False]


def test_guesses_at_one_number_do_not_stand_in_the_way_of_another_nor_of_a_colleague(board, ana, eve):
    makers.make_patient(board, by=ana)
    makers.make_patient(board, by=ana, record_number="SYN-2")
    for _ in range(11):
        guess(eve, "1961-05-17")
    assert guess(eve, "1960-05-17", record_number="SYN-2").status_code == 409
    zoe = factories.make_user("zoe@eastgate.example", "Zoe")
    factories.join(zoe, eve.board, "coordinator", "coordination")
    zoe.board = eve.board
    assert guess(zoe, "1960-05-17").status_code == 409


def test_what_is_refused_for_another_reason_is_no_guess(board, ana, eve):
    for _ in range(11):
        assert guess(eve, "1880-01-01", record_number="SYN-5").status_code == 400
    assert guess(eve, "1980-01-01", record_number="SYN-5").status_code == 201


def test_taking_on_whom_nobody_knows_adds_nobody(eve):
    """Seen to fail: it was 201, with a new patient."""
    answer = guess(eve, "1960-05-17", take_known=4711)
    assert (answer.status_code, attrs(answer)) == (400, ["record_number"]) and "any more" in problem(answer)
    assert not Patient.objects.exists()


@pytest.mark.parametrize("system", ["St Alban", "Nobody's yet"])
def test_a_number_that_the_known_patient_does_not_have_is_not_dropped(board, ana, eve, system):
    known = makers.make_patient(board, by=ana, named={"St Alban": "AB-7"})
    sent = {"identifiers": [{"system": system, "value": "AB-8"}], "take_known": known.pk}
    answer = guess(eve, "1960-05-17", **sent)
    assert (answer.status_code, attrs(answer)) == (400, ["identifiers"]) and system in problem(answer)
    assert not PatientBoard.objects.filter(board=eve.board).exists()
    assert IdentifierSystem.objects.filter(is_main=False).count() == 1


def test_a_number_that_the_known_patient_has_is_no_hindrance(board, ana, eve):
    known = makers.make_patient(board, by=ana, named={"St Alban": "AB-7"})
    sent = {"identifiers": [{"system": "st alban", "value": "ab7"}], "take_known": known.pk}
    assert guess(eve, "1960-05-17", **sent).json()["id"] == known.pk


def test_a_number_typed_on_the_page_is_not_dropped_either(board, ana, eve):
    known = makers.make_patient(board, by=ana)
    typed = WHO | {"birth_date": "17/5/1960", "take": known.pk, "other_system": "St Alban", "other_number": "AB-8"}
    page = browser(eve).post(url("patient_new", eve.board.pk), typed)
    assert page.status_code == 400 and "St Alban: this number does not stand" in page.content.decode()
    assert page.context["form"]["other_number"].value() == "AB-8"


def test_the_service_counts_what_another_program_guesses(board, ana, eve):
    makers.make_patient(board, by=ana)
    for _ in range(10):
        with pytest.raises(ValidationError, match="another"):
            register_patient(eve.board, by=eve, birth_date=date(1961, 1, 1), **WHO)
    with pytest.raises(ValidationError, match="ten times") as refused:
        register_patient(eve.board, by=eve, birth_date=date(1960, 5, 17), **WHO)
    assert not isinstance(refused.value, AskedFirst)

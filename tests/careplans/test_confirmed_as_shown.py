"""What somebody confirms is what they were shown: whatever changed since, by themselves or by a colleague, is shown anew."""

from datetime import date, timedelta

import pytest

from careplans.models import CareEnd, FollowUp, Patient, PatientBoard
from careplans.readers.care_ends import what_ends
from careplans.services.care_ends import record_death
from common.errors import Conflict
from common.shown import NAME
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
TYPED = {
    "record_number": "SYN-9", "family_name": "Ashdown", "given_name": "Beatrice", "birth_date": "1964-03-14", "sex": "female",
}  # fmt: skip
BEATRICE = {"family_name": "Ashdown", "given_name": "Beatrice", "birth_date": date(1964, 3, 14)}
THURLOW = {"family_name": "Thurlow", "given_name": "Synthetic", "birth_date": date(1950, 1, 2)}


def shown_in(response):
    """The mark that the page sends along."""
    return response.content.decode().split(f'name="{NAME}" value="')[1].split('"')[0]


def alike(response):
    return {twin.patient for twin in response.context["twins"]}


# A patient who is added


def test_somebody_else_who_is_typed_after_the_question_is_asked_about(board, ana):
    first = makers.make_patient(board, by=ana, record_number="SYN-1", **BEATRICE)
    other = makers.make_patient(board, by=ana, record_number="SYN-2", **THURLOW)
    client, page = browser(ana), url("patient_new", board.pk)
    assert alike(client.post(page, TYPED)) == {first}
    yes = TYPED | {"another_than": first.pk, "confirmed": "yes"}
    overwritten = {"family_name": "Thurlow", "given_name": "Synthetic", "birth_date": "1950-01-02"}
    asked = client.post(page, yes | overwritten)
    assert (asked.status_code, alike(asked)) == (400, {other}) and Patient.objects.count() == 2
    assert f'name="another_than" value="{other.pk}"' in asked.content.decode()
    client.post(page, yes)
    assert Patient.objects.count() == 3


def test_somebody_alike_whom_a_colleague_added_meanwhile_is_asked_about(board, ana):
    first = makers.make_patient(board, by=ana, record_number="SYN-1", **BEATRICE)
    later = makers.make_patient(board, by=ana, record_number="SYN-2", **BEATRICE)
    asked = browser(ana).post(url("patient_new", board.pk), TYPED | {"another_than": first.pk, "confirmed": "yes"})
    assert alike(asked) == {first, later} and Patient.objects.count() == 2


@pytest.mark.parametrize("wrong", ["", "x", "9" * 30, "²"])
def test_a_yes_that_names_nobody_confirms_nothing(board, ana, wrong):
    makers.make_patient(board, by=ana, record_number="SYN-1", **BEATRICE)
    asked = browser(ana).post(url("patient_new", board.pk), TYPED | {"another_than": wrong, "confirmed": "yes"})
    assert asked.status_code == 400 and Patient.objects.count() == 1


def test_who_is_taken_on_is_who_was_shown(board, ana, eve):
    shown = makers.make_patient(board, by=ana, record_number="SYN-1", **THURLOW)
    other = makers.make_patient(board, by=ana, record_number="SYN-2", **BEATRICE)
    client, page = browser(eve), url("patient_new", eve.board.pk)
    typed = TYPED | {"record_number": "SYN-1", "birth_date": "1950-01-02"}
    first = client.post(page, typed)
    assert f'name="take" value="{shown.pk}"' in first.content.decode()
    changed = client.post(page, TYPED | {"record_number": "SYN-2", "take": shown.pk})
    assert (changed.status_code, changed.context["known"]) == (400, other)
    assert not PatientBoard.objects.filter(board=eve.board).exists()
    client.post(page, typed | {"take": shown.pk})
    assert PatientBoard.objects.filter(board=eve.board, patient=shown).exists()


# The end of all care


@pytest.fixture
def case(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    makers.make_active_plan(case, by=ana, chair=chloe)
    return case


def death(board, days=0, **more):
    day = board.today - timedelta(days=days)
    version = Patient.objects.get().version
    return {"day": day.day, "month": day.month, "year": day.year, "source": "Letter", "version": version, **more}


@pytest.mark.parametrize("change", [{"source": "The ward"}, {"day": "", "month": ""}])
def test_a_death_that_was_typed_otherwise_after_the_question_is_shown_anew(case, board, ana, change):
    client, page = browser(ana), url("death", case.patient_id)
    seen = shown_in(client.post(page, death(board)))
    yes = {"confirmed_all": "yes", NAME: seen}
    asked = client.post(page, death(board, **change) | yes)
    assert asked.status_code == 400 and "This ends all care" in asked.content.decode()
    assert "not what you were shown" in asked.content.decode() and not CareEnd.objects.exists()
    client.post(page, death(board, **change) | yes | {NAME: shown_in(asked)})
    assert CareEnd.objects.exists()


def test_what_began_meanwhile_is_shown_before_it_ends(case, board, ana):
    client, page = browser(ana), url("death", case.patient_id)
    seen = shown_in(client.post(page, death(board)))
    makers.make_follow_up(case, by=ana)
    asked = client.post(page, death(board, confirmed_all="yes") | {NAME: seen})
    assert asked.status_code == 400 and not CareEnd.objects.exists()
    assert FollowUp.objects.latest("pk").heading in asked.content.decode()


def test_a_yes_that_was_shown_nothing_ends_nothing(case, board, ana):
    asked = browser(ana).post(url("death", case.patient_id), death(board, confirmed_all="yes"))
    assert asked.status_code == 400 and not CareEnd.objects.exists()


def test_the_service_looks_again_once_it_holds_the_patient(case, board, ana):
    patient = Patient.objects.get()
    seen = what_ends(patient).mark
    makers.make_follow_up(case, by=ana)
    given = {"source": "Letter", "year": board.today.year, "month": None, "day": None}
    with pytest.raises(Conflict, match="not what you were shown"):
        record_death(patient, by=ana, expected_version=patient.version, seen=seen, **given)
    assert not CareEnd.objects.exists()


def test_a_transfer_that_was_typed_otherwise_after_the_question_is_shown_anew(case, board, ana):
    client, page = browser(ana), url("transfer", case.patient_id)
    typed = {
        "to_centre": "Uppsala", "on": str(board.today), "taken_over_by": "Dr Falk", "confirmed": "yes",
        "version": Patient.objects.get().version,
    }  # fmt: skip
    seen = shown_in(client.post(page, typed))
    asked = client.post(page, typed | {"to_centre": "Bern", "confirmed_all": "yes", NAME: seen})
    assert asked.status_code == 400 and not CareEnd.objects.exists()
    client.post(page, typed | {"confirmed_all": "yes", NAME: seen})
    assert CareEnd.objects.get().to_centre == "Uppsala"

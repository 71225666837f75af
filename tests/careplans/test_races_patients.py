"""Two boards of an institution add one person, take them on or let them go at the same moment."""

from datetime import date

import pytest

from accounts.models import IdentifierSystem, Institution
from accounts.services.institutions import save_system
from careplans.models import (
    Case,
    CaseKey,
    Event,
    Patient,
    PatientBoard,
    PatientChange,
    PatientIdentifier,
    PatientKey,
    PriorTreatment,
    Proforma,
)
from careplans.services.cases import add_prior_treatment, open_case
from careplans.services.known_patients import take_known_patient
from careplans.services.letting_go import let_go_of_patient
from careplans.services.new_patients import register_patient
from careplans.services.patients import change_patient
from common.asked import asking
from tests import factories
from tests.careplans import makers
from tests.rewriting import rewriting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def eve(board):
    second = factories.make_board("Eastgate", institution=board.institution)
    user = factories.make_user("eve@eastgate.example", "Eve")
    factories.join(user, second, "coordinator", "coordination")
    user.board = second
    return user


def test_two_boards_add_one_person_at_once(track, board, ana, eve):
    def clean():
        PatientBoard.objects.all().delete()
        PatientKey.objects.all().delete()
        Patient.objects.all().delete()

    calls = (lambda: makers.make_patient(board, by=ana), lambda: makers.make_patient(eve.board, by=eve))
    for met in track.rounds(*calls, count=12):
        assert met.is_clean and sum(met.won) == 1, met
        assert Patient.objects.count() == 1 == PatientBoard.objects.count(), met
        clean()


def test_taken_on_by_two_at_once_it_is_taken_once(track, board, ana, eve):
    patient = makers.make_patient(board, by=ana)

    def take():
        return take_known_patient(eve.board, by=eve, record_number=patient.record_number, birth_date=patient.birth_date)

    for met in track.rounds(take, take, count=12):
        assert met.is_clean and all(met.won), met
        assert PatientBoard.objects.filter(board=eve.board).count() == 1, met
        PatientBoard.objects.filter(board=eve.board).delete()


def test_of_two_boards_that_let_go_at_once_one_keeps_the_patient(track, board, ana, eve):
    """Seen to fail without the lock of the patient."""
    patient = makers.make_patient(board, by=ana)

    def known():
        for one, by in ((board, ana), (eve.board, eve)):
            PatientBoard.objects.get_or_create(patient=patient, board=one, defaults={"created_by": by})

    def let_go(one, by):
        return lambda: let_go_of_patient(
            Patient.objects.get(), by=by, expected_version=1, board=one.pk, reason="not_ours"
        )

    known()
    for met in track.rounds(let_go(board, ana), let_go(eve.board, eve), count=12):
        assert sum(met.won) == 1 and PatientBoard.objects.count() == 1, met
        known()


def test_a_board_does_not_let_go_of_whom_it_opens_a_case_of(track, board, ana, eve):
    """Seen to fail without the lock of the patient."""
    patient = makers.make_patient(board, by=ana)
    kept = PatientBoard.objects.create(patient=patient, board=eve.board, created_by=eve)

    def let_go():
        let_go_of_patient(Patient.objects.get(), by=eve, expected_version=1, board=eve.board.pk, reason="not_ours")

    def open_one():
        open_case(Patient.objects.get(), by=eve, title="Lung", responsible=eve, status="accepted", board=eve.board)

    for met in track.rounds(let_go, open_one, count=12):
        known = PatientBoard.objects.filter(board=eve.board).exists()
        assert sum(met.won) == 1 and Case.objects.exists() == known, met
        with rewriting():
            for rows in (Event, Proforma, CaseKey, Case):
                rows.objects.all().delete()
        if not known:
            kept.pk = None
            kept.save(force_insert=True)


def test_one_person_added_twice_at_once_is_warned_about(track, board, ana):
    """Seen to fail where the board was taken after the look at who is alike: both were added."""

    def add(number, by):
        who = {"family_name": "Ashdown", "given_name": "Synthetic", "birth_date": date(1960, 5, 17), "sex": "female"}
        return lambda: register_patient(board, by=by, record_number=number, **who)

    for met in track.rounds(add("A-1", ana), add("A-2", ana), count=16):
        assert sum(met.won) == 1 == Patient.objects.count(), met
        for rows in (PatientBoard, PatientKey, Patient):
            rows.objects.all().delete()


def test_a_day_and_a_birth_date_behind_it_are_not_both_written_unasked(track, board, ana):
    """Seen to fail where the birth date took no case, and a day was judged by the patient as first read."""
    case = makers.make_case(board, by=ana)

    def add():
        mine = Case.objects.select_related("patient").get(pk=case.pk)
        with asking():
            add_prior_treatment(mine, by=ana, modality_code="OSA", response="not_assessed", started_on=date(1970, 1, 1))

    def change():
        patient = Patient.objects.get()
        with asking():
            change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(1990, 1, 1))

    for met in track.rounds(add, change, count=24):
        assert met.is_clean and sum(met.won) == 1, met
        with rewriting():
            for rows in (PriorTreatment, PatientChange):
                rows.objects.all().delete()
        Patient.objects.update(birth_date="1960-05-17")


def test_a_system_named_while_an_administrator_adds_it_is_one(track, board, ana, admin):
    """Seen to fail: 500 where the administrator was first."""
    makers.make_patient(board, by=ana)

    def change():
        patient = Patient.objects.get()
        change_patient(patient, by=ana, expected_version=patient.version, named={"St Alban": "AB-7"})

    def add():
        save_system(Institution.objects.get(pk=board.institution_id), None, by=admin, name="St Alban")

    for met in track.rounds(change, add, count=24):
        assert met.is_clean and met.won[0] and IdentifierSystem.objects.filter(is_main=False).count() == 1, met
        with rewriting():
            for rows in (PatientChange, PatientIdentifier):
                rows.objects.all().delete()
        IdentifierSystem.objects.filter(is_main=False).delete()

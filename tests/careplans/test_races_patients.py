"""Two boards of an institution add the same person at the same moment: one row, and the other is told."""

import pytest

from careplans.models import Patient, PatientBoard
from careplans.services.known_patients import take_known_patient
from tests import factories
from tests.careplans import makers

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

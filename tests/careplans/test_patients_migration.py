"""From a text beside each board to institutions with patients of their own: nobody is merged by a machine, and nobody is lost."""

import importlib

import pytest
from django.apps import apps

from accounts.models import Board, IdentifierSystem
from careplans.models import Patient, PatientBoard
from careplans.services.cases import open_case
from careplans.services.known_patients import take_known_patient
from tests import factories
from tests.careplans import makers

pytestmark = pytest.mark.django_db
migration = importlib.import_module("careplans.migrations.0008_patients_of_institution")


@pytest.fixture
def eve(board):
    """On a second board, which has no patient in common with the first yet."""
    second = factories.make_board("Eastgate")
    user = factories.make_user("eve@eastgate.example", "Eve Eastgate")
    factories.join(user, second, "coordinator", "coordination")
    user.board = second
    return user


def as_before(*texts):
    """What an older program left: each board with its text, and neither boards nor patients with an institution."""
    Patient.objects.update(institution=None)
    for board, text in zip(Board.objects.order_by("pk"), texts, strict=False):
        Board.objects.filter(pk=board.pk).update(institution=None, institution_name=text)
    migration.give_institutions(apps, None)


def names():
    return [board.institution.name for board in Board.objects.order_by("pk")]


def test_boards_whose_institution_reads_the_same_become_boards_of_one(board, ana, eve):
    makers.make_patient(board, by=ana)
    makers.make_patient(eve.board, by=eve, record_number="E-1")
    as_before("City hospital", " CITY Hospital ")
    board.refresh_from_db(), eve.board.refresh_from_db()
    assert board.institution == eve.board.institution
    assert board.institution.name == "City hospital"
    assert {patient.institution for patient in Patient.objects.all()} == {board.institution}
    assert IdentifierSystem.objects.filter(institution=board.institution, is_main=True).count() == 1


def test_a_number_on_two_boards_keeps_them_apart_and_merges_nobody(board, ana, eve):
    mine, theirs = makers.make_patient(board, by=ana), makers.make_patient(eve.board, by=eve)
    as_before("City hospital", "City hospital")
    assert names() == ["City hospital (Northgate)", "City hospital (Eastgate)"]
    for patient, its_board in ((mine, board), (theirs, eve.board)):
        patient.refresh_from_db(), its_board.refresh_from_db()
        assert patient.institution == its_board.institution


def test_one_number_twice_under_different_institutions_is_no_clash(board, ana, eve):
    makers.make_patient(board, by=ana)
    makers.make_patient(eve.board, by=eve)
    as_before("City hospital", "County hospital")
    assert names() == ["City hospital", "County hospital"]


def test_boards_without_a_text_are_not_of_one_institution(board, eve):
    as_before("", "  ")
    assert names() == ["Northgate", "Eastgate"]


def test_a_name_that_is_taken_is_not_taken_twice(board, eve):
    factories.make_institution("City hospital")
    as_before("City hospital", "")
    assert names() == ["City hospital 2", "Eastgate"]


def test_a_patient_is_known_to_who_added_them_and_to_every_board_with_a_case(board, ana, eve, monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    Board.objects.filter(pk=eve.board.pk).update(institution=board.institution)
    eve.board.refresh_from_db()
    patients = [makers.make_patient(board, by=ana, record_number=f"N-{number}") for number in range(5)]
    shared = take_known_patient(eve.board, by=eve, record_number="N-3", birth_date=patients[3].birth_date)
    open_case(shared, by=eve, board=eve.board, title="Lung", responsible=eve, status="accepted")
    PatientBoard.objects.all().delete()
    migration.let_boards_know(apps, None)
    migration.let_boards_know(apps, None)
    known = set(PatientBoard.objects.values_list("patient", "board", "created_by"))
    assert known == {*((one.pk, board.pk, ana.pk) for one in patients), (shared.pk, eve.board.pk, eve.pk)}

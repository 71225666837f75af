"""Institutions and the systems by which they name patients; and a board that moves from one to another."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, IdentifierSystem, Institution
from accounts.services.institutions import make_institution, rename_institution, save_system
from careplans.models import Patient
from careplans.services import institutions
from careplans.services.institutions import give_institutions, move_board
from careplans.services.known_patients import take_known_patient
from careplans.services.patients import change_patient
from common.errors import Conflict
from tests import factories
from tests.careplans import makers

pytestmark = pytest.mark.django_db
PAGE = "/administration/institutions/"


@pytest.fixture
def southgate():
    return factories.make_institution("Southgate hospital")


def test_an_institution_has_record_numbers_from_the_start(admin):
    made = make_institution("Eastgate hospital", by=admin)
    assert [(system.name, system.is_main) for system in made.systems.all()] == [("Record number", True)]
    assert AuditEvent.objects.filter(action="institution_made", subject_id=str(made.pk), actor=admin).exists()


def test_a_coordinator_makes_none(ana):
    with pytest.raises(PermissionDenied):
        make_institution("Eastgate hospital", by=ana)


def test_two_institutions_do_not_share_a_name(admin, southgate):
    with pytest.raises(ValidationError, match="already an institution"):
        make_institution("Southgate hospital", by=admin)


def test_a_stale_name_is_a_conflict(admin, southgate):
    rename_institution(southgate, by=admin, expected_version=1, name="Southgate")
    with pytest.raises(Conflict):
        rename_institution(southgate, by=admin, expected_version=1, name="Northgate")


def test_a_system_is_added_and_changed(admin, southgate):
    system = save_system(southgate, None, by=admin, name="NHS number", uri="https://fhir.nhs.uk/Id/nhs-number")
    save_system(southgate, system, by=admin, name="NHS number", format_hint="ten digits")
    assert southgate.systems.get(is_main=False).format_hint == "ten digits"


def test_a_system_has_its_name_once(admin, southgate):
    with pytest.raises(ValidationError, match="already"):
        save_system(southgate, None, by=admin, name="Record number")


def test_an_administrator_does_all_of_it_on_pages(client, admin, board):
    client.force_login(admin)
    made = Institution.objects.get(name=client.post(PAGE, {"name": "Eastgate"}, follow=True).context["shown"].name)
    client.post(f"{PAGE}{made.pk}/systems/new/", {"name": "NHS number", "uri": "", "format_hint": ""})
    system = made.systems.get(is_main=False)
    client.post(f"{PAGE}{made.pk}/systems/{system.pk}/", {"name": "National number", "uri": "", "format_hint": ""})
    client.post(f"{PAGE}{made.pk}/", {"name": "Eastgate hospital", "version": made.version})
    text = client.get(PAGE).content.decode()
    assert "Eastgate hospital" in text and "National number" in text and board.name in text


def test_what_is_refused_keeps_what_was_typed(client, admin, southgate):
    client.force_login(admin)
    response = client.post(PAGE, {"name": "Southgate hospital"})
    assert response.status_code == 400 and response.context["form"]["name"].value() == "Southgate hospital"


def test_a_board_moves_with_its_patients(client, admin, board, ana, southgate):
    patient = makers.make_patient(board, by=ana)
    client.force_login(admin)
    page = f"/administration/boards/{board.pk}/institution/"
    assert "Southgate hospital" in client.get(page).content.decode()
    assert client.post(page, {"institution": southgate.pk, "version": board.version}).status_code == 302
    board.refresh_from_db()
    assert (board.institution, Patient.objects.get().institution) == (southgate, southgate)
    assert AuditEvent.objects.get(action="board_moved").data["patients"] == 1
    assert patient.pk == Patient.objects.get().pk


def test_a_board_does_not_move_onto_a_number_that_may_be_another_person(admin, board, ana, otto, other_board):
    makers.make_patient(board, by=ana)
    makers.make_patient(other_board, by=otto)
    with pytest.raises(ValidationError, match="nothing is merged"):
        move_board(board, other_board.institution, by=admin, expected_version=board.version)


def test_a_board_does_not_take_a_patient_from_another_board(admin, board, ana, southgate):
    patient = makers.make_patient(board, by=ana)
    second = factories.make_board("Eastgate", institution=board.institution)
    eve = factories.make_user("eve@eastgate.example", "Eve")
    factories.join(eve, second, "coordinator")
    take_known_patient(second, by=eve, record_number=patient.record_number, birth_date=patient.birth_date)
    with pytest.raises(ValidationError, match="would lose sight"):
        move_board(board, southgate, by=admin, expected_version=board.version)


def test_a_further_number_needs_its_system_over_there(admin, board, ana, southgate):
    system = save_system(board.institution, None, by=admin, name="NHS number")
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=1, numbers={system.pk: "999 000 1234"})
    with pytest.raises(ValidationError, match="Add first to Southgate hospital.*NHS number"):
        move_board(board, southgate, by=admin, expected_version=board.version)
    theirs = save_system(southgate, None, by=admin, name="NHS number")
    move_board(board, southgate, by=admin, expected_version=board.version)
    assert patient.identifiers.get().system == theirs


@pytest.fixture
def one_number_twice(admin, board, ana, otto, other_board):
    """Two patients of two institutions have the same number in systems of one name."""
    for number, (where, by) in enumerate(((board, ana), (other_board, otto)), start=1):
        system = save_system(where.institution, None, by=admin, name="NHS number")
        patient = makers.make_patient(where, by=by, record_number=f"SYN-{number}")
        change_patient(patient, by=by, expected_version=1, numbers={system.pk: "999 000 1234"})


@pytest.mark.parametrize("is_just_now", [False, True])
def test_a_board_does_not_move_onto_a_further_number_that_may_be_another_person(
    admin, board, other_board, one_number_twice, monkeypatch, is_just_now
):
    if is_just_now:
        monkeypatch.setattr(institutions, "_in_the_way", lambda *_: "")
    with pytest.raises(ValidationError, match="1 of its numbers already.*nothing is merged"):
        move_board(board, other_board.institution, by=admin, expected_version=board.version)
    assert type(board).objects.get(pk=board.pk).institution != other_board.institution
    assert board.knows.get().patient.identifiers.get().system.institution != other_board.institution


def test_a_further_number_that_was_removed_is_in_nobodys_way(admin, board, ana, other_board, one_number_twice):
    patient = board.knows.get().patient
    change_patient(patient, by=ana, expected_version=patient.version, numbers={patient.identifiers.get().system_id: ""})
    move_board(board, other_board.institution, by=admin, expected_version=board.version)
    assert Patient.objects.get(pk=patient.pk).institution == other_board.institution


def test_a_coordinator_moves_no_board(board, ana, southgate):
    with pytest.raises(PermissionDenied):
        move_board(board, southgate, by=ana, expected_version=board.version)


def test_what_an_older_program_wrote_is_taken_in(board, ana):
    """It leaves the institution of a board and of a patient empty, and knows nothing of who sees a patient."""
    patient = makers.make_patient(board, by=ana)
    patient.on_boards.all().delete()
    Patient.objects.update(institution=None)
    type(board).objects.filter(pk=board.pk).update(institution=None, institution_name="Old hospital")
    give_institutions()
    board.refresh_from_db()
    patient = Patient.objects.visible_to(ana).get()
    assert (board.institution.name, patient.institution) == ("Old hospital", board.institution)
    assert IdentifierSystem.objects.filter(institution=board.institution, is_main=True).count() == 1


def test_a_number_that_an_older_program_gave_twice_stays_the_boards_own(board, ana, caplog):
    second = factories.make_board("Eastgate", institution=board.institution)
    eve = factories.make_user("eve@eastgate.example", "Eve")
    factories.join(eve, second, "coordinator")
    makers.make_patient(board, by=ana)
    Patient.objects.update(institution=None)
    makers.make_patient(second, by=eve)
    give_institutions()
    assert [patient.institution for patient in Patient.objects.visible_to(ana)] == [None]

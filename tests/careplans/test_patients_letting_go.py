"""The way back from taking a patient on by mistake."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Notice
from careplans.models import Patient, PatientBoard
from careplans.services.cases import open_case
from careplans.services.institutions import give_institutions
from careplans.services.known_patients import take_known_patient
from careplans.services.letting_go import let_go_of_patient
from careplans.services.patients import change_patient
from common.errors import Conflict
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(board, ana, eve):
    """Northgate's patient, whom Eastgate took on by mistake."""
    patient = makers.make_patient(board, by=ana)
    return take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=patient.birth_date)


def let_go(patient, *, by, board, reason="wrong_number"):
    patient = Patient.objects.get(pk=patient.pk)
    let_go_of_patient(patient, by=by, expected_version=patient.version, board=board.pk, reason=reason)


def boards_of(patient):
    return set(PatientBoard.objects.filter(patient=patient).values_list("board__name", flat=True))


def test_the_board_sees_the_patient_no_more_and_the_trail_says_why(taken, eve):
    let_go(taken, by=eve, board=eve.board)
    assert boards_of(taken) == {"Northgate"}
    event = AuditEvent.objects.get(action="patient_let_go")
    assert (event.actor, event.subject_id, event.board_id) == (eve, str(taken.pk), eve.board.pk)
    assert event.data == {"reason": "wrong_number"}


def test_a_board_out_of_use_keeps_nobody(taken, board, eve):
    type(board).objects.filter(pk=board.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="No other board that is in use"):
        let_go(taken, by=eve, board=eve.board)
    assert boards_of(taken) == {"Northgate", "Eastgate"}


def test_it_stays_so_at_the_next_tick(taken, eve):
    let_go(taken, by=eve, board=eve.board)
    give_institutions()
    assert boards_of(taken) == {"Northgate"}


def test_the_board_that_added_the_patient_may_let_go_while_another_knows_them(taken, ana, board):
    let_go(taken, by=ana, board=board)
    assert boards_of(taken) == {"Eastgate"}


def test_it_can_be_taken_on_again(taken, eve):
    let_go(taken, by=eve, board=eve.board)
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=taken.birth_date)
    assert boards_of(taken) == {"Northgate", "Eastgate"}


def test_no_notice_of_the_board_names_the_patient_any_more(taken, ana, eve):
    patient = Patient.objects.get()
    change_patient(patient, by=ana, expected_version=patient.version, family_name="Beechwood")
    assert Notice.objects.filter(user=eve).exists()
    let_go(taken, by=eve, board=eve.board)
    assert not Notice.objects.filter(user=eve).exists()


@pytest.mark.parametrize("status", ["accepted", "declined"])
def test_a_board_with_a_case_keeps_the_patient(taken, eve, status):
    case = open_case(taken, by=eve, title="Ileal NET", responsible=eve, status="accepted")
    type(case).objects.update(status=status)
    with pytest.raises(ValidationError, match="has a case of this patient"):
        let_go(taken, by=eve, board=eve.board)


def test_the_only_board_keeps_the_patient(board, ana):
    with pytest.raises(ValidationError, match="No other board that is in use knows"):
        let_go(makers.make_patient(board, by=ana), by=ana, board=board)


def test_one_who_has_been_let_go_is_not_let_go_again(taken, eve):
    let_go(taken, by=eve, board=eve.board)
    with pytest.raises(ValidationError, match="any more"):
        let_go(taken, by=eve, board=eve.board)


def test_the_reason_is_one_of_those_that_are_listed(taken, eve):
    with pytest.raises(ValidationError, match="Say why"):
        let_go(taken, by=eve, board=eve.board, reason="it was Mr Smith")


def test_nobody_lets_go_for_another_board(taken, ana, eve):
    with pytest.raises(PermissionDenied):
        let_go(taken, by=ana, board=eve.board)


def test_an_observer_lets_go_of_nobody(taken, board, nina):
    with pytest.raises(PermissionDenied):
        let_go(taken, by=nina, board=board)


def test_what_changed_meanwhile_is_a_conflict(taken, eve):
    with pytest.raises(Conflict):
        let_go_of_patient(taken, by=eve, expected_version=7, board=eve.board.pk, reason="not_ours")


def test_on_the_page_it_is_asked_why_and_done(taken, eve):
    client, page = browser(eve), url("let_go", taken.pk)
    assert page in client.get(url("patient", taken.pk)).content.decode()
    asked = client.get(page)
    assert asked.context["form"]["reason"].value() is None
    assert client.post(page, {"version": 1}).status_code == 400
    done = client.post(page, {"version": 1, "reason": "not_ours"}, follow=True)
    assert "does not see the patient any more" in done.content.decode()
    assert client.get(url("patient", taken.pk)).status_code == 404


def test_the_page_says_why_it_cannot_be(board, ana):
    patient = makers.make_patient(board, by=ana)
    page = browser(ana).get(url("let_go", patient.pk)).content.decode()
    assert "No other board that is in use knows this patient" in page and "Let go of the patient" not in page


def test_with_a_case_it_is_not_offered(board, ana):
    case = makers.make_case(board, by=ana)
    page = browser(ana).get(url("patient", case.patient_id)).content.decode()
    assert "Taken on by mistake" not in page


def test_over_the_api_the_board_is_named(taken, board, eve, ana):
    factories.join(eve, board, "member", "surgery")
    path = f"/patients/{taken.pk}/let-go/"
    assert Api(eve).post(path, {"reason": "not_ours"}, version=1).status_code == 400
    assert Api(eve).post(path, {"board": eve.board.pk, "reason": "mistake"}, version=1).status_code == 400
    assert Api(eve).post(path, {"board": eve.board.pk, "reason": "not_ours"}, version=3).status_code == 412
    assert Api(eve).post(path, {"board": eve.board.pk, "reason": "not_ours"}, version=1).status_code == 204
    assert boards_of(taken) == {"Northgate"}
    assert Api(ana).post(path, {"board": eve.board.pk, "reason": "not_ours"}, version=1).status_code == 403

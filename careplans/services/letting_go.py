"""A board lets go of a patient whom it took on by mistake: it sees them no more. Only without a case of theirs, and only while
another board knows them: nobody is left whom no board sees."""

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from accounts.services.notices import withdraw_notices
from careplans.guards import check_not_merged
from careplans.models import Case, Patient, PatientBoard
from common.writing import take, transactional


@transactional
def let_go_of_patient(patient: Patient, *, by: User, expected_version: int, board: int, reason: str) -> None:
    """`reason` is a code: the audit trail, which keeps it, holds no patient data. Raises Conflict when the patient changed
    meanwhile. Whoever opens a case takes the patient too, so one of the two finds what the other did."""
    require(by, "patients.edit", board)
    take(patient, expected=expected_version)
    check_not_merged(patient)
    if reason not in PatientBoard.LetGo.values:
        raise ValidationError({"reason": "Say why this board lets go of the patient."})
    name = Board.objects.get(pk=board).name
    if words := why_not_let_go(patient, board, name):
        raise ValidationError(words)
    PatientBoard.objects.filter(patient=patient, board=board).delete()
    withdraw_notices(board, f"/patients/{patient.pk}/")
    audit.record("patient_let_go", by=by, subject=patient, board_id=board, data={"reason": reason})


def why_not_let_go(patient: Patient, board: int, name: str) -> str:
    """Empty where it can. Two queries."""
    if board not in Patient.objects.boards_of(patient):
        return f"{name} does not know this patient any more."
    if Case.objects.filter(patient=patient, board=board).exists():
        return f"{name} has a case of this patient, so it keeps the patient. Close or withdraw the case instead."
    others = PatientBoard.objects.filter(patient=patient, board__is_active=True).exclude(board=board)
    if not others.exists():
        return (
            "No other board that is in use knows this patient, and then nobody would see them any more. If what is "
            "recorded is wrong, change it."
        )
    return ""

"""Former names of a patient, and names by which they are known, too: the patient is found by each, and warned of."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from careplans.guards import check_not_merged
from careplans.models import Patient, PatientName
from careplans.services.kept_names import keep_name
from careplans.services.patient_keys import write_keys
from careplans.services.patients import acting_board
from common.writing import compare_and_set, take, transactional


@transactional
def add_name(
    patient: Patient, *, by: User, expected_version: int, kind: str, family_name: str, given_name: str = ""
) -> PatientName:
    """Raises Conflict when the patient changed meanwhile."""
    board = acting_board(patient, by, "patients.edit")
    take(patient, expected=expected_version)
    check_not_merged(patient)
    name = keep_name(patient, by=by, kind=kind, family_name=family_name, given_name=given_name)
    compare_and_set(patient, expected=expected_version)
    write_keys(patient)
    audit.record("patient_name_added", by=by, subject=patient, board_id=board.pk, data={"name": name.pk, "kind": kind})
    return name


@transactional
def remove_name(patient: Patient, *, by: User, expected_version: int, name: int) -> None:
    """It was not theirs: the patient is found by it no more. The row stays, with who took it off."""
    board = acting_board(patient, by, "patients.edit")
    take(patient, expected=expected_version)
    check_not_merged(patient)
    removed = {"removed_at": timezone.now(), "removed_by": by}
    if not PatientName.objects.filter(pk=name, patient=patient, removed_at=None).update(**removed):
        raise ValidationError({"name": "This name is not among the patient's other names any more."})
    compare_and_set(patient, expected=expected_version)
    write_keys(patient)
    audit.record("patient_name_removed", by=by, subject=patient, board_id=board.pk, data={"name": name})

"""Former names of a patient, and names by which they are known, too: the patient is found by each, and warned of."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from careplans.guards import check_not_merged
from careplans.models import Patient, PatientName
from careplans.services.patient_keys import write_keys
from careplans.services.patients import acting_board
from common.folding import fold
from common.writing import compare_and_set, take, transactional

# More than anybody has; each is shown, and searched by.
MOST_NAMES = 20


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


def keep_name(patient: Patient, *, by: User, kind: str, family_name: str, given_name: str) -> PatientName:
    """Inside the caller's transaction, which holds the patient and writes the keys. A name that stands is not kept twice."""
    family_name, given_name = family_name.strip(), given_name.strip()
    if kind not in PatientName.Kind.values:
        raise ValidationError({"kind": "Say whether it is a former name or one by which the patient is known, too."})
    if not fold(family_name):
        raise ValidationError({"family_name": "Give the family name, or the only name."})
    if (family_name, given_name or patient.given_name) == (patient.family_name, patient.given_name):
        raise ValidationError({"family_name": "This is the patient's name now."})
    standing = PatientName.objects.filter(patient=patient, removed_at=None)
    if same := standing.filter(family_name=family_name, given_name=given_name).first():
        return same
    if standing.count() >= MOST_NAMES:
        raise ValidationError(
            {"family_name": f"{MOST_NAMES} other names are kept already. Take one off that is wrong."}
        )
    return PatientName.objects.create(
        patient=patient, kind=kind, family_name=family_name, given_name=given_name, created_by=by
    )

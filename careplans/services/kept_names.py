"""Another name of a patient, kept by whoever finds that they have one."""

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.models import Patient, PatientName
from common.folding import fold

# More than anybody has; each is shown, and searched by.
MOST_NAMES = 20


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

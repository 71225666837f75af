"""What a patient was before, field by field: there is no timeline of a patient, and the audit trail holds no patient data."""

from collections.abc import Sequence

from accounts.models import Board, User
from careplans.models import Patient, PatientChange
from common.writing import told_of


def keep_changes(patient: Patient, board: Board, *, by: User, sure_of: Sequence[str] = ()) -> None:
    """Inside the caller's transaction, after the change. `sure_of`: what was confirmed of its days (`common.asked`)."""
    odd = {name: odd for name, odd, _ in (key.split(":") for key in sure_of)}
    told = told_of(patient)
    PatientChange.objects.bulk_create(
        PatientChange(
            patient=patient,
            board=board,
            field=name[:80],
            old=old,
            new=told["now"][name],
            by=by,
            confirmed=odd.get(name, ""),
        )
        for name, old in told.get("was", {}).items()
    )

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.models import Patient
from careplans.models.patients import search_key
from common.writing import compare_and_set, take, transactional

FIELDS = ("record_number", "family_name", "given_name", "birth_date", "sex")


@transactional
def add_patient(
    board: Board, *, by: User, record_number: str, family_name: str, given_name: str, birth_date: date, sex: str,
    is_synthetic: bool = False,
) -> Patient:  # fmt: skip
    """Add a patient to a board. Raises ValidationError when the record number is taken or the birth date is ahead."""
    require(by, "patients.edit", board)
    _check_birth_date(birth_date)
    patient = Patient(
        board=board, record_number=record_number.strip(), family_name=family_name.strip(), given_name=given_name.strip(),
        birth_date=birth_date, sex=sex, is_synthetic=is_synthetic, created_by=by,
        **_keys(record_number, family_name, given_name),
    )  # fmt: skip
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError as error:
        raise _taken(board, record_number) from error
    audit.record("patient_added", by=by, subject=patient, board_id=board.pk)
    return patient


@transactional
def change_patient(patient: Patient, *, by: User, expected_version: int, **values: Any) -> Patient:
    """Change named fields. Raises Conflict when somebody else changed the patient first."""
    require(by, "patients.edit", patient.board_id)
    take(patient, expected=expected_version)
    changes = {name: value for name, value in values.items() if name in FIELDS and value != getattr(patient, name)}
    if "birth_date" in changes:
        _check_birth_date(changes["birth_date"])
    names = {name: changes.get(name, getattr(patient, name)) for name in FIELDS[:3]}
    try:
        with transaction.atomic():
            compare_and_set(patient, expected=expected_version, **changes, **_keys(**names))
    except IntegrityError as error:
        raise _taken(patient.board, names["record_number"]) from error
    audit.record("patient_changed", by=by, subject=patient, board_id=patient.board_id, data={"fields": sorted(changes)})
    return patient


def possible_duplicates(
    board: Board, *, family_name: str, given_name: str, birth_date: date | None, record_number: str = ""
) -> list[Patient]:
    """Patients of this board who may be the same person: same name, or same birth date and family name or initials.

    A warning, never a refusal: twins and namesakes exist.
    """
    family, given = search_key(family_name), search_key(given_name)
    same = Q(family_key=family, given_key=given)
    if birth_date is not None:
        same |= Q(birth_date=birth_date, family_key=family)
        same |= Q(birth_date=birth_date, given_key=given, family_key__startswith=family[:1])
    rows = Patient.objects.filter(board=board).filter(same).exclude(record_key=search_key(record_number))
    return list(rows.order_by("family_key", "id")[:5])


def _keys(record_number: str, family_name: str, given_name: str) -> dict[str, str]:
    return {
        "record_key": search_key(record_number),
        "family_key": search_key(family_name),
        "given_key": search_key(given_name),
    }


def _check_birth_date(birth_date: date) -> None:
    if birth_date > timezone.now().date():
        raise ValidationError({"birth_date": "The date of birth is in the future. Check the year."})
    if birth_date.year < 1900:
        raise ValidationError({"birth_date": "The date of birth is before 1900. Check the year."})


def _taken(board: Board, record_number: str) -> ValidationError:
    return ValidationError(
        {
            "record_number": f"{record_number} is already a patient of {board.name}. Search for it instead of adding it again."
        }
    )

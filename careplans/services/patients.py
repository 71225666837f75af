"""Patients: one row for each record number of an institution, shared by the boards that know them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import boards_where, can, require
from accounts.services.notices import add_notice
from careplans.guards import check_not_merged
from careplans.models import Case, Patient, PatientBoard, PatientName
from careplans.models.patient_changes import label_of
from careplans.readers.care_ends import recorded_before
from careplans.reminders.escalation import coordinators
from careplans.services.kept_names import keep_name
from careplans.services.patient_changes import keep_changes
from careplans.services.patient_keys import record_key, sort_keys, write_first_keys, write_keys
from careplans.services.patient_numbers import (
    by_system,
    is_born,
    known_under,
    no_fit,
    save_first_numbers,
    save_numbers,
    telling_refusal,
    whom_to_ask,
)
from common import asked
from common.folding import FOLDING, fold
from common.local_time import range_of
from common.partial_dates import PartialDate
from common.unlikely_days import When, said_of, sent_of
from common.writing import compare_and_set, lock, take, transactional

FIELDS = ("record_number", "family_name", "given_name", "birth_date", "sex")
# More are not told at once.
MOST_NAMED = 5


@audit.keep_refusals
@transactional
def add_patient(
    board: Board, *, by: User, record_number: str, family_name: str, given_name: str, birth_date: date | PartialDate,
    sex: str, numbers: Mapping[int, str] | None = None, named: Mapping[str, str] | None = None, is_synthetic: bool = False,
) -> Patient:  # fmt: skip
    """Add a patient to a board and its institution, with their further `numbers` by the id of their system, and those `named` by
    its name. Raises ValidationError when the institution knows the record number already (`services.known_patients` takes that
    patient) or the birth date is ahead."""
    require(by, "patients.edit", board)
    birth_date = PartialDate.of(birth_date)
    _check_birth_date(birth_date)
    _check_says_who(record_number, family_name)
    # Against its move to another institution; two additions of one number meet at the constraint.
    [board] = lock(Board.objects.filter(pk=board.pk))
    if known := known_under(board, record_number):
        raise _taken(board, known, birth_date, by=by)
    patient = Patient(
        institution_id=board.institution_id, added_on=board, record_number=record_number.strip(),
        family_name=family_name.strip(), given_name=given_name.strip(), birth_date=birth_date, sex=sex,
        is_synthetic=is_synthetic, created_by=by, record_key=record_key(record_number),
        folding=FOLDING, **sort_keys(family_name, given_name),
    )  # fmt: skip
    try:
        with transaction.atomic():
            patient.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"record_number": _MEANWHILE}) from error
    PatientBoard.objects.create(patient=patient, board=board, created_by=by)
    further = {**(numbers or {}), **by_system(board, named or {}, by=by)}
    write_first_keys(patient, save_first_numbers(patient, further, by=by))
    audit.record("patient_added", by=by, subject=patient, board_id=board.pk)
    return patient


@audit.keep_refusals
@transactional
def change_patient(
    patient: Patient, *, by: User, expected_version: int, numbers: Mapping[int, str] | None = None,
    named: Mapping[str, str] | None = None, keep_old_name: bool = False, **values: Any,
) -> Patient:  # fmt: skip
    """Change named fields, which every board of the institution sees: the coordinators of the others are told. With
    `keep_old_name`, a name that changes stays as a former one. Raises Conflict when somebody else changed the patient first."""
    board = acting_board(patient, by, "patients.edit")
    take(patient, expected=expected_version)
    check_not_merged(patient)
    changes = {name: value for name, value in values.items() if name in FIELDS and value != getattr(patient, name)}
    if "birth_date" in changes:
        born = PartialDate.of(changes["birth_date"])
        _check_birth_date(born)
        _check_before_death(patient, born)
        # Whoever records a day of them has taken a case (guards.as_it_stands).
        lock(Case.objects.filter(patient=patient))
        _ask_about_birth(patient, born, by=by)
    old_name = {name: getattr(patient, name) for name in FIELDS[1:3]}
    names = {name: changes.get(name, getattr(patient, name)) for name in FIELDS[:3]}
    _check_says_who(names["record_number"], names["family_name"])
    keys = sort_keys(names["family_name"], names["given_name"])
    if "record_number" in changes:
        keys["record_key"] = record_key(changes["record_number"])
    try:
        with transaction.atomic():
            compare_and_set(patient, expected=expected_version, **changes, **keys)
    except IntegrityError as error:
        raise _given_to_another(board, names["record_number"], by=by) from error
    if keep_old_name and not changes.keys().isdisjoint(old_name):
        keep_name(patient, by=by, kind=PatientName.Kind.FORMER, **old_name)
    given = {**(numbers or {}), **by_system(board, named or {}, by=by)}
    told = [*sorted(changes), *save_numbers(patient, given, by=by)]
    write_keys(patient)
    sure = asked.take_settled()
    keep_changes(patient, board, by=by, sure_of=sure)
    # Without the day: the audit trail holds no patient data.
    settled = sorted({key.rpartition(":")[0] for key in sure})
    confirmed = {asked.NAME: settled} if settled else {}
    audit.record("patient_changed", by=by, subject=patient, board_id=board.pk, data={"fields": told} | confirmed)
    if told:
        _tell_others(patient, board, told, by=by)
    return patient


def link(patient: Patient, board: Board, *, by: User) -> bool:
    """From now on the board sees the patient. Inside the caller's transaction; False when it did already."""
    with transaction.atomic():
        _, is_new = PatientBoard.objects.get_or_create(patient=patient, board=board, defaults={"created_by": by})
    return is_new


def acting_board(patient: Patient, by: User, action: str) -> Board:
    """The board for which this person may do `action` to the patient: the one they look from, or another that knows them."""
    known = [row.board for row in PatientBoard.objects.filter(patient=patient).select_related("board").order_by("id")]
    known.sort(key=lambda board: board.pk != patient.board_id)
    board = next((board for board in known if can(by, action, board)), None)
    if board is None:
        require(by, action, known[0] if known else patient.board_id)
    return board or patient.board


def may_act(patient: Patient, by: User, action: str) -> bool:
    """Whether some board that knows the patient lets this person do `action`: what `acting_board` finds."""
    boards = boards_where(by, action)
    return PatientBoard.objects.filter(patient=patient, board__in=boards).exists()


def _tell_others(patient: Patient, board: Board, fields: list[str], *, by: User) -> None:
    what = ", ".join(label_of(name) for name in fields)
    others = PatientBoard.objects.filter(patient=patient, board__is_active=True).exclude(board=board).order_by("board")
    people = {user: row.board_id for row in others for user in coordinators(row.board_id) if user != by.pk}
    for user in User.objects.filter(pk__in=people).order_by("pk"):
        add_notice(
            user, kind="patient", text=f"{patient}: {what} changed by {by.name}", path=f"/patients/{patient.pk}/",
            dedupe_key=f"patient.{patient.pk}.{patient.version}.{user.pk}", board=people[user.pk],
        )  # fmt: skip


def _check_says_who(record_number: str, family_name: str) -> None:
    if not record_key(record_number):
        raise ValidationError({"record_number": "A record number holds letters or figures."})
    if not fold(family_name):
        raise ValidationError({"family_name": "Give the family name, or the only name."})


def _check_birth_date(birth_date: PartialDate) -> None:
    if birth_date.is_after(timezone.now().date()):
        raise ValidationError({"birth_date": "The date of birth is in the future. Check the year."})
    if birth_date.year < 1900:
        raise ValidationError({"birth_date": "The date of birth is before 1900. Check the year."})


def _check_before_death(patient: Patient, birth_date: PartialDate) -> None:
    """A death that is known in part is judged by the last day that it may mean, a birth by the first."""
    if not patient.died_year:
        return
    last = range_of(patient.died_year, patient.died_month, patient.died_day)[1]
    if birth_date.is_after(last):
        raise ValidationError(
            {"birth_date": f"The date of birth is after the recorded death ({last:%-d %B %Y} at the latest)."}
        )


def _ask_about_birth(patient: Patient, born: When, *, by: User) -> None:
    """What this person sees recorded of earlier than that day: one of the two is wrong, and hardly the other."""
    if found := recorded_before(patient, born, by):
        more = [f"and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
        held = "; ".join([*(words.rstrip(".") for words in found[:MOST_NAMED]), *more])
        asked.ask([asked.Question("birth_date", "after_entries", sent_of(born), said_of(born), held)])


_MEANWHILE = (
    "Somebody added a patient with this record number at this moment. Send it again: you are then shown what stands."
)


def _taken(board: Board, known: Patient, birth_date: PartialDate, *, by: User) -> ValidationError:
    if PatientBoard.objects.filter(patient=known, board=board).exists():
        words = f"{known.record_number} is already a patient of {board.name}. Search for it instead of adding it again."
    elif is_born(known, birth_date):
        words = f"{board.institution} knows this record number with this date of birth. Take that patient instead."
    else:
        return no_fit(board, known, by=by)
    return ValidationError({"record_number": words})


def _given_to_another(board: Board, record_number: str, *, by: User) -> ValidationError:
    other = known_under(board, record_number)
    if other is None:
        return ValidationError({"record_number": _MEANWHILE})
    return telling_refusal(board, other, {"record_number": whom_to_ask(board, other, of="another patient")}, by=by)

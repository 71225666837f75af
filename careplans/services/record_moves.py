"""Two records are merged, or a case goes to the patient whose it is: asked by one person, confirmed by another, undone by either.

Order: the right, both patients by their keys, the move, then the cases, then their plans (careplans/locks.py). So two merges that
cross, a merge and whoever edits, and two who confirm come one after the other. What a merge does: `services.record_merging`.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import can, require
from careplans.guards import check_reason, check_transition
from careplans.locks import take_right
from careplans.models import Case, Patient, RecordMove
from careplans.readers.record_moves import why_not, why_not_back
from careplans.services.patients import acting_board
from careplans.services.record_merging import bring_back, carry_out
from careplans.services.record_notices import tell_asked, tell_decided
from common.errors import Conflict
from common.writing import compare_and_set, lock, take, transactional

ASK, DECIDE = "patients.edit", "patients.merge"
MEANWHILE = (
    "One of the two patients was changed while you looked at them. Nothing was done: look at both again, then decide."
)


@transactional
def ask_merge(patient: Patient, *, by: User, into: int, reason: str) -> RecordMove:
    """`patient` is of the same person as `into`, whose record stays. Nothing changes until somebody else confirms."""
    board = acting_board(patient, by, ASK)
    move = RecordMove(
        kind=RecordMove.Kind.MERGE, board=board, from_patient=patient, to_patient=_other(into, by, "into"), asked_by=by
    )
    return _ask(move, reason, what="the two records are of one person")


@transactional
def ask_move_case(case: Case, *, by: User, to: int, reason: str) -> RecordMove:
    """The case was recorded under the wrong patient. Nothing changes until somebody else confirms."""
    require(by, ASK, case.board_id)
    move = RecordMove(
        kind=RecordMove.Kind.CASE, board_id=case.board_id, case=case, from_patient=case.patient,
        to_patient=_other(to, by, "to"), asked_by=by,
    )  # fmt: skip
    return _ask(move, reason, what="the case is of the other patient")


@transactional
def confirm(
    move: RecordMove, *, by: User, expected_version: int, from_version: int, to_version: int, note: str = ""
) -> RecordMove:
    """By somebody who did not ask and has looked at both patients, whose versions they saw. Raises Conflict when one changed."""
    _take(move, by, expected=expected_version)
    check_transition(RecordMove.TRANSITIONS, move.status, RecordMove.Status.CONFIRMED, noun="request")
    if move.asked_by_id == by.pk:
        raise ValidationError("You asked for it yourself. Another person looks at both and confirms it.")
    if (move.from_patient.version, move.to_patient.version) != (from_version, to_version):
        raise Conflict(MEANWHILE)
    if words := why_not(move):
        raise ValidationError(words)
    _settle(move, RecordMove.Status.CONFIRMED, by=by, reason=note.strip())
    moved = carry_out(move, by=by)
    _record(move, "confirmed", by=by, cases=moved)
    tell_decided(move, by=by)
    return move


@transactional
def decline(move: RecordMove, *, by: User, expected_version: int, reason: str) -> RecordMove:
    """They are two people, or the case stands where it belongs."""
    _take(move, by, expected=expected_version)
    check_transition(RecordMove.TRANSITIONS, move.status, RecordMove.Status.DECLINED, noun="request")
    if move.asked_by_id == by.pk:
        raise ValidationError("You asked for it yourself. Withdraw it instead.")
    _settle(move, RecordMove.Status.DECLINED, by=by, reason=check_reason(reason, what="declining"))
    _record(move, "declined", by=by)
    tell_decided(move, by=by)
    return move


@transactional
def withdraw(move: RecordMove, *, by: User, expected_version: int) -> RecordMove:
    """By whoever asked, as long as nobody has decided."""
    board = acting_board(move.from_patient, by, ASK)
    take_right(by, ASK, board)
    _take_rows(move, expected=expected_version)
    check_transition(RecordMove.TRANSITIONS, move.status, RecordMove.Status.WITHDRAWN, noun="request")
    if move.asked_by_id != by.pk:
        raise ValidationError("Only the person who asked withdraws it. Decline it with a reason instead.")
    compare_and_set(move, expected=move.version, status=RecordMove.Status.WITHDRAWN)
    _record(move, "withdrawn", by=by)
    tell_decided(move, by=by)
    return move


@transactional
def undo(move: RecordMove, *, by: User, expected_version: int, reason: str) -> RecordMove:
    """By one person with the right, since two patients in one record are a danger at once. What came over goes back, with all
    that was written in it since; what was opened on the other patient since, and their details, stay there."""
    _take(move, by, expected=expected_version)
    check_transition(RecordMove.TRANSITIONS, move.status, RecordMove.Status.UNDONE, noun="request")
    reason = check_reason(reason, what="undoing it")
    if words := why_not_back(move):
        raise ValidationError(words)
    values: dict[str, Any] = {"undone_by": by, "undone_at": timezone.now(), "undone_reason": reason}
    compare_and_set(move, expected=move.version, status=RecordMove.Status.UNDONE, **values)
    back = bring_back(move, by=by)
    _record(move, "undone", by=by, cases=back)
    tell_decided(move, by=by)
    return move


def may_decide(move: RecordMove, by: User) -> bool:
    """Whether this person may confirm, decline or undo, from boards that know both patients."""
    if move.case is not None:
        return can(by, DECIDE, move.case.board_id)
    known = [set(Patient.objects.boards_of(one)) for one in (move.from_patient, move.to_patient)]
    return all(any(can(by, DECIDE, board) for board in boards) for boards in known)


def _other(pk: int, by: User, field: str) -> Patient:
    """The patient who is named: one whom the person sees, or nobody."""
    found: Patient | None = Patient.objects.where_can(by, ASK).filter(pk=pk).first()
    if found is None:
        raise ValidationError(
            {field: "None of your boards knows that patient. Take them on first, by record number and date of birth."}
        )
    return found


def _ask(move: RecordMove, reason: str, *, what: str) -> RecordMove:
    move.reason = reason.strip()
    if not move.reason:
        raise ValidationError({"reason": f"Say how it is known that {what}."})
    _take_both(move)
    if move.case is not None:
        take(move.case)
    if words := why_not(move):
        raise ValidationError(words)
    move.save(force_insert=True)
    _record(move, "asked", by=move.asked_by)
    tell_asked(move)
    return move


def _take(move: RecordMove, by: User, *, expected: int) -> None:
    """The right on a board of each patient, then the rows."""
    if move.case is not None:
        boards = {move.case.board_id}
    else:
        boards = {acting_board(one, by, DECIDE).pk for one in (move.from_patient, move.to_patient)}
    for board in sorted(boards):
        take_right(by, DECIDE, board)
    _take_rows(move, expected=expected)


def _take_rows(move: RecordMove, *, expected: int) -> None:
    _take_both(move)
    take(move, expected=expected)
    if move.case is not None:
        take(move.case)


def _take_both(move: RecordMove) -> None:
    """Both patients in the order of their keys, and whoever stands for them now; read afresh."""
    ids = {move.from_patient_id, move.to_patient_id}
    ids |= set(Patient.objects.filter(pk__in=ids).exclude(merged_into=None).values_list("merged_into", flat=True))
    fresh = {row.pk: row for row in lock(Patient.objects.filter(pk__in=ids))}
    move.from_patient, move.to_patient = fresh[move.from_patient_id], fresh[move.to_patient_id]


def _settle(move: RecordMove, to: str, *, by: User, reason: str) -> None:
    values: dict[str, Any] = {"decided_by": by, "decided_at": timezone.now(), "decided_reason": reason}
    compare_and_set(move, expected=move.version, status=to, **values)


def _record(move: RecordMove, what: str, *, by: User, cases: int | None = None) -> None:
    """In the trail of both patients, by their ids: what was written under the old one is found through it."""
    data = {"record_move": move.pk, "from": move.from_patient_id, "to": move.to_patient_id, "case": move.case_id}
    data |= {} if cases is None else {"cases": cases}
    kind = "patient_merge" if move.is_merge else "case_to_patient"
    for patient in (move.from_patient, move.to_patient):
        audit.record(f"{kind}_{what}", by=by, subject=patient, board_id=move.board_id, data=data)

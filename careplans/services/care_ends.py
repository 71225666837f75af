"""A patient has died, or has gone to another centre: recorded once, for every board; and taken back by a second person."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.services.notices import withdraw_untrue
from careplans import history
from careplans.guards import check_in_care, check_not_merged, check_reason
from careplans.locks import take_right
from careplans.models import CareEnd, Case, Patient
from careplans.readers.care_ends import done_after, what_ends
from careplans.services.care_ending import end_care, mark_taken_back, tell_boards
from careplans.services.fatal_outcomes import take_back_fatal
from careplans.services.patient_changes import keep_changes
from careplans.services.patients import acting_board
from common.errors import Conflict
from common.local_time import range_of
from common.shown import OTHERWISE
from common.writing import compare_and_set, compare_seen_and_set, lock, take, transactional

# Who may, by what it is: a death is heard by anybody who acts for the patient, a transfer is decided by who leads the board.
ACTIONS = {CareEnd.Kind.DIED: "patients.death", CareEnd.Kind.TRANSFERRED: "cases.manage"}
ALIVE = {"is_dead": False, "died_year": None, "died_month": None, "died_day": None}
HERE = {"transferred_to": "", "transferred_on": None}


@transactional
def record_death(
    patient: Patient, *, by: User, expected_version: int, source: str, year: int | None, month: int | None, day: int | None,
    why: str = "", seen: str = "",
) -> CareEnd:  # fmt: skip
    """End all care of a patient on every board. The date may be known in part, or not at all; `why` says why it holds although
    something is recorded as done after it; `seen` marks what it ends, as it was shown. Raises Conflict when the patient, or
    what would end, changed meanwhile."""
    board = _take(patient, by, CareEnd.Kind.DIED, expected=expected_version)
    if patient.is_dead:
        raise ValidationError(_already(patient))
    latest = _check_death(patient, board, year, month, day)
    if not source.strip():
        raise ValidationError({"source": "Say where it is known from: a letter, the ward, the registry, the family."})
    _check_after(patient, latest, why, by=by)
    _check_seen(patient, seen)
    died = {"died_year": year, "died_month": month, "died_day": day}
    return _end(
        patient, CareEnd.Kind.DIED, {"is_dead": True, **died}, board=board, by=by, year=year, month=month, day=day,
        source=source.strip(), why=why.strip(),
    )  # fmt: skip


@transactional
def record_transfer(
    patient: Patient, *, by: User, expected_version: int, to_centre: str, on: date, taken_over_by: str, confirmed: str,
    why: str = "", seen: str = "",
) -> CareEnd:  # fmt: skip
    """Another centre takes over the whole patient: all care on every board of this institution ends. `seen` as of a death."""
    board = _take(patient, by, CareEnd.Kind.TRANSFERRED, expected=expected_version)
    check_in_care(patient)
    _check_transfer(patient, board, to_centre, on, taken_over_by, confirmed)
    _check_after(patient, on, why, by=by)
    _check_seen(patient, seen)
    changes = {"transferred_to": to_centre.strip(), "transferred_on": on}
    return _end(
        patient, CareEnd.Kind.TRANSFERRED, changes, board=board, by=by, year=on.year, month=on.month, day=on.day,
        to_centre=to_centre.strip(), taken_over_by=taken_over_by.strip(), confirmed=confirmed, why=why.strip(),
    )  # fmt: skip


@transactional
def correct_death(patient: Patient, *, by: User, expected_version: int, reason: str) -> CareEnd:
    """It was recorded in error. By a second person; what it ended is offered back, and nothing comes back by itself."""
    return _take_back(patient, CareEnd.Kind.DIED, ALIVE, by=by, expected_version=expected_version, reason=reason)


@transactional
def take_back_transfer(patient: Patient, *, by: User, expected_version: int, reason: str) -> CareEnd:
    """The patient did not go, or has come back. By a second person; what it ended is offered back."""
    return _take_back(patient, CareEnd.Kind.TRANSFERRED, HERE, by=by, expected_version=expected_version, reason=reason)


def _take(patient: Patient, by: User, kind: str, *, expected: int) -> Board:
    board = acting_board(patient, by, ACTIONS[CareEnd.Kind(kind)])
    take_right(by, ACTIONS[CareEnd.Kind(kind)], board)
    take(patient, expected=expected)
    check_not_merged(patient)
    return board


def _check_seen(patient: Patient, seen: str) -> None:
    """With the cases held, so that nothing begins after it was looked at."""
    lock(Case.objects.filter(patient=patient))
    if seen and what_ends(patient).mark != seen:
        raise Conflict(OTHERWISE)


def _end(patient: Patient, kind: str, changes: Mapping[str, Any], *, board: Board, by: User, **values: Any) -> CareEnd:
    end = CareEnd.objects.create(patient=patient, kind=kind, board=board, recorded_by=by, **values)
    compare_and_set(patient, expected=patient.version, **changes)
    keep_changes(patient, board, by=by)
    ended = end_care(patient, end, by=by)
    audit.record(f"patient_{kind}", by=by, subject=patient, board_id=board.pk, data={"ended": len(ended)})
    tell_boards(patient, f"{patient}. All care has ended, and nothing is sent any more.", end, "recorded", by=by)
    return end


def _take_back(
    patient: Patient, kind: str, changes: Mapping[str, Any], *, by: User, expected_version: int, reason: str
) -> CareEnd:
    board = _take(patient, by, kind, expected=expected_version)
    reason = check_reason(reason, what="taking it back")
    found = lock(CareEnd.objects.filter(patient=patient, kind=kind).standing())
    if not found:
        raise ValidationError("There is no such record any more; somebody took it back.")
    end = found[0]
    if CareEnd.objects.filter(patient__merged_into=patient, kind=kind).standing().exists():
        raise ValidationError(
            "A record that was merged into this one says the same. Undo the merge first, and take it back on both."
        )
    if end.recorded_by_id == by.pk:
        raise ValidationError("You recorded it yourself. Another person looks at it and takes it back.")
    values = {"withdrawn_at": timezone.now(), "withdrawn_by": by, "withdrawn_reason": reason}
    compare_seen_and_set(end, {"withdrawn_at": None}, values, message="Somebody took it back just now.")
    compare_and_set(patient, expected=patient.version, **changes)
    keep_changes(patient, board, by=by)
    if kind == CareEnd.Kind.DIED:
        cases = lock(Case.objects.filter(patient=patient))
        take_back_fatal(cases, by=by, reason=f"The death was taken back: {reason}")
    for case in mark_taken_back(end):
        history.record(case, "care_end_taken_back", by=by, new=kind, reason=reason)
    audit.record(f"patient_{kind}_taken_back", by=by, subject=patient, board_id=board.pk)
    withdraw_untrue(f"care_end.{end.pk}.recorded.")
    words = f"{patient.name}: that the patient {_said(end)} was taken back. What it ended is offered back."
    tell_boards(patient, words, end, "taken_back", by=by)
    return end


def _said(end: CareEnd) -> str:
    return "died" if end.kind == CareEnd.Kind.DIED else f"went to {end.to_centre}"


def _already(patient: Patient) -> str:
    end = (
        CareEnd.objects.filter(patient=patient, kind=CareEnd.Kind.DIED).standing().select_related("recorded_by").first()
    )
    who = f" by {end.recorded_by.name}" if end else ""
    return f"That {patient.name} {patient.ended} is recorded already{who}. Another person can correct it."


def _check_death(patient: Patient, board: Board, year: int | None, month: int | None, day: int | None) -> date | None:
    """The last day that it can have been; None where nothing is known."""
    if year is None:
        if month is not None or day is not None:
            raise ValidationError({"year": "Give the year, or say that the date is not known."})
        return None
    if month is None and day is not None:
        raise ValidationError({"month": "Give the month, or leave the day out too."})
    try:
        first, last = range_of(year, month, day)
    except ValueError:
        raise ValidationError({"day": "There is no such day. Check day, month and year."}) from None
    if first > board.today:
        raise ValidationError({"year": "The date of death lies in the future. Check it."})
    if patient.birth_date.is_after(last):
        raise ValidationError(
            {"year": f"The patient was born {patient.birth_date.when}, after that. Check both dates."}
        )
    return min(last, board.today)


def _check_transfer(
    patient: Patient, board: Board, to_centre: str, on: date, taken_over_by: str, confirmed: str
) -> None:
    wrong = {}
    if not to_centre.strip():
        wrong["to_centre"] = "Say to which centre the patient goes."
    if not taken_over_by.strip():
        wrong["taken_over_by"] = "Say who takes over there, so that the patient is not lost between two centres."
    if confirmed not in CareEnd.Confirmed.values:
        wrong["confirmed"] = "Say whether the other centre has confirmed it."
    if on > board.today:
        wrong["on"] = "That day lies in the future. Until then the patient is in care here: record it on the day."
    if patient.birth_date.is_after(on):
        wrong["on"] = "That is before the patient was born. Check the date."
    if wrong:
        raise ValidationError(wrong)


def _check_after(patient: Patient, latest: date | None, why: str, *, by: User) -> None:
    """What the boards of whoever records it have done since. Other boards are told of theirs once it is recorded: a refusal
    would tell this one that they have the patient in care, and when they last did something."""
    found = done_after(patient, latest, by) if latest else []
    if found and not why.strip():
        raise ValidationError({"why": [*found, "Check the date. If it is right, say why; it is kept with the record."]})

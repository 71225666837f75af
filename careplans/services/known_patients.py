"""A patient whom the institution knows already: found by record number and date of birth, and only by both."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, IdentifierSystem, User
from accounts.permissions import boards_where, require
from careplans.guards import check_not_merged
from careplans.models import Patient, PatientBoard
from careplans.models.patients import PatientQuerySet
from careplans.services.patient_numbers import is_born, known_under, telling_refusal, whom_to_ask
from careplans.services.patients import link
from common.partial_dates import PartialDate
from common.writing import aside, take, transactional


@dataclass(frozen=True)
class Known:
    """`patient`: number and date of birth are both theirs, and another board of the institution knows them. `refusal`: the
    number is known with another date of birth; says whom to ask, and nothing about whose it is."""

    patient: Patient | None = None
    refusal: str = ""


@aside
def look_up(board: Board, *, by: User, record_number: str, birth_date: date | PartialDate) -> Known:
    """Whether the institution knows this person, before anything is added. What was found out is on the audit trail, a
    number without its date of birth too."""
    require(by, "patients.edit", board)
    known = known_under(board, record_number)
    if known is None or PatientBoard.objects.filter(patient=known, board=board).exists():
        return Known()
    fits = is_born(known, birth_date)
    audit.record("patient_looked_up", by=by, subject=known, board_id=board.pk, data={"found": fits})
    return Known(patient=known) if fits else Known(refusal=whom_to_ask(board, known))


@transactional
def by_number(by: User, rows: PatientQuerySet, *, system: str, value: str) -> PatientQuerySet:
    """Of these rows, whose number this is, exactly, in the system of this name or address of an institution of theirs. That
    somebody looked is on the audit trail, whatever they found; the number is not."""
    boards = boards_where(by, "patients.view")
    known = IdentifierSystem.objects.filter(institution__boards__in=boards).distinct()
    found = rows.numbered([one for one in known if one.is_named(system)], value)
    audit.record("patient_looked_up", by=by, subject=("patient", "number"))
    return found


@audit.keep_refusals
@transactional
def take_known_patient(board: Board, *, by: User, record_number: str, birth_date: date | PartialDate) -> Patient:
    """The board sees the patient from now on, as the institution knows them; cases on other boards stay unseen. Taken twice,
    or by two at once, it is one patient."""
    require(by, "patients.edit", board)
    known = known_under(board, record_number)
    if known is None:
        raise ValidationError(
            {"record_number": "The institution does not know this record number any more. Add the patient."}
        )
    take(known)
    check_not_merged(known)
    if not is_born(known, birth_date):
        raise telling_refusal(board, known, {"record_number": whom_to_ask(board, known)}, by=by)
    if link(known, board, by=by):
        audit.record("patient_taken_on", by=by, subject=known, board_id=board.pk)
    known.board = board
    return known

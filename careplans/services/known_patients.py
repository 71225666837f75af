"""A patient whom the institution knows already: found by record number and date of birth, and only by both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, IdentifierSystem, User
from accounts.permissions import boards_where, require
from accounts.services.limits import Rule, TooMany, give_back, take_try
from careplans.guards import check_not_merged
from careplans.models import Patient, PatientBoard
from careplans.models.patients import PatientQuerySet
from careplans.services.patient_keys import record_key
from careplans.services.patient_numbers import NoFit, is_born, known_under, no_fit, whom_to_ask
from careplans.services.patients import link
from common.partial_dates import PartialDate
from common.writing import aside, take, transactional

WITHIN = timedelta(minutes=15)
MOST_GUESSES = 10


@dataclass(frozen=True)
class Known:
    """`patient`: number and date of birth are both theirs, and another board of the institution knows them. `refusal`: the
    number is known with another date of birth; says whom to ask, and nothing about whose it is."""

    patient: Patient | None = None
    refusal: str = ""


@contextmanager
def counting_guesses(board: Board, *, by: User, record_number: str) -> Iterator[None]:
    """Around the transaction that looks a number up with a date of birth: ten that do not fit, then not even the right one is
    looked at. By person and number; what goes well, or is refused for another reason, counts no more."""
    where = f"institution {board.institution_id}" if board.institution_id else f"board {board.pk}"
    rules = [Rule("patient-guesses", (str(by.pk), where, record_key(record_number)), MOST_GUESSES, WITHIN)]
    try:
        mark = take_try(rules)
    except TooMany as full:
        if full.is_new:
            told = {"found": False, "why": "too many"}
            audit.record("patient_looked_up", by=by, subject=("patient", "number"), board_id=board.pk, data=told)
        words = (
            f"You gave this record number ten times with another date of birth. Try again in {full.minutes} minutes."
        )
        raise ValidationError({"record_number": words}) from full
    try:
        yield
    except NoFit:
        raise
    except BaseException:
        give_back(rules, mark)
        raise
    give_back(rules, mark)


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
        raise no_fit(board, known, by=by)
    if link(known, board, by=by):
        audit.record("patient_taken_on", by=by, subject=known, board_id=board.pk)
    known.board = board
    return known

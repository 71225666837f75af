"""A patient who is about to be added: asked first whether the institution knows them, or somebody of the board is like them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.models import Patient
from careplans.services.known_patients import look_up, take_known_patient
from careplans.services.patient_numbers import by_system, known_under, telling_refusal
from careplans.services.patients import add_patient
from careplans.services.possible_duplicates import Twin, possible_duplicates
from common.partial_dates import PartialDate
from common.writing import transactional


class AskedFirst(audit.TellingRefusal):
    """Nothing was added: whoever adds looks first at whom the institution `known`s, or at those who are alike (`twins`)."""

    def __init__(self, words: str, *, known: Patient | None = None, twins: Sequence[Twin] = (), **event: Any) -> None:
        super().__init__(words, **event)
        self.known, self.twins = known, list(twins)


@audit.keep_refusals
@transactional
def register_patient(
    board: Board, *, by: User, record_number: str, birth_date: date | PartialDate, family_name: str, given_name: str, sex: str,
    numbers: Mapping[int, str] | None = None, named: Mapping[str, str] | None = None, take_known: int | None = None,
    another_than: Collection[int] = (), is_synthetic: bool = False,
) -> Patient:  # fmt: skip
    """Add a patient, or take on the one whom the institution knows by this number and date of birth. Raises AskedFirst until
    `take_known` names whom it is, or `another_than` everybody who is alike and somebody else."""
    require(by, "patients.edit", board)
    look = look_up(board, by=by, record_number=record_number, birth_date=birth_date)
    if look.patient is not None and take_known != look.patient.pk:
        raise _known(board, look.patient, by=by)
    if look.patient is not None:
        return take_known_patient(board, by=by, record_number=record_number, birth_date=birth_date)
    if look.refusal and (other := known_under(board, record_number)):
        raise telling_refusal(board, other, {"record_number": look.refusal}, by=by)
    given = {**(numbers or {}), **by_system(board, named or {}, by=by)}
    twins = possible_duplicates(
        board, family_name=family_name, given_name=given_name, birth_date=birth_date, record_number=record_number,
        numbers=given,
    )  # fmt: skip
    if not {twin.patient.pk for twin in twins} <= set(another_than):
        raise _alike(board, twins, by=by)
    return add_patient(
        board, by=by, record_number=record_number, family_name=family_name, given_name=given_name, birth_date=birth_date,
        sex=sex, numbers=given, is_synthetic=is_synthetic,
    )  # fmt: skip


def _known(board: Board, patient: Patient, *, by: User) -> AskedFirst:
    words = (
        f"{board.institution} knows this record number with this date of birth. Take that patient on, or check both."
    )
    return AskedFirst(
        words,
        known=patient,
        action="patient_looked_up",
        by=by,
        subject=patient,
        board_id=board.pk,
        data={"found": True},
    )


def _alike(board: Board, twins: Sequence[Twin], *, by: User) -> AskedFirst:
    words = "Somebody who is a patient already looks like this one. Look at them first: nothing was saved."
    ids = [twin.patient.pk for twin in twins]
    return AskedFirst(
        words, twins=twins, action="list", by=by, subject=("patient", "list"), board_id=board.pk, data={"ids": ids}
    )

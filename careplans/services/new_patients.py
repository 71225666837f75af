"""A patient who is about to be added: asked first whether the institution knows them, or somebody of the board is like them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.models import Patient
from careplans.services.known_patients import counting_guesses, look_up, take_known_patient
from careplans.services.patient_numbers import by_system, check_has, known_under, no_fit
from careplans.services.patients import add_patient
from careplans.services.possible_duplicates import Twin, possible_duplicates
from common.partial_dates import PartialDate
from common.writing import lock, transactional


class AskedFirst(audit.TellingRefusal):
    """Nothing was added: whoever adds looks first at whom the institution `known`s, or at those who are alike (`twins`)."""

    def __init__(self, words: str, *, known: Patient | None = None, twins: Sequence[Twin] = (), **event: Any) -> None:
        super().__init__(words, **event)
        self.known, self.twins = known, list(twins)


@audit.keep_refusals
def register_patient(
    board: Board, *, by: User, record_number: str, birth_date: date | PartialDate, family_name: str, given_name: str, sex: str,
    numbers: Mapping[int, str] | None = None, named: Mapping[str, str] | None = None, take_known: int | None = None,
    another_than: Collection[int] = (), is_synthetic: bool = False, is_counted: bool = False,
) -> Patient:  # fmt: skip
    """Add a patient, or take on the one whom the institution knows by this number and date of birth. Raises AskedFirst until
    `take_known` names whom it is, or `another_than` everybody who is alike and somebody else. `is_counted`: whoever brings many
    at once has counted their guesses before (`known_patients.counting_guesses`)."""
    require(by, "patients.edit", board)
    with nullcontext() if is_counted else counting_guesses(board, by=by, record_number=record_number):
        return _register(
            board, by=by, record_number=record_number, birth_date=birth_date, family_name=family_name, given_name=given_name,
            sex=sex, numbers=numbers or {}, named=named or {}, take_known=take_known, another_than=another_than,
            is_synthetic=is_synthetic,
        )  # fmt: skip


@transactional
def _register(
    board: Board, *, by: User, record_number: str, birth_date: date | PartialDate, family_name: str, given_name: str, sex: str,
    numbers: Mapping[int, str], named: Mapping[str, str], take_known: int | None, another_than: Collection[int],
    is_synthetic: bool,
) -> Patient:  # fmt: skip
    # Before anybody is looked for: of two who add one person at once, the second is shown whom the first added.
    [board] = lock(Board.objects.filter(pk=board.pk))
    look = look_up(board, by=by, record_number=record_number, birth_date=birth_date)
    if look.patient is not None and take_known != look.patient.pk:
        raise _known(board, look.patient, by=by)
    if look.refusal and (other := known_under(board, record_number)):
        raise no_fit(board, other, by=by)
    if look.patient is not None:
        taken = take_known_patient(board, by=by, record_number=record_number, birth_date=birth_date)
        check_has(taken, {**numbers, **by_system(board, named, by=by)})
        return taken
    if take_known is not None and known_under(board, record_number) is None:
        words = "Nobody of this record number is known any more: nobody was taken on or added. Check the number."
        raise ValidationError({"record_number": words})
    given = {**numbers, **by_system(board, named, by=by)}
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

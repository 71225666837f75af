"""Whose number it is: the record number of the board's institution, or a further one. A number with another's date of birth
counts as a guess, as it does on the form of a new patient."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from accounts.models import Board, IdentifierSystem, User
from careplans.importing.uploads import Number, Person, Upload
from careplans.models import Patient, PatientBoard
from careplans.services.known_patients import counting_guesses, look_up
from careplans.services.patient_keys import record_key
from careplans.services.patient_numbers import all_known_under, known_under, no_fit
from common.folding import fold, number_key


def systems_of(board: Board) -> list[IdentifierSystem]:
    return list(board.institution.systems.all()) if board.institution else []


class Numbers:
    """Of one record as an upload names it, by the systems that the board's institution has now."""

    def __init__(self, board: Board, given: Sequence[Number], systems: Sequence[IdentifierSystem]) -> None:
        self.board = board
        self.record = ""
        self.further: dict[str, str] = {}
        """By the name or address of its system, as `services.patient_numbers.by_system` takes it."""
        self.systems: dict[str, IdentifierSystem] = {}
        self.unclear: list[str] = []
        for one in given:
            self._sort(one, systems)

    def _sort(self, one: Number, systems: Sequence[IdentifierSystem]) -> None:
        system = next((found for name in one.systems for found in systems if found.is_named(name)), None)
        ours = self.board.institution is not None and any(
            fold(name) == fold(self.board.institution.name) for name in one.systems
        )
        if (system is not None and system.is_main) or (
            system is None and (not one.systems or (ours and one.is_record))
        ):
            if self.record and number_key(self.record) != number_key(one.value):
                self.unclear.append(
                    f"Two record numbers are given, {self.record} and {one.value}: nobody can tell which holds."
                )
            self.record = self.record or one.value
            return
        name = system.name if system else one.systems[0]
        if self.further.setdefault(name, one.value) != one.value:
            self.unclear.append(f"Two numbers of {name} are given. A patient has one number in each system.")
        if system is not None:
            self.systems[name] = system

    @property
    def found(self) -> Patient | None:
        """The patient of this record number, or, where there is none, of a further number, whom the board sees. The record that
        stands, where it was merged."""
        if self.record:
            return known_under(self.board, self.record)
        rows = Patient.objects.of_boards([self.board.pk])
        for name, system in self.systems.items():
            patient: Patient | None = rows.numbered([system], self.further[name]).first()
            if patient is not None:
                return patient
        return None

    @property
    def exactly(self) -> Patient | None:
        """The record of exactly this number, also one that was merged since, that the board sees."""
        if not self.record:
            return self.found
        rows = Patient.objects.of_boards([self.board.pk]).select_related("merged_into")
        found: Patient | None = rows.filter(
            institution=self.board.institution_id, record_key=record_key(self.record)
        ).first()
        return found

    def is_seen(self, patient: Patient) -> bool:
        return PatientBoard.objects.filter(patient=patient, board=self.board).exists()

    def missing(self) -> str:
        systems = self.board.institution.systems.all() if self.board.institution else []
        main = next((one.name for one in systems if one.is_main), "record number")
        others = ", ".join(self.further)
        given = f" Given are numbers of: {others}." if others else ""
        return (
            f"It gives no {main} of {self.board.institution or self.board}, by which the record knows a patient.{given}"
        )


def count_guesses(board: Board, upload: Upload, *, by: User) -> dict[str, str]:
    """Before the transaction, which may be taken back. By the place of the person, why they are refused. Only a patient whom the
    institution knows and the board does not see can be guessed at: whoever else there is takes two queries together."""
    systems = systems_of(board)
    numbers = {one.place: Numbers(board, one.numbers, systems).record for one in upload.people if one.born}
    known = all_known_under(board, [record for record in numbers.values() if record])
    seen = set(PatientBoard.objects.filter(board=board, patient__in=known.values()).values_list("patient", flat=True))
    unseen = {key for key, patient in known.items() if patient.pk not in seen}
    guessed = {}
    for person in upload.people:
        record = numbers.get(person.place)
        if record and record_key(record) in unseen and (words := _guess(board, person, record, by=by)):
            guessed[person.place] = words
    return guessed


def _guess(board: Board, person: Person, record: str, *, by: User) -> str:
    if person.born is None:
        return ""
    try:
        with counting_guesses(board, by=by, record_number=record):
            look = look_up(board, by=by, record_number=record, birth_date=person.born)
            if look.refusal and (other := known_under(board, record)):
                raise no_fit(board, other, by=by)
    except ValidationError as error:
        # The look-up has told the trail already.
        return " ".join(error.messages)
    return ""

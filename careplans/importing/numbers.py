"""Whose number it is: the record number of the board's institution, or a further one. Reads, and writes nothing."""

from collections.abc import Sequence

from accounts.models import Board, IdentifierSystem
from careplans.importing.uploads import Number
from careplans.models import Patient, PatientBoard
from careplans.services.patient_keys import record_key
from careplans.services.patient_numbers import known_under
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

"""Patients with all that is served of them: names, numbers, the boards that know them, their cases, what was merged into them."""

from collections.abc import Sequence
from copy import copy

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.models import IdentifierSystem
from careplans.models import Case, Patient, PatientBoard, PatientIdentifier, PatientName
from careplans.readers.served.steps import group, hang, hang_lists
from careplans.readers.served.together import Table, read_together

PLACE = (("place", "place"),)
SYSTEM = (("system_name", "system__name"), ("system_uri", "system__uri"))


def load_patients(patients: Sequence[Patient], *, boards: Sequence[int], cases_of: Sequence[int]) -> None:
    """Give patients, each with its institution, what is served with them: of those of the caller's boards that know them, and of
    cases on the boards where the caller may see them. One query."""
    if not patients:
        return
    found = read_together(_tables([patient.pk for patient in patients], patients, boards, cases_of))
    for row in found["identifiers"]:
        hang(row, system=IdentifierSystem(pk=row.system_id, name=row.system_name, uri=row.system_uri))
    place = {board: number for number, board in enumerate(boards)}
    known = sorted(found["on_boards"], key=lambda row: (place[row.board_id], row.pk))
    lists = {
        "cases": group(sorted(found["cases"], key=lambda case: -case.pk), "patient_id"),
        "names": group(found["names"], "patient_id", "kind", "pk"),
        "on_boards": group(known, "patient_id"),
        "absorbed": group(found["absorbed"], "merged_into_id", "place"),
        "identifiers": group(found["identifiers"], "patient_id", "place"),
    }
    systems = group(found["systems"], "institution_id", "pk")
    for patient in patients:
        hang_lists(patient, {name: rows.get(patient.pk, []) for name, rows in lists.items()})
        if patient.institution is not None:
            institution = copy(patient.institution)
            hang_lists(institution, {"systems": systems.get(institution.pk, [])})
            hang(patient, institution=institution)


def _tables(
    keys: Sequence[int], patients: Sequence[Patient], boards: Sequence[int], cases_of: Sequence[int]
) -> dict[str, Table]:
    """What is ordered by a name keeps the database's order, which is not Python's."""
    absorbed = Patient.objects.filter(merged_into__in=keys).annotate(place=_place("family_key", "id"))
    numbers = PatientIdentifier.objects.filter(patient__in=keys, removed_at=None)
    institutions = {patient.institution_id for patient in patients} - {None}
    return {
        "cases": Table(Case.objects.filter(patient__in=keys).of_boards(cases_of), ("id", "patient_id")),
        "names": Table(PatientName.objects.filter(patient__in=keys, removed_at=None)),
        "on_boards": Table(PatientBoard.objects.filter(patient__in=keys, board__in=boards)),
        "absorbed": Table(absorbed, ("id", "merged_into_id"), PLACE),
        "identifiers": Table(numbers.annotate(place=_place("system__name", "id")), named=(*PLACE, *SYSTEM)),
        "systems": Table(IdentifierSystem.objects.filter(institution__in=institutions)),
    }


def _place(*names: str) -> Window:
    return Window(RowNumber(), order_by=[F(name).asc() for name in names])

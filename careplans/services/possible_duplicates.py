"""Patients of a board who may be the person that somebody is about to add. A warning, never a refusal: twins and namesakes exist.
Of patients whom only other boards know, nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from accounts.models import Board
from careplans.models import Patient, PatientIdentifier
from careplans.readers.likeness import alike as like
from careplans.readers.likeness import likeness, may_be_same_day
from careplans.services.patient_keys import record_key
from common.folding import name_parts, number_key, wholes
from common.partial_dates import PartialDate

MOST_SHOWN = 5
# Of each likeness, what is looked at to find those that are most alike.
MOST_READ = 50


@dataclass(frozen=True)
class Twin:
    patient: Patient
    why: str
    """What is alike, in words for the page."""
    weight: int


def possible_duplicates(
    board: Board, *, family_name: str, given_name: str, birth_date: date | PartialDate | None,
    record_number: str = "", numbers: Mapping[int, str] | None = None,
) -> list[Twin]:  # fmt: skip
    """Who has the same further number, or is like them (`readers.likeness`). The most alike first."""
    born = None if birth_date is None else PartialDate.of(birth_date)
    given = {system: key for system, value in (numbers or {}).items() if (key := number_key(value))}
    known = Patient.objects.of_boards([board.pk]).standing().exclude(record_key=record_key(record_number))
    alike = like(known, likeness(family_name, given_name, born))
    for system, key in given.items():
        same = PatientIdentifier.objects.filter(system=system, key=key, removed_at=None)
        alike += [known.filter(pk__in=same.values(column)) for column in ("patient", "patient__merged_into")]
    found = {pk for rows in alike for pk in rows.order_by("pk").values_list("pk", flat=True)[:MOST_READ]}
    twins = [
        _twin(row, (family_name, given_name), born, given)
        for row in Patient.objects.filter(pk__in=found).with_names().order_by("family_key", "pk")
    ]
    return sorted(twins, key=lambda twin: -twin.weight)[:MOST_SHOWN]


def _twin(patient: Patient, typed: tuple[str, str], born: PartialDate | None, given: Mapping[int, str]) -> Twin:
    why = [(8, f"the same {row.system}") for row in patient.identifiers.all() if given.get(row.system_id) == row.key]
    name = _name_in_common(patient, typed)
    why += [name] if name else []
    if not why:
        # Its names and numbers find the record that stands. A date of birth alone is nobody's likeness.
        why.append((3, "a record that was merged into it"))
    if born is not None and patient.birth_date == born and born.is_exact:
        why.append((2, "the same date of birth"))
    elif may_be_same_day(patient.birth_date, born):
        why.append((1, "a date of birth that may be the same"))
    return Twin(patient, ", ".join(words for _, words in why), sum(weight for weight, _ in why))


def _name_in_common(patient: Patient, typed: tuple[str, str]) -> tuple[int, str] | None:
    now, whole, words = (patient.family_name, patient.given_name), wholes(*typed), name_parts(*typed)
    if whole & wholes(*now):
        turned = name_parts(typed[0]).isdisjoint(name_parts(now[0]))
        return 4, "the same name the other way round" if turned else "the same name"
    others = list(patient.names.all())
    for other in others:
        if whole & wholes(other.family_name, other.given_name or patient.given_name):
            return 3, f"{other.get_kind_display().lower()} {other}"
    if words & name_parts(*now):
        return 1, "a name in common"
    for other in others:
        if words & name_parts(other.family_name, other.given_name):
            return 1, f"{other.get_kind_display().lower()} {other}"
    return None

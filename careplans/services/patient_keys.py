"""The keys by which patients are found follow their names and numbers: every service that changes one of these calls
`write_keys` in its transaction, and `check_patient_keys` says whether one did not."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from careplans.models import Patient, PatientIdentifier, PatientKey, PatientName
from careplans.models.patient_keys import keys_of
from common.folding import FOLDING, name_key, number_key
from common.writing import take, transactional

log = logging.getLogger(__name__)
BATCH = 500
Keys = set[tuple[str, str]]


def record_key(record_number: str) -> str:
    """As wide as its column: 32 × “ß” are 64 letters."""
    return number_key(record_number, longest=32)


def sort_keys(family_name: str, given_name: str) -> dict[str, str]:
    return {"family_key": name_key(family_name, longest=100), "given_key": name_key(given_name, longest=100)}


def write_keys(patient: Patient) -> None:
    """Inside the caller's transaction, which holds the patient."""
    wanted, standing = wanted_keys([patient])[patient.pk], standing_keys([patient])[patient.pk]
    rows = PatientKey.objects.filter(patient=patient)
    for kind, key in standing - wanted:
        rows.filter(kind=kind, key=key).delete()
    PatientKey.objects.bulk_create(
        PatientKey(patient=patient, kind=kind, key=key) for kind, key in sorted(wanted - standing)
    )
    if patient.folding != FOLDING:
        Patient.objects.filter(pk=patient.pk).update(folding=FOLDING)
        patient.folding = FOLDING


def write_first_keys(patient: Patient, numbers: Iterable[str]) -> None:
    """The same of a patient who is being added, with these further numbers: nothing stands yet, and nobody was merged."""
    names = [(patient.family_name, patient.given_name)]
    keys = sorted(keys_of(names, [patient.record_number, *numbers]))
    PatientKey.objects.bulk_create(PatientKey(patient=patient, kind=kind, key=key) for kind, key in keys)


def wanted_keys(patients: Sequence[Patient]) -> dict[int, Keys]:
    """What each of these is to be found by: its own names and numbers, and those of records that were merged into it. Three
    queries, however many they are."""
    ids = {one.pk for one in patients}
    merged = list(Patient.objects.filter(merged_into__in=ids))
    names: dict[int, list[tuple[str, str]]] = {pk: [] for pk in ids}
    numbers: dict[int, list[str]] = {pk: [] for pk in ids}
    every = {one.pk: one for one in (*patients, *merged)}
    leads = {pk: {pk, one.merged_into_id} & ids for pk, one in every.items()}
    for one in every.values():
        for pk in leads[one.pk]:
            names[pk].append((one.family_name, one.given_name))
            numbers[pk].append(one.record_number)
    for name in PatientName.objects.filter(patient__in=every, removed_at=None):
        for pk in leads[name.patient_id]:
            names[pk].append((name.family_name, name.given_name or every[name.patient_id].given_name))
    for number in PatientIdentifier.objects.filter(patient__in=every, removed_at=None):
        for pk in leads[number.patient_id]:
            numbers[pk].append(number.value)
    return {pk: keys_of(names[pk], numbers[pk]) for pk in ids}


def standing_keys(patients: Sequence[Patient]) -> dict[int, Keys]:
    found: dict[int, Keys] = {one.pk: set() for one in patients}
    for patient, kind, key in PatientKey.objects.filter(patient__in=patients).values_list("patient", "kind", "key"):
        found[patient].add((kind, key))
    return found


def drifted() -> Iterator[Patient]:
    """Patients whose keys are not those of their names and numbers. Reads every patient, a batch at a time."""
    last = 0
    while rows := list(Patient.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        wanted, standing = wanted_keys(rows), standing_keys(rows)
        for row in rows:
            sorted_by = sort_keys(row.family_name, row.given_name)
            stale = any(getattr(row, name) != key for name, key in sorted_by.items())
            if stale or row.folding != FOLDING or wanted[row.pk] != standing[row.pk]:
                yield row


def same_numbers() -> Iterator[tuple[Patient, Patient]]:
    """Two patients of one institution whose record numbers read the same: kept from before this folding, for people to judge."""
    last = 0
    while rows := list(Patient.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        for row in rows:
            key = record_key(row.record_number)
            if key and key != row.record_key:
                others = Patient.objects.filter(institution=row.institution_id, record_key=key)
                yield from ((row, other) for other in others.exclude(pk=row.pk)[:1])


def refold() -> int:
    """Write the keys of what a program with another folding, or none, has written. A batch at a time; the rest next time."""
    waiting = list(Patient.objects.filter(folding__lt=FOLDING).order_by("folding", "pk")[:BATCH])
    for patient in waiting:
        mend_keys(patient)
    return len(waiting)


@transactional
def mend_keys(patient: Patient) -> None:
    """All keys of one patient. A number that reads as another's keeps the key that it has: nobody is merged by a machine."""
    take(patient)
    rows = Patient.objects.filter(pk=patient.pk)
    rows.update(**sort_keys(patient.family_name, patient.given_name))
    for number in PatientIdentifier.objects.filter(patient=patient, removed_at=None):
        _unless_taken(PatientIdentifier.objects.filter(pk=number.pk), "key", number_key(number.value))
    if key := record_key(patient.record_number):
        _unless_taken(rows, "record_key", key)
    write_keys(patient)


def _unless_taken(rows: QuerySet[Any], column: str, key: str) -> None:
    try:
        with transaction.atomic():
            rows.exclude(**{column: key}).update(**{column: key})
    except IntegrityError:
        log.warning("two patients have one number", extra={"rows": list(rows.values_list("pk", flat=True))})

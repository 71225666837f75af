"""Which patients of a board may be one person: asked of the whole list, as `possible_duplicates` asks of one who is added."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from careplans.models import Patient, PatientBoard, PatientKey, RecordMove
from careplans.models.patients import PatientQuerySet
from careplans.readers.likeness import KIND, born_on, has_alike, is_alike, likenesses

# Somebody looked at both and said that they are two.
TWO = (RecordMove.Status.DECLINED, RecordMove.Status.UNDONE)


def with_twins(board: int) -> PatientQuerySet:
    """Patients of the board to whom another of its patients is alike."""
    return Patient.objects.of_boards([board]).standing().filter(has_alike(_others(board)))


def _others(board: int) -> QuerySet[PatientKey]:
    """The same key of another patient of the board, of whom nobody said that they are two; within one key of a patient."""
    known = PatientBoard.objects.filter(patient=OuterRef("patient"), board=board)
    rows = PatientKey.objects.filter(Exists(known), key=OuterRef("key"), patient__merged_into=None)
    one, other = OuterRef(OuterRef("patient")), OuterRef("patient")
    told = RecordMove.objects.merges().filter(status__in=TWO).filter(
        Q(from_patient=one, to_patient=other) | Q(from_patient=other, to_patient=one)
    )  # fmt: skip
    return rows.exclude(patient=OuterRef("patient")).filter(~Exists(told))


def twins_of(patients: Sequence[Patient], board: int) -> dict[int, list[Patient]]:
    """For each of these, the others of the board that are alike. Four queries."""
    own = likenesses(patients)
    wholes = {key for one in own.values() for key in one.wholes}
    named = PatientKey.objects.filter(kind=KIND.WHOLE, key__in=wholes)
    wanted = Q(pk__in=named.values("patient")) | born_on([one.birth_date for one in patients])
    found = list(Patient.objects.of_boards([board]).standing().filter(wanted).order_by("family_key", "pk"))
    other = likenesses(found) | own
    two = _told_apart([one.pk for one in found])
    return {
        one.pk: [
            row for row in found
            if row.pk != one.pk and frozenset({one.pk, row.pk}) not in two and is_alike(own[one.pk], other[row.pk])
        ]
        for one in patients
    }  # fmt: skip


def _told_apart(ids: Sequence[int]) -> set[frozenset[int]]:
    rows = RecordMove.objects.merges().filter(status__in=TWO, from_patient__in=ids, to_patient__in=ids)
    return {frozenset(pair) for pair in rows.values_list("from_patient", "to_patient")}

"""Which patients of a board may be one person: asked of the whole list, as `possible_duplicates` asks of one who is added."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from careplans.models import Patient, PatientBoard, PatientKey, RecordMove
from careplans.models.partial_dates import may_be
from careplans.models.patients import PatientQuerySet

KIND = PatientKey.Kind
# Somebody looked at both and said that they are two.
TWO = (RecordMove.Status.DECLINED, RecordMove.Status.UNDONE)
Keys = dict[int, dict[str, set[str]]]
# Within one key of a patient: born on the same day, as far as it is known of the other. Who is known less exactly is found from
# the other side; both at once would keep the database from its index.
_KNOWN_AS_FAR = [Left(OuterRef(OuterRef("birth_date")), length) for length in (10, 7, 4)]


def with_twins(board: int) -> PatientQuerySet:
    """Patients of the board to whom another of its patients is alike: the same name, now or formerly, whichever way round, or the
    same date of birth, as far as both are known, and a name in common. By the keys, each by its index."""
    same_name = _others(board, KIND.WHOLE)
    same_day = _others(board, KIND.WORD).filter(patient__birth_date__in=_KNOWN_AS_FAR)
    own = PatientKey.objects.filter(patient=OuterRef("pk"))
    alike = Exists(own.filter(Exists(same_name), kind=KIND.WHOLE)) | Exists(
        own.filter(Exists(same_day), kind=KIND.WORD)
    )
    return Patient.objects.of_boards([board]).standing().filter(alike)


def _others(board: int, kind: str) -> QuerySet[PatientKey]:
    """The same key of another patient of the board, of whom nobody said that they are two; within one key of a patient."""
    known = PatientBoard.objects.filter(patient=OuterRef("patient"), board=board)
    rows = PatientKey.objects.filter(Exists(known), kind=kind, key=OuterRef("key"), patient__merged_into=None)
    one, other = OuterRef(OuterRef("patient")), OuterRef("patient")
    told = RecordMove.objects.merges().filter(status__in=TWO).filter(
        Q(from_patient=one, to_patient=other) | Q(from_patient=other, to_patient=one)
    )  # fmt: skip
    return rows.exclude(patient=OuterRef("patient")).filter(~Exists(told))


def twins_of(patients: Sequence[Patient], board: int) -> dict[int, list[Patient]]:
    """For each of these, the others of the board that are alike. Four queries."""
    own = keys_of(patients)
    wholes = {key for kinds in own.values() for key in kinds[KIND.WHOLE]}
    same_name = PatientKey.objects.filter(kind=KIND.WHOLE, key__in=wholes)
    wanted = Q(pk__in=same_name.values("patient")) | _may_be_born(patients)
    found = list(Patient.objects.of_boards([board]).standing().filter(wanted).order_by("family_key", "pk"))
    keys = keys_of(found) | own
    two = _told_apart([one.pk for one in found])
    return {
        one.pk: [
            other for other in found
            if other.pk != one.pk and frozenset({one.pk, other.pk}) not in two and _is_alike(one, other, keys)
        ]
        for one in patients
    }  # fmt: skip


def _may_be_born(patients: Sequence[Patient]) -> Q:
    """Of whoever may be born on the same day as one of these."""
    exact = {text for one in patients for text in one.birth_date.known_as_far()}
    partly = {one.birth_date for one in patients if not one.birth_date.is_exact}
    return reduce(or_, (may_be("birth_date", day) for day in sorted(partly)), Q(birth_date__in=exact))


def keys_of(patients: Sequence[Patient]) -> Keys:
    found: Keys = {one.pk: {KIND.WHOLE: set(), KIND.WORD: set()} for one in patients}
    rows = PatientKey.objects.filter(patient__in=found, kind__in=(KIND.WHOLE, KIND.WORD))
    for patient, kind, key in rows.values_list("patient", "kind", "key"):
        found[patient][kind].add(key)
    return found


def _is_alike(one: Patient, other: Patient, keys: Keys) -> bool:
    own, others = keys[one.pk], keys[other.pk]
    same_day = one.birth_date.may_be(other.birth_date)
    return bool(own[KIND.WHOLE] & others[KIND.WHOLE] or (same_day and own[KIND.WORD] & others[KIND.WORD]))


def _told_apart(ids: Sequence[int]) -> set[frozenset[int]]:
    rows = RecordMove.objects.merges().filter(status__in=TWO, from_patient__in=ids, to_patient__in=ids)
    return {frozenset(pair) for pair in rows.values_list("from_patient", "to_patient")}

"""Which patients of a board may be one person: asked of the whole list, as `possible_duplicates` asks of one who is added."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from careplans.models import Patient, PatientBoard, RecordMove
from careplans.models.patients import PatientQuerySet


def with_twins(board: int) -> PatientQuerySet:
    """Patients of the board to whom another of its patients is alike, and nobody said yet that they are two."""
    rows = Patient.objects.of_boards([board]).standing()
    known = PatientBoard.objects.filter(patient=OuterRef("pk"), board=board)
    same = _alike(OuterRef("birth_date"), OuterRef("family_key"), OuterRef("given_key"))
    others = Patient.objects.standing().filter(same, Exists(known)).exclude(pk=OuterRef("pk"))
    said = RecordMove.objects.merges().filter(status__in=(RecordMove.Status.DECLINED, RecordMove.Status.UNDONE))
    told = said.filter(
        Q(from_patient=OuterRef("pk"), to_patient=OuterRef(OuterRef("pk")))
        | Q(to_patient=OuterRef("pk"), from_patient=OuterRef(OuterRef("pk")))
    )
    return rows.filter(Exists(others.exclude(Exists(told))))


def twins_of(patients: Sequence[Patient], board: int) -> dict[int, list[Patient]]:
    """For each of these, the others of the board that are alike. Two queries."""
    wanted = Q(pk__in=[])
    for one in patients:
        wanted |= _alike(one.birth_date, one.family_key, one.given_key)
    found = list(Patient.objects.of_boards([board]).standing().filter(wanted).order_by("family_key", "pk"))
    ids = [one.pk for one in found]
    rows = RecordMove.objects.merges().filter(from_patient__in=ids, to_patient__in=ids)
    rows = rows.filter(status__in=(RecordMove.Status.DECLINED, RecordMove.Status.UNDONE))
    two = {frozenset(pair) for pair in rows.values_list("from_patient", "to_patient")}
    return {
        one.pk: [
            other for other in found
            if other.pk != one.pk and is_alike(one, other) and frozenset({one.pk, other.pk}) not in two
        ]
        for one in patients
    }  # fmt: skip


def is_alike(one: Patient, other: Patient) -> bool:
    """The same as `_alike`, of two rows at hand."""
    names, others = (one.family_key, one.given_key), (other.family_key, other.given_key)
    if names == others:
        return True
    same_day = one.birth_date == other.birth_date
    return same_day and (names[0] == others[0] or names[1] == others[1] or names == others[::-1])


def _alike(birth_date: object, family: object, given: object) -> Q:
    """The same name, or the same date of birth with one of the names, or with both the other way round."""
    return Q(family_key=family, given_key=given) | (
        Q(birth_date=birth_date) & (Q(family_key=family) | Q(given_key=given) | Q(family_key=given, given_key=family))
    )

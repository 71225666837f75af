"""When two patients may be one person, said once: the same name, now or formerly, whichever way round; or the same date of birth
and a name in common. For whoever is about to be added, for the list of a board, and for two of them.

All by the keys that are kept of names (common/folding.py); those of a record that was merged lead to the one that stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from careplans.models import Patient, PatientKey
from careplans.models.patients import PatientQuerySet
from common.folding import INITIALS, name_parts, wholes

KIND = PatientKey.Kind


@dataclass(frozen=True)
class Likeness:
    """What of a person is compared."""

    wholes: Collection[str]
    parts: Collection[str]
    born: date | None


def likeness(family_name: str, given_name: str, born: date | None) -> Likeness:
    """Of somebody who is typed."""
    return Likeness(wholes(family_name, given_name), name_parts(family_name, given_name), born)


def likenesses(patients: Sequence[Patient]) -> dict[int, Likeness]:
    """Of these. One query."""
    found: dict[int, dict[str, set[str]]] = {one.pk: {KIND.WHOLE: set(), KIND.WORD: set()} for one in patients}
    rows = PatientKey.objects.filter(patient__in=found, kind__in=(KIND.WHOLE, KIND.WORD))
    for patient, kind, key in rows.values_list("patient", "kind", "key"):
        found[patient][kind].add(key)
    return {
        one.pk: Likeness(found[one.pk][KIND.WHOLE], found[one.pk][KIND.WORD] - INITIALS, one.birth_date)
        for one in patients
    }


def is_alike(one: Likeness, other: Likeness) -> bool:
    if not set(one.wholes).isdisjoint(other.wholes):
        return True
    return is_same_day(one.born, other.born) and not set(one.parts).isdisjoint(other.parts)


def alike(rows: PatientQuerySet, person: Likeness) -> list[PatientQuerySet]:
    """Those of the rows who are like this person: each by its own index; joined by OR, the database would read every patient."""
    named = PatientKey.objects.filter(kind=KIND.WHOLE, key__in=person.wholes)
    found = [rows.filter(pk__in=named.values("patient"))]
    if person.born is not None and person.parts:
        part = PatientKey.objects.filter(kind=KIND.WORD, key__in=person.parts, patient=OuterRef("pk"))
        found.append(rows.filter(Exists(part), born_on([person.born])))
    return found


def has_alike(others: QuerySet[PatientKey]) -> Q:
    """Of a patient: one of their keys is another's who is like them. `others`: the same key of others, within one key."""
    own = PatientKey.objects.filter(patient=OuterRef("pk"))
    named = own.filter(Exists(others.filter(kind=KIND.WHOLE)), kind=KIND.WHOLE)
    part = own.filter(Exists(others.filter(_BORN_ON_ITS_DAY, kind=KIND.WORD)), kind=KIND.WORD)
    return Q(Exists(named)) | Q(Exists(part.exclude(key__in=INITIALS)))


# How dates of birth are compared, in each of the three ways in which it is asked.


def is_same_day(one: date | None, other: date | None) -> bool:
    return one is not None and one == other


def born_on(days: Collection[date]) -> Q:
    """Of a patient."""
    return Q(birth_date__in=set(days))


_BORN_ON_ITS_DAY = Q(patient__birth_date=OuterRef(OuterRef("birth_date")))

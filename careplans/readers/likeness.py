"""When two patients may be one person, said once: the same name, now or formerly, whichever way round; or a date of birth that
may be the same, and a name in common. For whoever is about to be added, for the list of a board, and for two of them.

All by the keys that are kept of names (common/folding.py); those of a record that was merged lead to the one that stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from careplans.models import Patient, PatientKey
from careplans.models.partial_dates import may_be
from careplans.models.patients import PatientQuerySet
from common.folding import INITIALS, name_parts, wholes
from common.partial_dates import PartialDate

KIND = PatientKey.Kind


@dataclass(frozen=True)
class Likeness:
    """What of a person is compared."""

    wholes: Collection[str]
    parts: Collection[str]
    born: PartialDate | None


def likeness(family_name: str, given_name: str, born: PartialDate | None) -> Likeness:
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
    return may_be_same_day(one.born, other.born) and not set(one.parts).isdisjoint(other.parts)


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


def may_be_same_day(one: PartialDate | None, other: PartialDate | None) -> bool:
    return one is not None and other is not None and one.may_be(other)


def born_on(days: Collection[PartialDate]) -> Q:
    """Of whoever may be born on one of them."""
    exact = {text for day in days for text in day.known_as_far()}
    partly = {day for day in days if not day.is_exact}
    return reduce(or_, (may_be("birth_date", day) for day in sorted(partly)), Q(birth_date__in=exact))


# As far as it is known of the other. Who is known less exactly is found from the other side; both at once would keep the
# database from its index.
_BORN_ON_ITS_DAY = Q(patient__birth_date__in=[Left(OuterRef(OuterRef("birth_date")), length) for length in (10, 7, 4)])

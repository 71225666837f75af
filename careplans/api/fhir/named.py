"""Patients by their names and day of birth, as the rest of the program finds them: by the beginnings of words, without marks, in
each spelling (common/folding.py). Only posted: they do not go into an address.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.api.fhir.search.values import holds_date, read_date
from careplans.models import Patient, PatientKey, PatientName
from common.folding import beginnings, query_words

Words = Sequence[Sequence[str]]
DAY_ALONE = "Say a day, a month or a year, without a prefix: 1956, 1956-04 or 1956-04-12."


def of_name(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Each word begins a word of the name, or of a name that the patient had or is known by."""
    return rows.filter(pk__in={pk for value in values for pk in _found(query_words(value))})


def of_family(rows: Any, person: User, values: Sequence[str]) -> Any:
    return rows.filter(pk__in=_by_part(values, lambda family, given: family))


def of_given(rows: Any, person: User, values: Sequence[str]) -> Any:
    return rows.filter(pk__in=_by_part(values, lambda family, given: given))


def born(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Who was born within this day, month or year, as far as that is known."""
    found: set[int] = set()
    for value in values:
        prefix, span = read_date(value)
        if prefix != "eq":
            raise ValidationError(DAY_ALONE)
        # Texts stand in the order of their days.
        near = rows.filter(birth_date__gte=f"{span.start:%Y}", birth_date__lt=f"{span.end:%Y}-99").order_by()
        found |= {pk for pk, day in near.values_list("pk", "birth_date") if holds_date(day.isoformat(), prefix, span)}
    return rows.filter(pk__in=found)


def _found(words: Words) -> set[int]:
    keys = PatientKey.objects.filter(kind=PatientKey.Kind.WORD)
    found = [set(keys.begin_with(word).values_list("patient", flat=True)) for word in words]
    return set.intersection(*found) if found else set()


def _by_part(values: Sequence[str], part: Callable[[str, str], str]) -> set[int]:
    """Whose family or given name holds all the words: the keys do not say of which of both they are. Four queries a value."""
    found: set[int] = set()
    for value in values:
        words = query_words(value)
        found |= {pk for pk, family, given in _names(_found(words)) if _holds(part(family, given), words)}
    return found


def _names(patients: Iterable[int]) -> Iterable[tuple[int, str, str]]:
    among = list(patients)
    yield from Patient.objects.filter(pk__in=among).order_by().values_list("pk", "family_name", "given_name")
    yield from (
        PatientName.objects.filter(patient__in=among).order_by().values_list("patient", "family_name", "given_name")
    )


def _holds(name: str, words: Words) -> bool:
    keys = beginnings(name)
    return all(any(key.startswith(one) for one in word for key in keys) for word in words)

"""Cases with all that is served of them: people, treatments from before, and what the checks of their facts look at."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.db import connection

from careplans.models import Case, ContradictionAnswer, PriorTreatment, Specimen
from careplans.readers.served import steps as of_steps
from careplans.readers.served.together import Table, read_together

PEOPLE = ("responsible", "created_by")


def load_cases(cases: Sequence[Case], besides: Mapping[str, Table] | None = None) -> of_steps.Found:
    """Give cases from `for_api()` what is served with them. One query, which reads what else is asked for, too."""
    if not cases:
        return {name: [] for name in besides or {}}
    keys = [case.pk for case in cases]
    answers, by = ContradictionAnswer.objects.filter(case__in=keys), of_steps.named("by")
    found = read_together(
        {
            "people": of_steps.people(of_steps.keys_of(cases, PEOPLE)),
            "prior_treatments": Table(PriorTreatment.objects.filter(case__in=keys).standing()),
            "specimens": Table(Specimen.objects.filter(case__in=keys).standing()),
            "contradiction_answers": Table(answers, named=by),
            **(besides or {}),
        }
    )
    link_cases(cases, found)
    return found


def link_cases(cases: Sequence[Case], found: of_steps.Found) -> None:
    """Hang what was found on the cases, each with its facts. `found` by the names of above; people of answers as `by_name`."""
    of_steps.link_people(cases, PEOPLE, of_steps.by_key(found["people"]))
    of_steps.link_named(found["contradiction_answers"], ("by",))
    treatments = of_steps.group(_by_day(found["prior_treatments"], "started_on"), "case_id")
    specimens = of_steps.group(_by_day(found["specimens"], "taken_on"), "case_id")
    answered = of_steps.group(found["contradiction_answers"], "case_id", "pk")
    for case in cases:
        lists = {
            "prior_treatments": treatments.get(case.pk, []),
            "specimens": specimens.get(case.pk, []),
            "contradiction_answers": answered.get(case.pk, []),
        }
        of_steps.hang_lists(case, lists)
        # The facts lead back to this case: another row of it may have them, too.
        facts = copy(case.proforma)
        of_steps.hang(facts, case=case)
        of_steps.hang(case, proforma=facts)


def _by_day(rows: Sequence[Any], name: str) -> list[Any]:
    """As the database orders by a day that may be known in part, or not at all."""
    unknown_first = connection.features.order_by_nulls_first

    def place(row: Any) -> tuple[bool, str, int]:
        day = getattr(row, name)
        return (day is None) is not unknown_first, "" if day is None else day.isoformat(), row.pk

    return sorted(rows, key=place)

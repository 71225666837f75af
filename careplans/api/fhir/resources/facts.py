"""The facts of a case and of its specimens as Observations, one for each that is recorded. What is not recorded is not told."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from careplans.api.fhir.datatypes import Resource, day, figure_value, quantity, ref, refs, slug
from careplans.api.fhir.resources.cases import case_meta
from careplans.api.fhir.terms.systems import FACT, FACT_VALUES, LOINC, LOINC_OF_FACT, OTHER_SITE, UCUM_OF_FACT, hl7
from careplans.models import Case, Proforma, Specimen
from careplans.models.fact_groups import FOUND, UNITS
from careplans.models.figures import FigureColumn
from careplans.models.proforma import DAYS, FIELDS, NOT_RECORDED
from careplans.models.specimens import FED, SPECIMEN_FIELDS
from common.figures import NotAFigure

CATEGORIES = {
    "exam": frozenset(
        {"ecog", "pain_score", "weight_change_kg", "wheeze", "rash", "flushing_per_day", "stools_per_day"}
    ),
    "imaging": frozenset(
        {
            "sstr_expression",
            "krenning_score",
            "fdg_result",
            "mibg_avidity",
            "largest_primary_mm",
            "largest_liver_lesion_mm",
        }
    ),
}
# A value that says that there is no result: the state of the Observation, and why it has no value.
WITHOUT_RESULT = {
    "pending": ("registered", "temp-unknown"), "not_tested": ("cancelled", "not-performed"),
    "not_done": ("cancelled", "not-performed"),
}  # fmt: skip
OF_SPECIMEN = tuple(name for name in SPECIMEN_FIELDS if name in FIELDS)


def facts(case: Case) -> Iterator[Resource]:
    """Of the proforma in the order in which a board reads it, then of each specimen."""
    decides = case.proforma.deciding_specimen_id
    for name in FIELDS:
        if name not in DAYS and case.proforma.is_recorded(name):
            fed = refs("Observation", f"specimen-{decides}-{slug(name)}") if decides and name in FED else []
            yield {**_fact(case, case.proforma, name), "id": f"fact-{case.pk}-{slug(name)}", "derivedFrom": fed}
    for specimen in case.specimens.all():
        yield from _of_specimen(case, specimen)


def _of_specimen(case: Case, specimen: Specimen) -> Iterator[Resource]:
    for name in OF_SPECIMEN:
        if name not in DAYS and getattr(specimen, name) not in NOT_RECORDED:
            yield {
                **_fact(case, specimen, name),
                "id": f"specimen-{specimen.pk}-{slug(name)}",
                "effectiveDateTime": day(specimen.taken_on),
                "specimen": {"display": str(specimen)},
            }


def _fact(case: Case, row: Proforma | Specimen, name: str) -> Resource:
    loinc = LOINC_OF_FACT.get(name)
    found_on, found_in = FOUND.get(name, ("", ""))
    category = next((code for code, names in CATEGORIES.items() if name in names), "")
    return {
        "resourceType": "Observation",
        "meta": case_meta(case),
        "status": WITHOUT_RESULT.get(getattr(row, name), ("final", ""))[0] if name in FACT_VALUES else "final",
        "category": [hl7("observation-category", category)] if category else [],
        "code": {
            "coding": [FACT.coding(name), *([{"system": LOINC, "code": loinc}] if loinc else [])],
        },
        "subject": ref("Patient", case.patient_id),
        "focus": [ref("Condition", case.pk)],
        "effectiveDateTime": day(getattr(row, found_on, None)) if found_on else None,
        "method": {"text": str(getattr(row, found_in, ""))} if found_in else None,
        **_value(row, name),
    }


def _figure(column: FigureColumn, value: Any, unit: str, code: str) -> dict[str, Any]:
    """What stands in an old row and cannot be is told as it was written."""
    try:
        figure = column.figure(value)
    except NotAFigure:
        figure = None
    return figure_value(figure, unit, code) if figure else {"valueString": f"{value} {unit}".strip()}


def _value(row: Any, name: str) -> dict[str, Any]:
    value, column = getattr(row, name), row._meta.get_field(name)
    unit, code = UNITS.get(name, ""), UCUM_OF_FACT.get(name, "")
    if name == "other_metastatic_sites":
        return {"component": [{"code": OTHER_SITE.concept(site), "valueBoolean": True} for site in value]}
    if name in FACT_VALUES and value in WITHOUT_RESULT:
        why = hl7("data-absent-reason", WITHOUT_RESULT[value][1])["coding"]
        return {"dataAbsentReason": {"coding": [*why, FACT_VALUES[name].coding(value)]}}
    if name in FACT_VALUES:
        return {"valueCodeableConcept": FACT_VALUES[name].concept(value)}
    if isinstance(column, FigureColumn):
        return _figure(column, value, unit, code)
    if isinstance(column, models.IntegerField | models.DecimalField):
        return {"valueQuantity": quantity(value, unit, code)}
    return {"valueString": str(value)}

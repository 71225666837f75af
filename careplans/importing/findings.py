"""A FHIR Observation as a fact of the proforma, by our own codes or by LOINC. Pure."""

from collections.abc import Mapping
from typing import Any

from django.db.models import DecimalField, IntegerField

from careplans.importing.codes import (
    ANSWERS_OF_LOINC,
    ECOG_DEAD,
    FACT,
    FACT_OF_LOINC,
    LOINC,
    OURS,
    UCUM,
    UNITS_OF_FACT,
)
from careplans.importing.elements import At
from careplans.importing.persons import entry_of, referred, subject
from careplans.importing.uploads import Finding, Upload
from careplans.models.fact_groups import UNITS
from careplans.models.figures import FigureColumn
from careplans.models.proforma import DAYS, FIELDS, Proforma
from common.folding import fold

FINAL = ("final", "amended", "corrected")
COMPARATORS = ("<", "<=", ">=", ">")
SITES = "other_metastatic_sites"


def finding(upload: Upload, at: At, known: Mapping[str, str]) -> None:
    name = _name(at)
    if name is None:
        told = at["code"]["text"].text or ", ".join(" ".join(pair) for pair in at["code"].codings) or "without a code"
        upload.leave_out(at.place, f"“{told[:120]}” is no fact that the proforma asks for.")
        return
    if (status := at["status"].text) not in FINAL:
        upload.leave_out(
            at.place, f"Only what is final is taken over, and this is “{status[:30] or 'without a status'}”."
        )
        return
    if at["dataAbsentReason"] and not _has_value(at):
        upload.leave_out(at.place, "It says that the value is not known: what is recorded stays.")
        return
    if name == "ecog" and _answers(at["valueCodeableConcept"], name) == {ECOG_DEAD}:
        upload.leave_out(at.place, "ECOG 5 is death, which is read from the Patient (deceased[x]) alone.")
        return
    who, focus = subject(at, known), list(at["focus"])
    on = at["effectiveDateTime"].day
    for untaken in (
        "effectivePeriod",
        "effectiveInstant",
        "note",
        "interpretation",
        "bodySite",
        "referenceRange",
        "modifierExtension",
    ):
        if at[untaken]:
            upload.leave_out(at[untaken].place, "This is not taken over: the proforma has no place for it.")
    upload.findings.append(
        Finding(
            at.place, who, referred(focus[0], known, "Condition") if focus else "", name, _value(at, name), on,
            at["method"]["text"].text, _specimen(at, known),
        )
    )  # fmt: skip


def _specimen(of: At, known: Mapping[str, str]) -> str:
    """By the entry that it refers to, else by its number, an address, or its name in words. A contained one without a number does
    not say which it is."""
    at, contained = of["specimen"], list(of["contained"])
    reference = at["reference"].text
    if place := entry_of(reference, known):
        return place
    own = next((one for one in contained if reference == f"#{one['id'].text}"), None)
    numbers = [one for one in (_number(at["identifier"]), *(numbers_of(own) if own else ())) if one]
    if numbers:
        return known.get(numbers[0], numbers[0])
    return reference if reference and not reference.startswith("#") else fold(at["display"].text)


def numbers_of(specimen: At) -> list[str]:
    """Its own first: what was sent in together has one number of its arrival, and may be several."""
    found = [_number(one) for one in (*specimen["identifier"], specimen["accessionIdentifier"])]
    return [one for one in found if one]


def _number(at: At) -> str:
    return f"Specimen {at['system'].text}|{at['value'].text}" if at["value"].text else ""


def _name(at: At) -> str | None:
    codings = at["code"].codings
    own = [code for system, code in codings if system == FACT]
    known = [code for code in own if code in FIELDS and code not in DAYS]
    known += [FACT_OF_LOINC[code] for system, code in codings if system == LOINC and code in FACT_OF_LOINC]
    if len(set(known)) > 1:
        at["code"].refuse("Its codes are of different facts. Give one of them.")
    return known[0] if known else None


def _has_value(at: At) -> bool:
    return any(name.startswith("value") for name in at.value) or bool(at["component"])


def _value(at: At, name: str) -> Any:
    column: Any = Proforma._meta.get_field(name)
    if name == SITES:
        return [
            code
            for one in at["component"]
            if one["valueBoolean"].yes
            for system, code in one["code"].codings
            if system.startswith(OURS)
        ]
    given = [one for one in at.value if one.startswith("value")]
    if len(given) != 1:
        at.refuse("An Observation has one value. Give one, or say why there is none (dataAbsentReason).")
    kind, value = given[0], at[given[0]]
    if column.choices:
        return _choice(value, kind, dict(column.flatchoices))
    if isinstance(column, FigureColumn):
        return _figure(value, kind, name)
    if isinstance(column, IntegerField | DecimalField):
        return _exact(value, kind, name)
    if kind != "valueString":
        value.refuse("This fact is told in words: give “valueString”.")
    return value.text


def _choice(value: At, kind: str, choices: Mapping[str, Any]) -> str:
    if kind == "valueBoolean" and {"yes", "no"} <= set(choices):
        return "yes" if value.yes else "no"
    if kind != "valueCodeableConcept":
        value.refuse("This fact has one of a few values: give “valueCodeableConcept” with our own code.")
    codes = [code for system, code in value.codings if system.startswith(OURS)]
    found = [code for code in codes if code in choices]
    if not found:
        value.refuse(f"None of its codes is known. The proforma knows: {', '.join(choices)}.")
    return found[0]


def _figure(value: At, kind: str, name: str) -> str:
    """As a report writes it: 12, <1, 3-5."""
    if kind == "valueString":
        return _without_unit(value.text, name)
    if kind == "valueInteger":
        return value.number
    if kind == "valueRange":
        low, high = _quantity(value["low"], name), _quantity(value["high"], name)
        return f"{low}-{high}"
    if kind != "valueQuantity":
        value.refuse(
            "This fact is a figure: give “valueQuantity”, “valueRange”, or “valueString” as the report has it."
        )
    comparator = value["comparator"].text
    if comparator and comparator not in COMPARATORS:
        value["comparator"].refuse(f"“{comparator[:10]}” is no comparator of FHIR R4.")
    return f"{comparator}{_quantity(value, name)}"


def _without_unit(text: str, name: str) -> str:
    unit = UNITS.get(name, "")
    return text.removesuffix(unit).strip() if unit else text


def _exact(value: At, kind: str, name: str) -> str:
    if kind == "valueInteger":
        return value.number
    if kind == "valueCodeableConcept" and name in ANSWERS_OF_LOINC:
        return _answered(value, name)
    if kind != "valueQuantity":
        coded = ", or “valueCodeableConcept” with an answer of LOINC" if name in ANSWERS_OF_LOINC else ""
        value.refuse(f"This fact is one number: give “valueQuantity” or “valueInteger”{coded}.")
    if value["comparator"]:
        value["comparator"].refuse("This fact is one number, not a bound.")
    return _quantity(value, name)


def _answers(value: At, name: str) -> set[int]:
    known = ANSWERS_OF_LOINC[name]
    return {known[code] for system, code in value.codings if system == LOINC and code in known}


def _answered(value: At, name: str) -> str:
    found = _answers(value, name)
    if len(found) != 1:
        why = "Its codes are of different answers." if found else "None of its codes is an answer of LOINC to this."
        value.refuse(f"{why} Known are: {', '.join(ANSWERS_OF_LOINC[name])}.")
    return str(found.pop())


def _quantity(at: At, name: str) -> str:
    """In one of the units that say the same; another one is never worked out here."""
    system, code, unit = at["system"].text, at["code"].text, at["unit"].text
    allowed = UNITS_OF_FACT[name]
    if system not in ("", UCUM):
        at["system"].refuse(f"Units are read by UCUM ({UCUM}) only.")
    said = code or unit
    if not (said in allowed or (not code and unit and unit == UNITS.get(name))):
        kept = f"The record keeps this in {UNITS.get(name) or 'a count'} (UCUM {allowed[0]})."
        if not said:
            at.refuse(f"It has no unit. {kept}")
        at.refuse(f"The unit is “{said[:30]}”. {kept} Send it in that unit: nothing is converted here.")
    return at["value"].number

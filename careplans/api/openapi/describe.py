"""Gives each field and each parameter of the OpenAPI document a description, with its unit where it has one.

What a serializer says itself stays. A fact of the proforma is described by its label, its unit and its hint, as on the form;
every other field by careplans/api/openapi/field_words.py. tests/test_openapi.py finds those without.
"""

import re
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, IntegerField

from careplans.api.fields import BOUNDS
from careplans.api.openapi.field_words import WORDS
from careplans.models import Proforma, Specimen
from careplans.models.fact_groups import UNITS
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn

# Shapes whose fields are facts, and the rows that keep them.
FACTS = {
    "Proforma": Proforma,
    "ProformaBody": Proforma,
    "Specimen": Specimen,
    "NewSpecimen": Specimen,
    "SpecimenBody": Specimen,
}
FILTERS = {
    "board": "Rows of the board of this id.", "case": "Rows of the case of this id.", "plan": "Rows of the plan of this id.",
    "step": "Rows of the step of this id.", "decision": "Rows of the decision of this id.",
    "merged_into": "Patients that were merged into the one of this id.", "kind": "Of this kind.",
    "from_patient": "From the patient of this id.", "to_patient": "To the patient of this id.",
    "patient": "Rows of the patient of this id.", "assignee": "Rows that the person of this id sees to.",
    "lineage": "Of the plans in the chain of amendments that begins with the plan of this id.",
    "signer": "Answered by the person of this id.", "by": "Done by the person of this id.",
    "follow_up": "Of the follow-up of this id.",
    "responsible": "Cases for which the person of this id is responsible.", "rule": "Advisories of the rule of this code.",
    "status": "Rows in this state; may be repeated.", "state": "Advisories in this state.",
    "severity": "Advisories that matter so much.", "code": "Pages of this kind of treatment.",
    "modality_code": "Steps of this kind of treatment; may be repeated.",
    "phase": "Steps of this part of the treatment; may be repeated.",
    "template_version": "Plans that were started from the version of a template of this id.",
}  # fmt: skip
SIDES = {"after": "Later", "before": "Earlier"}
ENDS = {"min": "may be so much or more", "max": "may be so much or less"}

# By the name of the set (careplans/api/openapi/document.py): a field of one name may be one of several sets.
OF_SETS: dict[str, str] = {
    "AdvisoryState": "Whether it fires, was answered, or fires no more.",
    "CaseStatus": "Where the case stands.",
    "FollowUpKind": "What is done.",
    "FollowUpStatus": "Where the follow-up stands.",
    "GateState": "Whether the step may begin.",
    "NoteState": "Where the note stands.",
    "OccurrenceStatus": "Whether it was given.",
    "OtherNameKind": "Whether it is a former name or an alias.",
    "PlanStatus": "Where the plan stands.",
    "RecordMoveKind": "Whether two patients are merged, or a case is moved to another.",
    "RecordMoveStatus": "Where the merge or move stands.",
    "SignatureStatus": "Where the signature stands.",
    "SpecimenKind": "How it was taken.",
    "StepReason": "Why, as a code.",
    "StepReasonGiven": "Why, as a code that a person gives.",
    "StepStatus": "Where the step stands.",
}


def describe_fields(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    for shape, schema in result["components"]["schemas"].items():
        fields = schema.get("properties", {})
        for name, told in fields.items():
            fields[name] = _bounded(_described(told, _fact(shape, name) or _words(shape, name, told)))
    for methods in result["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if not _said(parameter):
                    parameter |= _described(parameter, _filter(parameter["name"]))
    return result


def _described(told: dict[str, Any], words: str) -> dict[str, Any]:
    """The words first, and the list of codes with their meanings behind them."""
    if not words:
        return told
    codes = "\n".join(line for line in told.get("description", "").splitlines() if line.startswith("* `"))
    described = {"allOf": [{"$ref": told["$ref"]}]} if "$ref" in told else told
    return described | {"description": f"{words}\n\n{codes}" if codes else words}


def _bounded(told: dict[str, Any]) -> dict[str, Any]:
    """What is told to be an id, or ids, lies within the bounds of ids: in a body and an answer, as in an address."""
    if not re.search(r"\b[Ii]ds?\b", told.get("description", "")):
        return told
    place = told
    while place.get("type") == "array":
        place = place["items"]
    if place.get("type") in ("integer", ["integer", "null"]):
        place |= BOUNDS
    return told


def _words(shape: str, name: str, told: dict[str, Any]) -> str:
    """Nothing where the serializer says it itself, and nothing is said of this very field."""
    bare = shape.removeprefix("Patched").removesuffix("Changed").removesuffix("Detail").removesuffix("Then")
    return WORDS.get(f"{bare}.{name}") or ("" if _said(told) else _of_set(told) or WORDS.get(name, ""))


def _of_set(told: dict[str, Any]) -> str:
    parts = [told, *told.get("allOf", ()), *told.get("oneOf", ())]
    names = [str(part.get("$ref", "")).rpartition("/")[2] for part in parts]
    return next((OF_SETS[name] for name in names if name in OF_SETS), "")


def _said(told: dict[str, Any]) -> bool:
    """More than the list of codes."""
    return any(line and not line.startswith("* `") for line in told.get("description", "").splitlines())


def _fact(shape: str, name: str) -> str:
    model = FACTS.get(shape.removeprefix("Patched"))
    try:
        field: Any = model._meta.get_field(name) if model and name not in WORDS else None
    except FieldDoesNotExist:
        return ""
    if field is None or not hasattr(field, "verbose_name"):
        return ""
    label, unit = str(field.verbose_name), UNITS.get(name, "")
    head = label if label[:2] != label[:2].lower() else f"{label[:1].upper()}{label[1:]}"
    is_number = isinstance(field, FigureColumn | IntegerField | DecimalField)
    without = "" if unit or not is_number else " A number without a unit."
    known = "As far as it is known: 2019-05-17, 2019-05 or 2019." if isinstance(field, PartialDateColumn) else ""
    return f"{head}{f' ({unit})' if unit and unit not in label else ''}. {field.help_text or known}".strip() + without


def _filter(name: str) -> str:
    fact, _, end = name.rpartition("_")
    if end in ENDS and fact in UNITS | {"liver_lesion_count": ""}:
        label = str(getattr(Proforma._meta.get_field(fact), "verbose_name", fact))
        return f"Cases whose figure, as written, {ENDS[end]}: {label}{f' ({UNITS[fact]})' if fact in UNITS else ''}."
    if end in SIDES:
        return f"{SIDES[end]} than this moment, or than this day of the board; it does not count itself: 2026-03-01."
    return FILTERS.get(name, "")

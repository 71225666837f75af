"""What of an answer is given within a reporting project, field by field, by what its declaration says it is.

An id of whose row, a day, a moment, a size, a figure, a code, a text that somebody wrote: what is none of these, or of a row that
is not in careplans/deidentified/nouns.py, is left out. A field that is added tomorrow is left out until it is known what it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, get_type_hints

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from drf_spectacular.drainage import get_override
from rest_framework import serializers

from careplans.api.fields import FigureField, PartialDay
from careplans.api.free_text import CODES, FACTS
from careplans.api.lists.tables import object_in
from careplans.deidentified.nouns import NOUNS, noun_of
from careplans.deidentified.reader import Reader
from careplans.models import Change, Proforma
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn
from common.partial_dates import PartialDate

# Known to be given as they are, though their kind does not say so: counts that are no column, and days of no patient.
GIVEN = frozenset({
    "BoundsSerializer.low", "BoundsSerializer.high", "CaseCourseSerializer.as_of", "CaseCourseSerializer.known_by",
    "FactsAnswered.facts_version", "FeedSerializer.boards",
    "FollowUpScheduleSerializer.reviewed_on", "NoteSerializer.noted_on", "OverridesSerializer.since",
    "OverridesSerializer.until", "OverridesSerializer.as_of", "OverridesSerializer.known_by",
    "OverridesSerializer.smallest", "OverrideSerializer.fired", "OverrideSerializer.unanswered", "OverrideSerializer.gone",
    "OverrideSerializer.followed", "OverrideSerializer.kept", "OverrideSerializer.reasons", "StepRevisionSerializer.number",
    "StepSerializer.plan_version", "PlanTemplateSerializer.id",
})  # fmt: skip
# Ids that are plain numbers in their tables.
IDS = {
    "ChangeSerializer.board": "board", "ChangeSerializer.case": "case", "ChangeSerializer.plan": "plan",
    "ShownAdvisory.step": "step",
}  # fmt: skip
# A hash or a state of today says more than the days that are hidden: the same hash stands in every project, and what has become
# due since yesterday was due yesterday. And of a colleague never the name.
LEFT_OUT_ALWAYS = frozenset({
    "PlanSerializer.content_hash", "SignatureSerializer.content_hash", "FollowUpSerializer.state", "StepSerializer.gate",
    "PersonSerializer.name", "MemberSerializer.name",
})  # fmt: skip
# Figures that hardly two patients share, and on which no report rests: beside a laboratory's list each is nearly a name. And what
# is rare by itself: an inherited syndrome, a pregnancy.
EXACT = frozenset({
    "ki67_cells_counted", "fdg_suvmax", "sstr_suvmax", "stool_volume_ml", "weight_change_kg", "nt_probnp_ng_l",
    "haemoglobin_g_dl", "leucocytes_10e9_l", "neutrophils_10e9_l", "platelets_10e9_l", "bilirubin_umol_l", "albumin_g_l",
    "men1", "men2", "vhl", "nf1", "tsc", "sdhx", "pregnancy",
})  # fmt: skip
FEED_NOUNS = {
    Change.Noun.BOARDS: "board", Change.Noun.PATIENTS: "patient", Change.Noun.CASES: "case",
    Change.Noun.PRIOR_TREATMENTS: "priortreatment", Change.Noun.SPECIMENS: "specimen", Change.Noun.PLANS: "plan",
    Change.Noun.STEPS: "step", Change.Noun.ARMS: "arm", Change.Noun.OCCURRENCES: "occurrence",
    Change.Noun.FOLLOW_UPS: "followup", Change.Noun.ADVISORIES: "advisory", Change.Noun.SIGNATURES: "signature",
    Change.Noun.EVENTS: "event", Change.Noun.FACT_CHANGES: "factchange", Change.Noun.STEP_BREAKS: "stepbreak",
    Change.Noun.NOTHING_AHEAD: "nothingahead", Change.Noun.RECORD_MOVES: "recordmove",
}  # fmt: skip
SIZE = "_mm"


@dataclass(frozen=True)
class To:
    """For whom an answer is masked: by which reader, whose row it is, and whether they are given what somebody wrote."""

    reader: Reader
    patient: int | None
    text: bool


Mask = Callable[[Any, To], Any]
"""How a value is told. A field without one is left out."""


def masked_answer(serializer_class: Any, data: Any, to: To) -> Any:
    """The answer of this serializer, one row or a list of them, as it is given within the project."""
    return _row(_masks(serializer_class), data, to)


def kept_back(serializer_class: Any) -> set[str]:
    """Fields that may be missing from an answer to somebody who reads in a project."""
    masks = _masks(serializer_class)
    fields = serializer_class().fields
    return {name for name, one in fields.items() if not one.write_only and (name not in masks or masks[name] is _text)}


def is_told(serializer_class: Any, path: Sequence[str], *, with_text: bool) -> bool:
    """Whether the field at this path is in any answer within a project. Of lists inside of a row: whether the list is."""
    masks = _masks(serializer_class)
    if path[0] not in masks or (masks[path[0]] is _text and not with_text):
        return False
    serializer = serializer_class()
    inside = object_in(serializer, serializer.fields[path[0]]) if len(path) > 1 else None
    return inside is None or path[1] not in inside().fields or is_told(inside, path[1:], with_text=with_text)


@cache
def _masks(serializer_class: Any) -> Mapping[str, Mask]:
    serializer: Any = serializer_class()
    found = {name: _of_field(serializer, name, one) for name, one in serializer.fields.items() if not one.write_only}
    return {name: mask for name, mask in found.items() if mask is not None}


def _row(masks: Mapping[str, Mask], data: Any, to: To) -> Any:
    if data is None:
        return None
    if isinstance(data, list):
        return [_row(masks, one, to) for one in data]
    if masks.get("noun") and "noun" in data:
        # An entry of the feed: it says itself of what its id is.
        data = data | {"id": to.reader.pseudonym(FEED_NOUNS[data["noun"]], data["id"])}
    names = ((name, mask) for name, mask in masks.items() if name in data)
    return {name: mask(data[name], to) for name, mask in names if to.text or mask is not _text}


# What a field is


def _of_field(serializer: Any, name: str, field: Any) -> Mask | None:
    places = {f"{kind.__name__}.{name}" for kind in type(serializer).__mro__}
    if places & LEFT_OUT_ALWAYS or name in EXACT:
        return None
    if places & GIVEN or "ChangeSerializer.id" in places:
        return _as_it_is
    if noun := next((IDS[place] for place in places if place in IDS), ""):
        return _id(noun)
    if places & FACTS:
        return _facts
    if places & CODES:
        return _as_it_is
    if name == "bounds":
        return _without_exact
    if isinstance(field, serializers.SerializerMethodField):
        return _of_method(serializer, field)
    return _of_kind(field, _column(serializer, field))


def _of_method(serializer: Any, field: Any) -> Mask | None:
    method = getattr(serializer, field.method_name)
    declared = get_override(method, "field")
    if declared is not None:
        return _of_kind(declared() if isinstance(declared, type) else declared, None)
    told = get_type_hints(method).get("return")
    return _as_it_is if told is bool else None


def _column(serializer: Any, field: Any) -> Any:
    """What the field reads of its model: a column, or a relation to or from another table; None for anything else."""
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    source = str(field.source).removesuffix("_id")
    try:
        return model._meta.get_field("id" if source == "pk" else source) if model else None
    except FieldDoesNotExist:
        return None


def _of_kind(field: Any, column: Any) -> Mask | None:
    if isinstance(field, serializers.ManyRelatedField | serializers.ListSerializer | serializers.ListField):
        inside = _of_kind(
            field.child_relation if isinstance(field, serializers.ManyRelatedField) else field.child, column
        )
        return _each(inside) if inside is not None and inside is not _text else None
    if isinstance(field, serializers.BaseSerializer):
        kind: Any = type(field)
        masks = _masks(kind)
        return lambda value, to: _row(masks, value, to)
    for kinds, mask in KINDS:
        if isinstance(field, kinds):
            return mask
    if column is None:
        return None
    if column.is_relation or column.primary_key:
        return _id(noun_of(column.related_model if column.is_relation else column.model))
    if isinstance(field, NUMBERS) and not isinstance(column, models.BigIntegerField):
        return _size if column.name.endswith(SIZE) else _as_it_is
    return _text if isinstance(column, models.CharField | models.TextField) else None


def _id(noun: str) -> Mask | None:
    if noun not in NOUNS:
        return None
    return lambda value, to: to.reader.pseudonym(noun, value)


# How each kind is told. What comes in is what a serializer says: days and moments are texts.


def _as_it_is(value: Any, to: To) -> Any:
    return value


def _text(value: Any, to: To) -> Any:
    """What somebody wrote into a column; given where board and project let it be. A sentence that was made of the record is none,
    since it names days."""
    return value


def _each(mask: Mask) -> Mask:
    return lambda value, to: value if value is None else [mask(one, to) for one in value]


def _day(value: str | None, to: To) -> str | None:
    told = to.reader.day(date.fromisoformat(value), to.patient) if value else None
    return told.isoformat() if told is not None else None


def _moment(value: str | None, to: To) -> str | None:
    told = to.reader.moment(datetime.fromisoformat(value), to.patient) if value else None
    return told.isoformat().replace("+00:00", "Z") if told is not None else None


def _partial(value: str | None, to: To) -> str | None:
    told = to.reader.partial(PartialDate.read(value), to.patient) if value else None
    return told.isoformat() if told is not None else None


def _size(value: int | None, to: To) -> int | None:
    return to.reader.millimetres(value)


def _without_exact(value: Mapping[str, Any] | None, to: To) -> dict[str, Any]:
    return {name: told for name, told in (value or {}).items() if name not in EXACT}


def _facts(value: Mapping[str, Any] | None, to: To) -> dict[str, Any] | None:
    """Facts as a rule read them, by their names in the proforma."""
    if value is None:
        return None
    masks = _fact_masks()
    return {name: masks[name](told, to) for name, told in value.items() if name in masks}


@cache
def _fact_masks() -> Mapping[str, Mask]:
    masks = {column.name: _of_fact(column) for column in Proforma._meta.concrete_fields if column.name not in EXACT}
    return {name: mask for name, mask in masks.items() if mask is not None}


def _of_fact(column: Any) -> Mask | None:
    if isinstance(column, PartialDateColumn):
        return _partial
    if column.name.endswith(SIZE):
        return _size
    if column.is_relation or column.primary_key or isinstance(column, models.DateField):
        return None
    is_text = isinstance(column, models.CharField | models.TextField) and not isinstance(column, FigureColumn)
    return None if is_text and not column.choices else _as_it_is


NUMBERS = (serializers.IntegerField, serializers.DecimalField, serializers.FloatField)
KINDS: tuple[tuple[Any, Mask], ...] = (
    (PartialDay, _partial), (serializers.DateTimeField, _moment), (serializers.DateField, _day),
    ((serializers.BooleanField, serializers.ChoiceField, serializers.TimeField, FigureField), _as_it_is),
)  # fmt: skip

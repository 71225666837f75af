"""What of an answer is given within a reporting project, field by field, by what its declaration says it is.

An id of whose row, a day, a moment, a size, a figure, a code, a text that somebody wrote: what is none of these, or of a row that
is not in careplans/deidentified/nouns.py, is left out. A field that is added tomorrow is left out until it is known what it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers

from careplans.api.answered import LISTS, Answered, Holds, answered, item_of
from careplans.api.fields import FigureField, PartialDay
from careplans.api.free_text import CODES, FACT_VALUES, FACTS
from careplans.deidentified.nouns import NOUNS, noun_of
from careplans.deidentified.reader import Reader
from careplans.models import Proforma
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.proforma import FIELDS
from careplans.readers.changes import TOLD
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
# Ids that are plain numbers in their tables, or stand in the row of another.
IDS = {
    "ChangeSerializer.board": "board", "ChangeSerializer.case": "case", "ChangeSerializer.plan": "plan",
    "ShownAdvisory.step": "step", "BreakRow.plan": "plan",
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
SIZE = "_mm"


@dataclass(frozen=True)
class To:
    """For whom an answer is masked: by which reader, whose row it is, and whether they are given what somebody wrote."""

    reader: Reader
    patient: int | None
    text: bool


@dataclass(frozen=True)
class Mask:
    """How a value is told. A field without one is left out."""

    tell: Callable[[Any, To], Any]
    is_text: bool = False
    """Somebody wrote it into a column: told where board and project let it be. A sentence that was made of the record is none of
    these, since it names days."""


def masked_answer(serializer_class: Any, data: Any, to: To) -> Any:
    """The answer of this serializer, one row or a list of them, as it is given within the project."""
    return _row(_masks(serializer_class), data, to)


def kept_back(serializer_class: Any) -> set[str]:
    """Fields that may be missing from an answer to somebody who reads in a project."""
    masks = _masks(serializer_class)
    names = (one.name for one in answered(serializer_class))
    return {name for name in names if name not in masks or masks[name].is_text}


def is_told(serializer_class: Any, path: Sequence[str], *, with_text: bool) -> bool:
    """Whether the field at this path is in any answer within a project. Of lists inside of a row: whether the list is."""
    masks = _masks(serializer_class)
    if path[0] not in masks or (masks[path[0]].is_text and not with_text):
        return False
    field = next(one for one in answered(serializer_class) if one.name == path[0])
    if len(path) == 1 or field.holds is not Holds.OBJECT:
        return True
    is_named = any(one.name == path[1] for one in answered(field.inside))
    return not is_named or is_told(field.inside, path[1:], with_text=with_text)


@cache
def _masks(serializer_class: Any) -> Mapping[str, Mask]:
    found = {one.name: _of_field(one) for one in answered(serializer_class)}
    return {name: mask for name, mask in found.items() if mask is not None}


def _row(masks: Mapping[str, Mask], data: Any, to: To) -> Any:
    if data is None:
        return None
    if isinstance(data, list):
        return [_row(masks, one, to) for one in data]
    if masks.get("noun") and "noun" in data:
        # An entry of the feed: it says itself of what its id is.
        data = data | {"id": to.reader.pseudonym(noun_of(TOLD[data["noun"]].model), data["id"])}
    if masks.get("new") is OF_FACT and "field" in data:
        # A change of a fact: it says itself of which.
        data = data | {name: (data["field"], data[name]) for name in ("old", "new") if name in data}
    names = ((name, mask) for name, mask in masks.items() if name in data)
    return {name: mask.tell(data[name], to) for name, mask in names if to.text or not mask.is_text}


# What a field is


def _of_field(one: Answered) -> Mask | None:
    if one.names & LEFT_OUT_ALWAYS or one.name in EXACT:
        return None
    if one.names & GIVEN or "ChangeSerializer.id" in one.names:
        return AS_IT_IS
    if noun := next((IDS[name] for name in one.names if name in IDS), ""):
        return _id(noun)
    if one.names & FACTS:
        return Mask(_facts)
    if one.names & FACT_VALUES:
        return OF_FACT
    if one.names & CODES:
        return AS_IT_IS
    if one.name == "bounds":
        return Mask(_without_exact)
    if one.says is None:
        return AS_IT_IS if one.hint is bool else None
    # What is worked out, or stands in another row, is none of this table's.
    is_own = not one.is_worked_out and "." not in str(one.field.source)
    return _of_kind(one.says, one.column if is_own else None)


def _of_kind(field: Any, column: Any) -> Mask | None:
    item = item_of(field)
    mask = _of_item(item, column)
    if mask is None or not isinstance(field, LISTS):
        return mask
    return None if mask.is_text else Mask(_each(mask))


def _of_item(item: Any, column: Any) -> Mask | None:
    if isinstance(item, serializers.BaseSerializer):
        kind: Any = type(item)
        masks = _masks(kind)
        return Mask(lambda value, to: _row(masks, value, to))
    for kinds, mask in KINDS:
        if isinstance(item, kinds):
            return mask
    if column is None:
        return None
    if column.is_relation or column.primary_key:
        return _id(noun_of(column.related_model if column.is_relation else column.model))
    if isinstance(item, NUMBERS) and not isinstance(column, models.BigIntegerField):
        return Mask(_size) if column.name.endswith(SIZE) else AS_IT_IS
    return TEXT if isinstance(column, models.CharField | models.TextField) else None


def _id(noun: str) -> Mask | None:
    if noun not in NOUNS:
        return None
    return Mask(lambda value, to: to.reader.pseudonym(noun, value))


# How each kind is told. What comes in is what a serializer says: days and moments are texts.


def _as_it_is(value: Any, to: To) -> Any:
    return value


def _of_the_fact(value: tuple[str, Any], to: To) -> Any:
    name, told = value
    mask = _fact_masks().get(name)
    return None if mask is None or told is None else mask.tell(told, to)


AS_IT_IS = Mask(_as_it_is)
TEXT = Mask(_as_it_is, is_text=True)
OF_FACT = Mask(_of_the_fact)
"""The value of the fact that the row names."""


def _each(mask: Mask) -> Callable[[Any, To], Any]:
    return lambda value, to: _told_each(mask, value, to)


def _told_each(mask: Mask, value: Any, to: To) -> Any:
    """Of a list, or of a list of lists, each."""
    if isinstance(value, list):
        return [_told_each(mask, one, to) for one in value]
    return None if value is None else mask.tell(value, to)


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
    return {name: masks[name].tell(told, to) for name, told in value.items() if name in masks}


def told_facts() -> frozenset[str]:
    """The names of the facts that are given within a project, with whatever value. Of the others not even that one was recorded
    or changed: it would say who is meant."""
    return frozenset(FIELDS) & frozenset(_fact_masks())


@cache
def _fact_masks() -> Mapping[str, Mask]:
    masks = {column.name: _of_fact(column) for column in Proforma._meta.concrete_fields if column.name not in EXACT}
    return {name: mask for name, mask in masks.items() if mask is not None}


def _of_fact(column: Any) -> Mask | None:
    if isinstance(column, PartialDateColumn):
        return Mask(_partial)
    if column.name.endswith(SIZE):
        return Mask(_size)
    if column.is_relation or column.primary_key or isinstance(column, models.DateField):
        return None
    is_text = isinstance(column, models.CharField | models.TextField) and not isinstance(column, FigureColumn)
    return None if is_text and not column.choices else AS_IT_IS


NUMBERS = (serializers.IntegerField, serializers.DecimalField, serializers.FloatField)
KINDS: tuple[tuple[Any, Mask], ...] = (
    (PartialDay, Mask(_partial)), (serializers.DateTimeField, Mask(_moment)), (serializers.DateField, Mask(_day)),
    ((serializers.BooleanField, serializers.ChoiceField, serializers.TimeField, FigureField), AS_IT_IS),
)  # fmt: skip

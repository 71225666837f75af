"""What an event changed, field by field, in the words of the form: the old value and the new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.text import Truncator

from accounts.models import User
from careplans.models import Arm, Case, Event, FollowUp, Plan, PriorTreatment, Proforma, Specimen, Step

# Of which rows the fields are that an event of this kind names.
MODELS: dict[str, type[models.Model]] = {
    "facts_changed": Proforma, "plan_edited": Plan, "plan_handed_over": Plan, "step_edited": Step, "step_handed_over": Step,
    "case_changed": Case, "arm_edited": Arm, "specimen_changed": Specimen, "prior_treatment_changed": PriorTreatment,
    "follow_up_changed": FollowUp, "follow_up_corrected": FollowUp,
}  # fmt: skip
LONGEST = 120
MOST_NAMED = 6


@dataclass(frozen=True)
class Changed:
    name: str
    label: str
    old: str
    new: str
    note: str = ""
    """What was confirmed of it."""


def people_in(events: Iterable[Event]) -> dict[int, str]:
    """The names of those whom the values of these events mean. One query; none where nobody is meant."""
    ids = {
        value
        for event in events
        for values in (event.data.get("was", {}), event.data.get("now", {}))
        for name, value in values.items()
        if isinstance(value, int) and _is_person(_field(event.kind, name))
    }
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def changed(
    kind: str, was: Mapping[str, Any], now: Mapping[str, Any], people: Mapping[int, str], notes: Mapping[str, str]
) -> list[Changed]:  # fmt: skip
    """Only of kinds that are told field by field. What points at a row other than a person is named by `named` alone."""
    found = []
    for name, old in was.items():
        field = _field(kind, name)
        if field is not None and name in now and (not field.is_relation or _is_person(field)):
            values = _words(field, old, people), _words(field, now[name], people)
            found.append(Changed(name, _label(field), *values, notes.get(name, "")))
    return [one for one in found if one.old != one.new]


def named(kind: str, names: Iterable[str]) -> str:
    """Changed fields by their labels."""
    if kind not in MODELS:
        return ""
    fields = [(name, _field(kind, name)) for name in names]
    labels = [str(field.verbose_name) if field is not None else name.replace("_", " ") for name, field in fields]
    shown = ", ".join(labels[:MOST_NAMED])
    return f"{shown} and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else shown


def _field(kind: str, name: str) -> Any:
    model = MODELS.get(kind)
    return next((one for one in model._meta.fields if name == one.name), None) if model else None


def _is_person(field: Any) -> bool:
    return field is not None and field.is_relation and field.related_model is User


def _label(field: Any) -> str:
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def _words(field: Any, value: Any, people: Mapping[int, str]) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_person(field):
        return people.get(value, "somebody")
    if isinstance(value, list | dict):
        return Truncator(", ".join(str(one).replace("_", " ") for one in value)).chars(LONGEST)
    if isinstance(field, models.DateField):
        return _day(str(value))
    return Truncator(str(dict(field.flatchoices).get(value, value))).chars(LONGEST)


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text[:10]):%-d %b %Y}"
    except ValueError:
        return text

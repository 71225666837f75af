"""What an event changed, field by field, in the words of the form: the old value and the new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import Truncator

from accounts.models import User
from careplans.models import Arm, Case, Event, FollowUp, Plan, PriorTreatment, Proforma, Specimen, Step
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.proforma import FIELDS as FACTS
from careplans.readers.facts.proforma import capital, value_in_words
from common.partial_dates import NotADate, PartialDate

# Of which rows the fields are that an event of this kind names.
MODELS: dict[str, type[models.Model]] = {
    "facts_changed": Proforma, "plan_edited": Plan, "plan_handed_over": Plan, "step_edited": Step, "step_handed_over": Step,
    "case_changed": Case, "arm_edited": Arm, "specimen_changed": Specimen, "prior_treatment_changed": PriorTreatment,
    "follow_up_changed": FollowUp, "step_moved": Step, "follow_up_settled": FollowUp,
    "prior_treatment_added": PriorTreatment, "specimen_added": Specimen,
    "step_outcome_added": Step, "step_outcome_corrected": Step, "plan_outcome_added": Plan, "plan_outcome_corrected": Plan,
    "follow_up_corrected": FollowUp, "step_undone": Step, "follow_up_undone": FollowUp,
}  # fmt: skip
# Of what is new there is nothing before it.
NEW = {"prior_treatment_added", "specimen_added"}
# What the sentence says, or the reason below it; of a day, where none stood before.
SAID = {
    "step_undone": {"reason"}, "follow_up_undone": {"reason"},
    "step_moved": {"status", "reason", "reason_note"}, "follow_up_settled": {"status", "reason"},
    "prior_treatment_added": {"modality_code"},
}  # fmt: skip
SAID_DAYS = {"step_moved": {"started_on", "ended_on"}, "follow_up_settled": {"done_on"}}
LONGEST = 120
MOST_NAMED = 6


@dataclass(frozen=True)
class Changed:
    name: str
    label: str
    old: str
    """Empty of what is new."""
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
        if name in SAID.get(kind, ()) or (old is None and name in SAID_DAYS.get(kind, ())):
            continue
        if field is not None and name in now and (not field.is_relation or _is_person(field)):
            before = "" if kind in NEW else _words(field, old, people)
            found.append(Changed(name, _label(field), before, _words(field, now[name], people), notes.get(name, "")))
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
    return capital(str(field.verbose_name))


def _words(field: Any, value: Any, people: Mapping[int, str]) -> str:
    if field.model is Proforma and field.name in FACTS:
        return Truncator(value_in_words(field.name, value) or "not recorded").chars(LONGEST)
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_person(field):
        return people.get(value, "somebody")
    if isinstance(value, list | dict):
        return Truncator(", ".join(str(one).replace("_", " ") for one in value)).chars(LONGEST)
    if isinstance(field, models.DateField | PartialDateColumn):
        return day_words(str(value))
    return Truncator(str(dict(field.flatchoices).get(value, value))).chars(LONGEST)


def day_words(text: str) -> str:
    """“3 Mar 2026”, “Mar 2026”, “2026”."""
    day = _read(text)
    return text if day is None else f"{day:%-d %b %Y}"


def day_of(event: Event, *names: str) -> str:
    """“ on 20 Nov 2016”: the day of it, which is not that on which it was typed; of the fields named, the first that was set."""
    now = event.data.get("now", {})
    return next((words for day in (event.data.get("day"), *map(now.get, names)) if (words := _on(day))), "")


def _on(text: object) -> str:
    """“ on 3 Mar 2026”, “ in Mar 2026”; nothing where there is no day."""
    day = _read(str(text or ""))
    return "" if day is None else f" {'on' if day.is_exact else 'in'} {day:%-d %b %Y}"


def _read(text: str) -> PartialDate | None:
    try:
        return PartialDate.read(text[:10])
    except NotADate:
        return None

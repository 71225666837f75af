"""What somebody confirmed of an unlikely day (`common.asked`), as the histories tell it: by its field, beside the value that
still stands, and not at all where that was replaced. Pure, but for the page of the proforma's history."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.db import models

from careplans.models import Event, FactChange, FollowUp, Plan, PriorTreatment, Specimen, Step
from careplans.readers.timeline_values import MODELS
from common import asked

# Of kinds whose event does not name fields: the row that the days are of.
ROWS: dict[str, type[models.Model]] = MODELS | {
    "step_moved": Step, "arm_chosen": Step, "decision_corrected": Step, "step_added": Step, "plan_moved": Plan,
    "step_outcome_added": Step, "step_outcome_corrected": Step, "plan_outcome_added": Plan, "plan_outcome_corrected": Plan,
    "follow_up_added": FollowUp, "follow_up_settled": FollowUp,
    "specimen_added": Specimen, "prior_treatment_added": PriorTreatment,
}  # fmt: skip
OUTCOMES = ("step_outcome_added", "step_outcome_corrected", "plan_outcome_added", "plan_outcome_corrected")
# A change of a fact and its event are written in one transaction.
NEAR = timedelta(seconds=30)
# Of days that a form calls otherwise than the row does.
WORDS = {"on": "Day", "new_due_on": "New date"}
ON = {
    "in_progress": "Started on", "completed": "Completed on", "stopped": "Stopped on", "on_hold": "Held from",
}  # fmt: skip


def label_of(event: Event, name: str) -> str:
    """A day by the words of its form."""
    if name == "on" and event.kind == "step_moved":
        went_on = (event.old, event.new) == ("on_hold", "in_progress") and "started_on" not in event.data.get("now", {})
        return "Went on on" if went_on else ON.get(event.new, WORDS[name])
    if name == "on" and event.kind in ("arm_chosen", "decision_corrected"):
        return "Decided on"
    if name == "on" and event.kind in OUTCOMES:
        return "Assessed on"
    model = ROWS.get(event.kind)
    field = next((one for one in model._meta.fields if one.name == name), None) if model else None
    words = str(field.verbose_name) if field is not None else WORDS.get(name, name.replace("_", " "))
    return words[:1].upper() + words[1:]


def standing(keys: Sequence[str], later: Collection[str]) -> list[str]:
    """Those whose field was not written again by what came `later` in its run: the day that was confirmed is replaced."""
    return [key for key in keys if key.partition(":")[0] not in later]


def beside(keys: Sequence[str]) -> dict[str, str]:
    """What was confirmed of each field."""
    return {name: words for name, _, words in asked.confirmations(keys)}


def told(event: Event, keys: Sequence[str]) -> str:
    return asked.told(keys, lambda name: label_of(event, name))


def of_facts(changes: Sequence[FactChange]) -> dict[int, str]:
    """What was confirmed with each of these changes of one proforma. One query; none for no days."""
    if not changes:
        return {}
    span = (min(one.at for one in changes), max(one.at for one in changes))
    rows = Event.objects.filter(case=changes[0].case_id, kind="facts_changed", data__has_key=asked.NAME)
    found: dict[tuple[str, str, int | None], list[tuple[Any, str]]] = {}
    for event in rows.filter(at__gte=span[0] - NEAR, at__lte=span[1] + NEAR):
        for name, day, words in asked.confirmations(event.data[asked.NAME]):
            found.setdefault((name, day, event.by_id), []).append((event.at, words))
    return {
        one.pk: words
        for one in changes
        for at, words in found.get((one.field, str(one.new), one.by_id), ())
        if abs(at - one.at) < NEAR
    }

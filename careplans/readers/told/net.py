"""Many events as what is left of them: of fields that were typed again and again the first value and the last, everything else
in the words of the timeline. Pure: the events come with their rows loaded, the newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from careplans.models import Event
from careplans.readers.confirmed_days import beside, standing
from careplans.readers.timeline import TimelineEntry, entries, url_of
from careplans.readers.timeline_values import Changed, changed, named
from common import asked

# Kinds that say no more than which fields are others now.
OF_FIELDS = ("facts_changed", "plan_edited", "step_edited", "arm_edited", "case_changed")
# What is written along with another change, whose line says it.
ALONG = ("advisories_fired",)
CONSILIUM = "Consilium"


@dataclass(frozen=True)
class ToldField:
    """One field, with who wrote it last."""

    change: Changed
    who: str
    at: datetime


@dataclass
class Told:
    """One thing that changed: fields of one row, or a line of the timeline."""

    title: str
    at: datetime
    who: str = ""
    """Who wrote all of its fields; empty where several did, or where the title says it."""
    url: str = ""
    text: str = ""
    fields: list[ToldField] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)


@dataclass
class _Run:
    """All changes of the fields of one row."""

    newest: Event
    was: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)
    last: dict[str, Event] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """An older one: its `was` goes further back."""
        was, now = event.data.get("was", {}), event.data.get("now", {})
        self.notes += standing(event.data.get(asked.NAME, []), self.now)
        self.was |= was
        self.now = now | self.now
        for name in (*now, *event.data.get("fields", [])):
            self.last.setdefault(name, event)
            if name not in self.names:
                self.names.append(name)


def net_changes(events: Sequence[Event], people: Mapping[int, str]) -> list[Told]:
    """The newest first. A field that stands again as it stood is no change."""
    runs: dict[tuple[object, ...], _Run] = {}
    for event in events:
        if event.kind in OF_FIELDS:
            key = (event.kind, event.plan_id, event.step_id)
            runs.setdefault(key, _Run(event)).add(event)
    others = list(_others(events))
    told = [_line(entry) for entry in entries(others, people)]
    told += [one for run in runs.values() if (one := _fields(run, people))]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _others(events: Sequence[Event]) -> Iterator[Event]:
    """That facts have changed under a plan is told once, however often they did: the values stand with the proforma."""
    told: set[int | None] = set()
    for event in events:
        if event.kind == "facts_changed_under_plan":
            if event.plan_id not in told:
                yield event
            told.add(event.plan_id)
        elif event.kind not in (*OF_FIELDS, *ALONG):
            yield event


def _line(entry: TimelineEntry) -> Told:
    return Told(entry.title, entry.at, url=entry.url, text=entry.text, changes=entry.changes)


def _fields(run: _Run, people: Mapping[int, str]) -> Told | None:
    kind = run.newest.kind
    changes = changed(kind, run.was, run.now, people, beside(run.notes))
    fields = [ToldField(one, _who(run.last[one.name]), run.last[one.name].at) for one in changes]
    # What has no words of its own (a step that it waits for) is named.
    untold = [name for name in run.names if name not in run.was or name not in run.now]
    if not fields and not untold:
        return None
    writers = {one.who for one in fields} or {_who(run.newest)}
    at = max([one.at for one in fields], default=run.newest.at)
    told = Told(_row(run.newest), at, url=url_of(run.newest), text=named(kind, untold), fields=fields)
    told.who = writers.pop() if len(writers) == 1 else ""
    return told


def _who(event: Event) -> str:
    return event.by.name if event.by else CONSILIUM


def _row(event: Event) -> str:
    """Whose fields these are."""
    if event.kind == "facts_changed":
        return "Proforma"
    if event.kind == "case_changed":
        return "Case"
    if event.step:
        return f"Step {event.step.number}: {event.step.title}"
    return f"Plan {event.plan.number}" if event.plan else "Plan"

"""What an act of recording changed of a case, row by row, and how it is put back. Inside the transaction of the act or of its
undoing, which holds the case: nobody else writes these rows meanwhile.

It is compared, not told by each verb: so nothing that a verb changes along the way is forgotten, today or tomorrow.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from careplans.models import (
    Advisory,
    Case,
    FollowUp,
    NothingAhead,
    Occurrence,
    Plan,
    PlanSchedule,
    Step,
    StepBreak,
)  # fmt: skip
from common.writing import as_told, note_pair

# In the order in which they are taken and put back.
TABLES: tuple[type[models.Model], ...] = (
    Plan, Step, Occurrence, StepBreak, FollowUp, PlanSchedule, NothingAhead, Advisory,
)  # fmt: skip
# What counts the changes of a row is never put back: it goes on.
COUNTS = {"version", "updated_at"}
Values = dict[str, Any]
Image = dict[str, dict[int, Values]]
Changed = dict[str, dict[str, Values]]


def image_of(case: Case) -> Image:
    """Every row of the case, by table and key."""
    return {name_of(table): {row.pk: _values(row) for row in _rows(table, case)} for table in TABLES}


def difference(before: Image, after: Image) -> Changed:
    """Of what changed the columns that did, with the version that the row has now; what is new is `made`."""
    changed: Changed = {}
    for name, rows in after.items():
        for pk, now in rows.items():
            was = before[name].get(pk)
            told = {"made": True} if was is None else _columns(was, now)
            if told:
                changed.setdefault(name, {})[str(pk)] = told | {"version": now.get("version")}
    return changed


def _columns(was: Values, now: Values) -> Values:
    names = [name for name in now if name not in COUNTS and was[name] != now[name]]
    if not names and was.get("version") == now.get("version"):
        return {}
    return {"was": {name: was[name] for name in names}, "now": {name: now[name] for name in names}}


def is_as_left(changed: Changed, case: Case) -> bool:
    """Whether every row still stands as the act left it."""
    now = image_of(case)
    return all(
        pk in now[name]
        and now[name][pk].get("version") == told["version"]
        and all(now[name][pk][column] == value for column, value in told.get("now", {}).items())
        for name, rows in changed.items()
        for pk, told in ((int(key), told) for key, told in rows.items())
    )


def put_back(changed: Changed, *, reason: str) -> dict[type[models.Model], list[Any]]:
    """What was made is taken back first, since two of it may not stand beside each other. Returns the rows by table, each with
    what changed noted on it (`common.writing.told_of`), for the history."""
    found = {table: _loaded(table, changed.get(name_of(table), {})) for table in TABLES}
    now = timezone.now()
    for row, told in (pair for table in TABLES for pair in found[table]):
        if told.get("made"):
            _set(row, _taken_back(row, reason, now))
    for row, told in (pair for table in TABLES for pair in found[table]):
        if not told.get("made"):
            _set(row, {name: _field(row, name).to_python(value) for name, value in told["was"].items()})
    return {table: [row for row, _ in pairs] for table, pairs in found.items()}


def _taken_back(row: models.Model, reason: str, now: datetime) -> Values:
    """Rows are never deleted. The next one of an open rhythm keeps its day, as where one is taken back."""
    if isinstance(row, FollowUp):
        # Free for when the same is recorded again.
        free = {"scheduled_for": None, "monitoring_number": None, "replaces_id": None}
        return {"status": FollowUp.Status.CANCELLED, "reason": reason} | free
    if isinstance(row, StepBreak):
        return {"undone_at": now}
    if isinstance(row, NothingAhead):
        return {"ended_at": now}
    if isinstance(row, Advisory):
        return {"state": Advisory.State.OBSOLETE, "ended_at": now}
    return {}


def _set(row: Any, values: Values) -> None:
    for name, value in values.items():
        note_pair(row, _field(row, name).name, getattr(row, name), value)
        setattr(row, name, value)
    counts: Values = {}
    if hasattr(row, "version"):
        row.version += 1
        counts["version"] = row.version
    if hasattr(row, "updated_at"):
        counts["updated_at"] = timezone.now()
    if values or counts:
        type(row)._base_manager.filter(pk=row.pk).update(**values, **counts)


def _loaded(table: type[models.Model], told: Mapping[str, Values]) -> Sequence[tuple[Any, Values]]:
    rows = table._base_manager.filter(pk__in=[int(pk) for pk in told]).order_by("pk")
    return [(row, told[str(row.pk)]) for row in rows]


def _rows(table: type[models.Model], case: Case) -> models.QuerySet[Any]:
    return table._base_manager.filter(case=case)


def _values(row: models.Model) -> Values:
    return {field.attname: as_told(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _field(row: models.Model, attname: str) -> Any:
    return next(field for field in row._meta.concrete_fields if field.attname == attname)


def name_of(table: type[models.Model]) -> str:
    return table._meta.model_name or ""

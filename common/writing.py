"""How a row is changed by many people at once: taken, compared and set, or refused with what stands there now.

`SELECT FOR UPDATE` does nothing on SQLite, whose transactions take the one write lock when they begin: there the beginning
of the transaction is the lock. Whoever changes a child takes its parents first, and checks them as they stand then; the
order is in careplans/locks.py.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from django.db import OperationalError, connection, models, transaction
from django.utils import timezone

from common import once
from common.errors import Conflict

Row = TypeVar("Row", bound=models.Model)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# How often a transaction is tried that the database broke for another's sake.
TRIES = 3
# Deadlock and serialization failure (PostgreSQL's appendix A); SQLite has one writer, for whom it has waited already.
BROKEN = ("40P01", "40001")
MEANWHILE = (
    "Somebody else was changing the same at this moment. Nothing of yours was saved: look at what stands now, then try "
    "again."
)


def transactional(do: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """One transaction. What the database breaks because two came together is done again, and at last is a Conflict.

    Only the outermost does it again: inside another transaction nothing of it would be left. So `do` reads under its lock
    whatever it decides on, and may be called with the same arguments twice.
    """

    @wraps(do)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if connection.in_atomic_block:
            with once.claiming() as claim, transaction.atomic():
                claim()
                return do(*args, **kwargs)
        rows = [(one, dict(one.__dict__)) for one in (*args, *kwargs.values()) if isinstance(one, models.Model)]
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                with once.claiming() as claim, transaction.atomic():
                    claim()
                    return do(*args, **kwargs)
            except OperationalError as error:
                if not is_contention(error):
                    raise
                if last or connection.vendor == "sqlite":
                    raise Conflict(MEANWHILE) from error
                for row, as_given in rows:
                    # The rows at hand say what the first try wrote, which was taken back.
                    row.__dict__.clear()
                    row.__dict__.update(as_given)
        raise AssertionError("The last try returns or raises.")

    return run


def aside(do: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """A transaction beside what a form or call was sent for, such as a look at what is known or the count of tries at a
    password: the token is left to the deed, or the form would count as carried out when only this was."""
    made = transactional(do)

    @wraps(do)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with once.set_aside():
            return made(*args, **kwargs)

    return run


# What a column of versions holds; whoever says they saw a later one saw none.
LAST_VERSION = 2**31 - 1


# Whoever waits for SQLite's one write lock looks again after 0.1 s at the latest (`sqliteDefaultBusyCallback` of its main.c).
LOOKS_AGAIN_SECONDS = 0.11


def let_others_write() -> None:
    """Between two transactions of one long work: on SQLite those who wait would else find the database taken each time that
    they look. PostgreSQL hands a lock on to whoever waits for it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(LOOKS_AGAIN_SECONDS)


def is_contention(error: OperationalError) -> bool:
    """Whether nothing is wrong but that somebody else wrote at the same time."""
    state = getattr(error.__cause__, "sqlstate", "") or ""
    return state in BROKEN or "database is locked" in str(error) or "database table is locked" in str(error)


def lock(rows: models.QuerySet[Row]) -> list[Row]:
    """Take these rows until the transaction ends, in the order of their keys, and read them afresh.

    Joined rows are read and not taken.
    """
    return take_each(rows.order_by("pk"))


def take_each(rows: models.QuerySet[Row], *parents: str) -> list[Row]:
    """Take rows in their own order until the transaction ends, each after its parents on these joined paths, from the top down;
    all of them as they stand once they are taken. Whatever else is joined may be as it stood before the wait."""
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=(*parents, "self"), no_key=True)
    return list(rows)


def take(row: models.Model, *parents: str, expected: int | None = None) -> None:
    """Take one row until the transaction ends, and bring the one at hand up to it. Conflict if it is not of the version
    `expected`. What it points at stays loaded where it is the same still.

    `parents`, paths such as "plan__case" from the top down, are taken before it and brought up too: the one statement takes
    them in the order in which they are named, and reads each as it stands once it is taken.
    """
    fresh = taken(row._meta.model._default_manager.filter(pk=row.pk), *parents)
    for path in reversed(parents):
        _bring_parent_up(row, fresh, path.split("__"))
    _bring_up(row, fresh)
    if expected is not None and getattr(row, "version", None) != expected:
        raise_conflict(row)


def taken(rows: models.QuerySet[Row], *parents: str) -> Row:
    """The one row of a query by its key, taken after its parents on these paths."""
    alone = rows.order_by().select_related(None)
    [row] = take_each(alone.select_related(*parents) if parents else alone, *parents)
    return row


def _bring_parent_up(row: models.Model, fresh: models.Model, path: Sequence[str]) -> None:
    """The one at hand, or the fresh one where none is loaded."""
    name = path[-1]
    for step in path[:-1]:
        row, fresh = getattr(row, step), getattr(fresh, step)
    if name in row._state.fields_cache:
        _bring_up(getattr(row, name), getattr(fresh, name))
    else:
        setattr(row, name, getattr(fresh, name))


def _bring_up(row: models.Model, fresh: models.Model) -> None:
    for field in row._meta.concrete_fields:
        setattr(row, field.attname, getattr(fresh, field.attname))


def compare_and_set(row: models.Model, *, expected: int, **changes: Any) -> None:
    """Change one row of the version `expected`, in the database and at hand, and count its version up; else Conflict."""
    if not 0 <= expected < LAST_VERSION:
        raise_conflict(row)
    if any(field.name == "updated_at" for field in row._meta.fields):
        # An update skips `auto_now`.
        changes |= {"updated_at": timezone.now()}
    changes |= {"version": expected + 1}
    noted = copy(row.__dict__.get("_noted", {}))
    note_change(row, changes)
    if not _set(row, {"version": expected}, changes):
        row.__dict__["_noted"] = noted
        raise_conflict(row)


# No record ever holds one, nor what is kept in its place.
SECRET = {"password"}
# What a row keeps of itself, and nobody typed.
UNTOLD = {"version", "updated_at", "moved_at", "timing", "timing_version", "content_version"}


def note_change(row: models.Model, changes: Mapping[str, object]) -> None:
    """What is written over, before it is: kept with the row at hand until the history tells it (`told_of`)."""
    for name, value in changes.items():
        if name in UNTOLD | SECRET or name.endswith("_key") or hasattr(value, "resolve_expression"):
            continue
        old = getattr(row, getattr(row._meta.get_field(name), "attname", name))
        note_pair(row, name, old, value.pk if isinstance(value, models.Model) else value)


def note_pair(row: models.Model, name: str, old: object, new: object) -> None:
    """The same where it stands in another row, which this one is told with."""
    noted: dict[str, tuple[object, object]] = row.__dict__.setdefault("_noted", {})
    noted[name] = (noted[name][0] if name in noted else as_told(old), as_told(new))


def note_new(row: models.Model, names: Iterable[str]) -> None:
    """What a new row says from its first day, told with its making."""
    for name in names:
        if (value := getattr(row, name)) not in (None, "", [], {}):
            note_pair(row, name, None, value)


def note_with(teller: models.Model, row: models.Model, what: str) -> None:
    """What is noted of a row is told with another one, where `what` names it."""
    for name, (old, new) in row.__dict__.pop("_noted", {}).items():
        note_pair(teller, f"{what} {name}", old, new)


def told_of(row: models.Model) -> dict[str, dict[str, object]]:
    """The old and the new value of each field that was changed since it was told last; empty where nothing was."""
    noted = row.__dict__.pop("_noted", {})
    changed = {name: pair for name, pair in noted.items() if pair[0] != pair[1]}
    if not changed:
        return {}
    return {
        "was": {name: old for name, (old, _) in changed.items()},
        "now": {name: new for name, (_, new) in changed.items()},
    }


def as_told(value: object) -> object:
    """As it stands in JSON: a day as a day, a figure as it was written."""
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def compare_seen_and_set(
    row: models.Model, seen: Mapping[str, object], changes: Mapping[str, object], *, message: str
) -> None:
    """The same for a row without a version: it has to hold what was `seen`."""
    noted = copy(row.__dict__.get("_noted", {}))
    note_change(row, changes)
    if not _set(row, seen, changes):
        row.__dict__["_noted"] = noted
        raise Conflict(message)


def raise_conflict(row: models.Model) -> NoReturn:
    """Conflict with what stands in the row now, for the writer to see beside what was typed."""
    current = row._meta.model._default_manager.filter(pk=row.pk).values().first() or {}
    noun = row._meta.verbose_name
    raise Conflict(
        f"Someone changed this {noun} while you had it open. Nothing of yours was saved: look at what changed, then save again.",
        current=dict(current),
    )


def _set(row: models.Model, seen: Mapping[str, object], changes: Mapping[str, Any]) -> bool:
    if row._meta.model._default_manager.filter(pk=row.pk, **seen).update(**changes) != 1:
        return False
    for name, value in changes.items():
        # What the database computes, it alone knows.
        if not hasattr(value, "resolve_expression"):
            setattr(row, name, value)
    return True

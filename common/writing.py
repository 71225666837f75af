"""How a row is changed by many people at once: taken, compared and set, or refused with what stands there now.

`SELECT FOR UPDATE` does nothing on SQLite, whose transactions take the one write lock when they begin; so what decides
on both databases is the compare-and-set, and the lock only keeps others waiting instead of failing.
"""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from django.db import connection, models
from django.utils import timezone

from common.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


def lock(rows: models.QuerySet[Row]) -> list[Row]:
    """Take these rows until the transaction ends, in the order of their keys, and read them afresh.

    Whoever needs rows of several tables takes the parents first: the order is in docs/architecture.md. Joined rows are
    read and not taken.
    """
    ordered = rows.order_by("pk")
    if connection.features.has_select_for_update:
        ordered = ordered.select_for_update(of=("self",), no_key=True)
    return list(ordered)


def compare_and_set(row: models.Model, *, expected: int, **changes: Any) -> None:
    """Change one row of the version `expected`, in the database and at hand, and count its version up; else Conflict."""
    if any(field.name == "updated_at" for field in row._meta.fields):
        # An update skips `auto_now`.
        changes |= {"updated_at": timezone.now()}
    changes |= {"version": expected + 1}
    if not _set(row, {"version": expected}, changes):
        raise_conflict(row)


def compare_seen_and_set(
    row: models.Model, seen: Mapping[str, object], changes: Mapping[str, object], *, message: str
) -> None:
    """The same for a row without a version: it has to hold what was `seen`."""
    if not _set(row, seen, changes):
        raise Conflict(message)


def raise_conflict(row: models.Model) -> NoReturn:
    """Conflict with what stands in the row now, for the writer to see beside what was typed."""
    current = type(row)._default_manager.filter(pk=row.pk).values().first() or {}
    noun = row._meta.verbose_name
    raise Conflict(
        f"Someone changed this {noun} while you had it open. Nothing of yours was saved: look at what changed, then save again.",
        current=dict(current),
    )


def _set(row: models.Model, seen: Mapping[str, object], changes: Mapping[str, Any]) -> bool:
    if type(row)._default_manager.filter(pk=row.pk, **seen).update(**changes) != 1:
        return False
    for name, value in changes.items():
        # What the database computes, it alone knows.
        if not hasattr(value, "resolve_expression"):
            setattr(row, name, value)
    return True

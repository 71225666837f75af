"""Whether the database has every table that this code asks for: what a start, a probe and a monitor want to know."""

import time
from functools import cache

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# How long an answer to a probe counts; what the code brings along is read once.
REMEMBERED_SECONDS = 10
_remembered: dict[str, tuple[float, str]] = {}


def fault_of(database: BaseDatabaseWrapper) -> str | None:
    """One sentence where migrations are missing. Raises DatabaseError where nobody answers."""
    count = len(_brought() - set(MigrationRecorder(database).applied_migrations()))
    if not count:
        return None
    found = "1 migration is" if count == 1 else f"{count} migrations are"
    return f"{found} not applied to the database: run `python manage.py migrate`."


def remembered_fault() -> str | None:
    """The same for a probe that comes every second: asked once in a while."""
    at, found = _remembered.get("fault", (0.0, ""))
    if not 0 <= time.time() - at < REMEMBERED_SECONDS:
        found = fault_of(connection) or ""
        _remembered["fault"] = (time.time(), found)
    return found or None


def forget() -> None:
    _remembered.clear()


@cache
def _brought() -> frozenset[tuple[str, str]]:
    """Reads every migration of the code, and no database."""
    return frozenset(MigrationLoader(None).disk_migrations)

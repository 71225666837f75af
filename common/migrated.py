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
    count = len(_brought() - _applied(database))
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


def _applied(database: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """Over this connection. Django's recorder would ask the one of the same alias, and open its pool: in a process that forks
    afterwards every child would have its sockets."""
    if not MigrationRecorder(database).has_table():
        return set()
    table = database.ops.quote_name(MigrationRecorder.Migration._meta.db_table)
    with database.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {table}")  # noqa: S608  # Django's own name
        return set(cursor.fetchall())


@cache
def _brought() -> frozenset[tuple[str, str]]:
    """Reads every migration of the code, and no database."""
    return frozenset(MigrationLoader(None).disk_migrations)

"""What nobody may do to the record, for a test that needs a row as it could never become, or as it was before."""

from contextlib import contextmanager

from django.db import connection

from careplans.models.kept import KEPT
from common import triggers


@contextmanager
def rewriting():
    """On PostgreSQL the role of the tests owns the server, and lets no trigger of this session fire."""
    if connection.vendor == "sqlite":
        with triggers.suspended(connection, KEPT):
            yield
        return
    _role("replica")
    try:
        yield
    finally:
        _role("origin")


@contextmanager
def unchecked():
    """A check of the JSON is the table's own: whoever gets round the triggers gets round that."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _role(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = {name}")

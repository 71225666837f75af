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


def _role(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = {name}")


@contextmanager
def emptying():
    """For a test that commits, whose rows are all deleted after it: past what refuses that alone."""
    if connection.vendor == "sqlite":
        with triggers.suspended(connection, KEPT):
            yield
        return
    _truncating("DISABLE")
    try:
        yield
    finally:
        _truncating("ENABLE")


def _truncating(word):
    """In one statement: it is said before and after each test that commits."""
    said = [
        f"ALTER TABLE {one.table} {word} TRIGGER {one.trigger};"
        for one in triggers.all_of(connection.vendor, KEPT)
        if one.on == "TRUNCATE"
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN {' '.join(said)} END $$")

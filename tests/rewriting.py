"""What nobody may do to the record, for a test that needs a row as it could never become, or as it was before."""

from contextlib import contextmanager

from django.db import connection, transaction

from common import triggers


@contextmanager
def rewriting():
    """On PostgreSQL the role of the tests owns the server, and lets no trigger of this session fire."""
    if connection.vendor == "sqlite":
        with _taken_away():
            yield
        return
    _role("replica")
    try:
        yield
    finally:
        _role("origin")


@contextmanager
def _taken_away():
    """SQLite has no such role. Put back is what stood there, word by word: to work it out of the models anew asks for the columns
    of each table, which took a fifth of the time of every test of a race."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{triggers.PREFIX}%"])
        stood = [sql for (sql,) in cursor.fetchall()]
    triggers.remove(connection)
    try:
        yield
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            for sql in stood:
                cursor.execute(sql)


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

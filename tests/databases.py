"""The databases of the tests: one that is migrated and kept, a copy of it for each worker, and rows that a module makes once."""

import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent
# What an empty database looks like follows from these: the migrations, what they import, and what `migrate` writes from
# the models at its end.
MAKING = ("*/migrations/*.py", "*/models/*.py", "*/models.py", "*/apps.py", "common/*.py", "requirements.lock")
KEPT = 4


@contextmanager
def copy_of_one(kept, worker):
    """Leads the connection to a copy of its own of an empty database: a file on SQLite, from a TEMPLATE on PostgreSQL.

    To migrate takes half a minute. The empty one is kept, in the folder `kept` or on the server, until other migrations
    or models make another.
    """
    told = connection.settings_dict
    before, own = told["NAME"], _own_name(worker)
    with _one_at_a_time(kept):
        copy = _copy_file if connection.vendor == "sqlite" else _copy_on_server
        copy(kept, own)
    connection.close()
    told["NAME"] = own
    connection.ensure_connection()
    yield
    connection.close()
    told["NAME"] = before
    connection.creation._destroy_test_db(own, verbosity=0)


def making(root=ROOT):
    """Names what an empty database is made of here."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in MAKING for path in root.glob(pattern)):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _own_name(worker):
    name = connection.creation._get_test_db_name()
    if connection.vendor != "sqlite":
        return f"{name}_{worker}"
    return str(Path(name).with_stem(f"{Path(name).stem}_{worker}"))


@contextmanager
def _one_at_a_time(folder):
    """However long it takes: whoever is first makes the original."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy_file(folder, own):
    original = folder / f"{making()}.sqlite3"
    if not original.exists():
        unfinished = original.with_suffix(".unfinished")
        _migrate(str(unfinished))
        unfinished.rename(original)
        for old in sorted(folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink()
    os.utime(original)
    for ending in ("", "-wal", "-shm"):
        Path(own + ending).unlink(missing_ok=True)
    shutil.copyfile(original, own)


def _copy_on_server(folder, own):
    original = f"consilium_empty_{making()}"
    quote = connection.ops.quote_name
    with connection.creation._nodb_cursor() as cursor:
        # Checkouts share a server.
        cursor.execute("SELECT pg_advisory_lock(hashtext('consilium_empty'))")
        if not _is_there(cursor, original):
            unfinished = f"{original}_unfinished"
            _migrate(unfinished)
            cursor.execute(f"ALTER DATABASE {quote(unfinished)} RENAME TO {quote(original)}")
            for old in _older(cursor):
                cursor.execute(f"DROP DATABASE {quote(old)}")
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(own)}")
        cursor.execute(f"CREATE DATABASE {quote(own)} TEMPLATE {quote(original)}")


def _is_there(cursor, name):
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return cursor.fetchone() is not None


def _older(cursor):
    cursor.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'consilium\\_empty\\_%%' ORDER BY oid DESC OFFSET %s",
        [KEPT],
    )
    return [name for (name,) in cursor.fetchall()]


def _migrate(name):
    """A new database of this name, with every migration applied and nobody connected to it."""
    connection.settings_dict["TEST"]["NAME"], usual = name, connection.settings_dict["TEST"]["NAME"]
    before = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        connection.settings_dict["TEST"]["NAME"], connection.settings_dict["NAME"] = usual, before


@contextmanager
def undone_at_the_end(unblock):
    """A transaction around those of the tests: what is written in it is there for all of them, and gone after them."""
    around = transaction.atomic()
    # As Django marks those of its own TestCase: a durable block may stand within it.
    around._from_testcase = True
    with unblock():
        around.__enter__()
    yield
    with unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


# Written by `migrate` from the models, and by nobody else: a flush would delete them and write them anew.
OF_MIGRATE = {"django_content_type", "auth_permission"}


def empty(connection):
    """What Django's flush leaves behind, in less time: that empties a hundred tables, of which ten hold rows, and then writes the
    permissions of every model anew.

    Rows are deleted in one transaction, at whose end nothing is left that could refer to anything: the constraints are deferred.
    """
    with transaction.atomic():
        for _ in range(3):  # a trigger may write where rows were deleted
            tables = _with_rows(connection)
            if not tables:
                return
            with connection.cursor() as cursor, _silent(cursor, connection.vendor, tables):
                for table in tables:
                    cursor.execute(f'DELETE FROM "{table}"')
        assert not _with_rows(connection)


def _with_rows(connection):
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - OF_MIGRATE
    asked = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM \"{one}\")" for one in sorted(tables))
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]


@contextmanager
def _silent(cursor, vendor, tables):
    """The triggers of these tables neither refuse nor write meanwhile. They stand again as they stood."""
    if vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        yield
        # Of a table with deferred checks that are still open nothing can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        return
    cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    standing = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
    for name, _ in standing:
        cursor.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in standing:
        cursor.execute(sql)


def commits(item):
    """Does this test write for good, and have everything deleted after it?"""
    marker = item.get_closest_marker("django_db")
    return bool(
        (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(item.fixturenames)
    )

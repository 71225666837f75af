"""The databases of the tests: one that is migrated, a copy of it for each worker, and rows that a module makes once."""

import fcntl
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def copy_of_one(folder, worker):
    """Leads the connection to a copy of its own: of a file on SQLite, of a TEMPLATE on PostgreSQL.

    `folder` belongs to the run and is the same for all workers.
    """
    creation, told = connection.creation, connection.settings_dict
    before, migrated = told["NAME"], creation._get_test_db_name()
    with _users(folder) as users:
        if not users:
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()
        told["NAME"] = migrated
        creation.clone_test_db(suffix=worker, verbosity=0, autoclobber=True)
        users.add(worker)
        told["NAME"] = creation.get_test_db_clone_settings(worker)["NAME"]
    yield
    with _users(folder) as users:
        # Whatever is destroyed is named after the one that was migrated.
        told["NAME"] = migrated
        creation.destroy_test_db(suffix=worker, verbosity=0)
        users.discard(worker)
        if not users:
            creation.destroy_test_db(verbosity=0)
        told["NAME"] = before


@contextmanager
def _users(folder):
    """The workers that have a copy. One at a time may look, however long it takes: whoever is first makes the original."""
    with (folder / "users-of-the-database").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = set(file.read().split())
        yield users
        file.truncate(0)
        file.write(" ".join(sorted(users)))


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

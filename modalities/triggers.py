"""The database's own refusal to change or delete a published revision.

`QuerySet.update()` already raises; this holds for `save()`, for `_base_manager`, and for anyone
with a database prompt. On SQLite Django changes a table by building a new one, and the triggers of
the old one are gone: a later migration that alters `modalities_revision` ends with
`RunPython(install_forwards)`. `test_revisions_immutable.py` fails when it was forgotten.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MESSAGE = "A published revision never changes"

INSTALL = {
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS revision_no_update BEFORE UPDATE ON modalities_revision "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        "CREATE TRIGGER IF NOT EXISTS revision_no_delete BEFORE DELETE ON modalities_revision "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION modalities_revision_refuse() RETURNS trigger "
        f"LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{MESSAGE}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE OR REPLACE TRIGGER revision_no_change BEFORE UPDATE OR DELETE "
        "ON modalities_revision FOR EACH ROW EXECUTE FUNCTION modalities_revision_refuse()",
    ),
}
REMOVE = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS revision_no_update",
        "DROP TRIGGER IF EXISTS revision_no_delete",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS revision_no_change ON modalities_revision",
        "DROP FUNCTION IF EXISTS modalities_revision_refuse()",
    ),
}


def install(connection: BaseDatabaseWrapper) -> None:
    _run(connection, INSTALL)


def remove(connection: BaseDatabaseWrapper) -> None:
    _run(connection, REMOVE)


@contextmanager
def suspended(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """For emptying a test database: on SQLite that is a DELETE, which the triggers refuse."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def install_forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    install(schema_editor.connection)


def remove_backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    remove(schema_editor.connection)


def _run(connection: BaseDatabaseWrapper, statements: Mapping[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)

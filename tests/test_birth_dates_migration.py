"""Days become texts as FHIR writes them, however a database writes its days."""

import importlib

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.test.utils import isolate_apps

from careplans.models.partial_dates import PartialDateColumn

pytestmark = pytest.mark.django_db(transaction=True)
migration = importlib.import_module("careplans.migrations.0027_partial_dates").Migration


@isolate_apps("careplans")
def typed_days():
    """A table of this test's own, of a day that becomes what is known of it: the table, and the column before and after."""

    class Typed(models.Model):
        day = models.DateField()

        class Meta:
            app_label = "careplans"
            db_table = "test_typed_days"

        def __str__(self):
            return str(self.day)

    to = PartialDateColumn()
    to.set_attributes_from_name("day")
    to.model = Typed
    return Typed, Typed._meta.get_field("day"), to


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL has a style of dates.")
@pytest.mark.parametrize("style", ["German", "SQL, DMY", "Postgres, MDY", "ISO"])
def test_a_day_is_kept_as_fhir_writes_it_in_every_style_of_dates(style):
    """Seen to fail: 17.05.1960 under a German style."""
    table, was, to = typed_days()
    before = next(one for one in migration.operations if isinstance(one, migrations.RunPython))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('DateStyle', %s, false)", [style])
        with connection.schema_editor(atomic=True) as editor:
            editor.execute("CREATE TABLE test_typed_days (id bigint PRIMARY KEY, day date NOT NULL)")
            editor.execute("INSERT INTO test_typed_days VALUES (1, DATE '1960-05-17')")
            before.code(apps, editor)
            editor.alter_field(table, was, to)
        with connection.cursor() as cursor:
            cursor.execute("SELECT day FROM test_typed_days")
            assert cursor.fetchone() == ("1960-05-17",)
            cursor.execute("SHOW DateStyle")
            assert cursor.fetchone()[0].split(",")[0] == style.split(",")[0]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET DateStyle")
            cursor.execute("DROP TABLE IF EXISTS test_typed_days")
        connection.close()

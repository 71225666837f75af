"""A database that other migrations made is refused before anything touches it."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.checks import made_by_this_line

pytestmark = pytest.mark.django_db


def test_a_database_of_today_is_taken():
    assert made_by_this_line(databases=["default"]) == []


def test_a_database_with_a_migration_that_nobody_knows_is_refused_with_its_name():
    MigrationRecorder(connection).record_applied("careplans", "0022_fewer_indexes_of_deliveries")
    [error] = made_by_this_line(databases=["default"])
    assert "careplans 0022_fewer_indexes_of_deliveries is not known here" in error.msg
    assert "script/demo --reset" in error.hint


def test_migrations_of_other_apps_are_not_ours_to_judge():
    MigrationRecorder(connection).record_applied("somebody_else", "0099_far_ahead")
    assert made_by_this_line(databases=["default"]) == []

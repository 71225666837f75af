"""Runs on whichever database the tests use: the refusal must hold on both."""

import pytest
from django.db import IntegrityError, connection, transaction

from modalities.models import PublishedRevisionError, Revision


def test_the_query_set_refuses_an_update(prrt):
    with pytest.raises(PublishedRevisionError):
        Revision.objects.filter(pk=prrt.current_revision_id).update(title="Other")


def test_the_query_set_refuses_a_delete(prrt):
    with pytest.raises(PublishedRevisionError):
        Revision.objects.all().delete()


def test_the_database_refuses_a_save(prrt):
    revision = prrt.current_revision
    revision.indication = "Something else. [—]"
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        revision.save()


@pytest.mark.parametrize("statement", ["UPDATE modalities_revision SET title = 'x'", "DELETE FROM modalities_revision"])
def test_the_database_refuses_plain_sql(prrt, statement):
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    prrt.current_revision.refresh_from_db()
    assert prrt.current_revision.title == "Peptide receptor radionuclide therapy (PRRT)"

"""A dataset is of one time: what was added since its first row was read is in none of its tables."""

import csv
import io
import json
import zipfile

import pytest
from django.db import models

from careplans.exports import dataset, work
from careplans.exports.sources import READING, SOURCES, next_keys
from careplans.models import Case, Plan, Step
from tests.careplans import makers
from tests.careplans.exports.makers import file_of, make_export

pytestmark = pytest.mark.django_db


def open_zip(export):
    return zipfile.ZipFile(io.BytesIO(file_of(export)))


def ids(whole, name, column="id"):
    rows = csv.DictReader(io.StringIO(whole.read(f"{name}.csv").decode("utf-8-sig")))
    return {int(row[column]) for row in rows}


@pytest.fixture
def plan(pages, board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)


def test_a_case_that_is_added_while_it_is_read_is_in_no_table(plan, board, ana, monkeypatch):
    """After the events, and before plans and cases are read."""
    export = make_export(ana, "everything", "dataset", work_it=False)
    chunk, added = work._chunk, []

    def then_added(row, **kwargs):
        more = chunk(row, **kwargs)
        if not added and row.place > 0:
            added.append(makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-90"), by=ana, steps=2))
        return more

    monkeypatch.setattr(work, "_chunk", then_added)
    while work.work_exports():
        pass
    export.refresh_from_db()
    whole = open_zip(export)
    assert added and export.state == "done", export.reason
    assert ids(whole, "cases") == {plan.case_id}
    assert ids(whole, "plans") == {plan.pk}
    assert ids(whole, "steps") == set(Step.objects.filter(plan=plan).values_list("pk", flat=True))
    assert ids(whole, "plans", "case") <= ids(whole, "cases")
    assert ids(whole, "events", "case") <= ids(whole, "cases")


def test_it_says_from_when_until_when_it_was_read_and_in_which_forms(plan, ana):
    export = make_export(ana, "everything", "dataset")
    about = json.loads(open_zip(export).read("about.json"))
    assert about["read_from"] == export.read_from.isoformat() <= about["read_until"] == export.read_until.isoformat()
    assert about["forms"] == ["csv", "parquet"] and "says_of_forms" not in about


def test_without_parquet_it_and_its_page_say_so(plan, ana, monkeypatch, client):
    monkeypatch.setattr(dataset, "is_possible", lambda: False)
    monkeypatch.setattr("careplans.exports.views.exports.is_possible", lambda: False)
    whole = open_zip(export := make_export(ana, "everything", "dataset"))
    about = json.loads(whole.read("about.json"))
    assert (about["forms"], "not set up" in about["says_of_forms"]) == (["csv"], True)
    assert not [name for name in whole.namelist() if name.endswith(".parquet")]
    client.force_login(ana)
    for address in (f"/exports/{export.pk}/", "/exports/new/?what=everything"):
        assert "Parquet is not set up on this server" in client.get(address).content.decode()


def test_every_list_is_read_after_what_points_at_its_rows():
    assert set(READING) == set(SOURCES)
    of_model = {SOURCES[name].view.queryset.model: place for place, name in enumerate(READING)}
    for model, place in of_model.items():
        for field in model._meta.concrete_fields:
            target = field.related_model if isinstance(field, models.ForeignKey) else None
            if target in of_model and target is not model and field.name != "decision":
                assert of_model[target] > place, f"{READING[place]}.{field.name}"


def test_a_key_is_fixed_beyond_all_that_there_is(plan):
    found = next_keys(["plans", "cases"])
    assert found["plans"] > plan.pk and found["cases"] > plan.case_id
    assert (Plan.objects.count(), Case.objects.count()) == (1, 1)


def test_begun_by_an_older_release_it_is_read_anew(plan, ana, monkeypatch):
    """Which knew neither the time of its reading nor this order of lists."""
    export = make_export(ana, "everything", "dataset", work_it=False)
    monkeypatch.setattr(work, "CHUNK", 1)
    work.work_exports(0)
    type(export).objects.filter(pk=export.pk).update(read_from=None, below={}, place=3)
    while work.work_exports():
        pass
    assert ids(open_zip(export), "cases") == {plan.case_id}

"""The data dictionary tells every field that is served, with its meaning; and every number with its unit."""

import csv
import io
import json

import pytest
from rest_framework import serializers

from careplans.api.free_text import LEFT_OUT, shape_of
from careplans.api.lists.columns import columns_of
from careplans.api.lists.fields import WORKED_OUT
from careplans.api.lists.kinds import NUMBERS
from careplans.exports.dictionary import dictionary, entries_of
from careplans.exports.sources import SOURCES
from careplans.models import Step
from tests.careplans.api import Api
from tests.careplans.exports.makers import NOT_FOR_ANALYSTS
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def entry(noun, field):
    return next(one for one in entries_of(noun) if one.field == field)


@pytest.mark.parametrize("noun", sorted(SOURCES))
def test_every_served_field_is_in_it(noun):
    told = {one.field for one in entries_of(noun)}
    for name, field in SOURCES[noun].view.serializer_class().fields.items():
        assert name in told or field.write_only
        if isinstance(field, serializers.ListSerializer):
            assert {f"{name}[].{inside}" for inside in field.child.fields} <= told
        elif isinstance(field, serializers.Serializer):
            assert {f"{name}.{inside}" for inside in field.fields} <= told


def test_every_field_has_a_description_a_source_and_a_version():
    assert [f"{one.noun}.{one.field}" for one in dictionary() if not (one.description and one.source)] == []


def test_every_number_has_a_unit():
    assert [f"{one.noun}.{one.field}" for one in dictionary() if one.type in NUMBERS and not one.unit] == []


def test_every_code_is_told_with_its_meaning():
    told = {one.code: one.label for one in entry("steps", "status").codes}
    assert told == {code: str(label) for code, label in Step.Status.choices}
    assert [one.field for one in dictionary() if one.type == "code" and not one.codes] == []


def test_a_source_is_a_column_that_there_is():
    assert entry("steps", "due_on").source == "careplans_step.due_on"
    assert entry("steps", "plan_version").source == "careplans_plan.version"
    assert entry("steps", "gate").source == WORKED_OUT


@pytest.mark.parametrize("noun", sorted(set(SOURCES) - NOT_FOR_ANALYSTS))
def test_it_says_of_each_field_whether_analysts_read_it(noun):
    shape = shape_of(SOURCES[noun].view.serializer_class)
    for name, told in shape.items():
        assert entry(noun, name).analysts == (told != LEFT_OUT), name


@pytest.mark.parametrize("noun", sorted(SOURCES))
def test_every_column_of_a_table_is_of_a_field_in_it(noun):
    columns = columns_of(SOURCES[noun].serializer_class, with_text=True)
    names = [column.name for column in columns]
    assert len(names) == len(set(names))
    told = {one.field for one in entries_of(noun)}
    assert {column.field for column in columns} <= told
    assert set(names) <= told


def test_what_stands_beside_a_figure_says_what_it_is():
    high, counts = entry("cases", "proforma.egfr_ml_min_high"), entry("cases", "proforma.egfr_ml_min_high_included")
    assert (high.type, high.unit, high.analysts) == ("decimal number", "mL/min/1.73 m²", True)
    assert "nobody wrote one (>20)" in high.description and "Of proforma.egfr_ml_min," in high.description
    assert (counts.type, counts.unit) == ("yes or no", "")
    assert entry("cases", "proforma.diagnosed_on_until").type == "day"


def test_programs_read_it(anselm):
    found = Api(anselm).get("/dictionary/").json()["results"]
    assert found == [
        one.as_dict() | {"codes": [{"code": code.code, "label": code.label} for code in one.codes]}
        for one in dictionary()
    ]
    assert {one["noun"] for one in Api(anselm).get("/dictionary/", noun="steps").json()["results"]} == {"steps"}
    assert Api(anselm).get("/dictionary/", noun="nothing").status_code == 400


def test_it_is_a_table_over_the_api_too(anselm):
    told = Api(anselm).get("/dictionary/", noun="steps").json()["results"]
    lines = Api(anselm).get("/dictionary/", noun="steps", format="ndjson").content.decode().splitlines()
    assert [json.loads(line) for line in lines] == told
    text = Api(anselm).get("/dictionary/", noun="steps", format="csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["field"], row["unit"], json.loads(row["codes"])) for row in rows] == [
        (one["field"], one["unit"], one["codes"]) for one in told
    ]


def test_it_is_told_within_a_reporting_project_as_everywhere(board, chloe, anselm):
    """What fields mean is of no patient."""
    outside = Api(chloe).get("/dictionary/").json()
    make_project(board, by=chloe, analysts=[anselm])
    assert Api(anselm).get("/dictionary/").json() == outside


def test_a_spreadsheet_reads_it(client, anselm):
    client.force_login(anselm)
    rows = list(csv.DictReader(io.StringIO(client.get("/exports/dictionary/csv/").content.decode("utf-8-sig"))))
    assert len(rows) == len(dictionary())
    assert next(row for row in rows if row["field"] == "proforma.ki67_percent")["unit"] == "%"

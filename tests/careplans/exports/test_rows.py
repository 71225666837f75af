"""A file holds what the API's list answers the same person then: over the demo board, which has a little of everything."""

import csv
import io
import json
import zipfile

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Board, User
from careplans.api.lists.columns import columns_of
from careplans.exports import work
from careplans.exports.sources import EVERYTHING, SOURCES
from careplans.models import Case, Export, Patient, Step
from tests.careplans.api import Api
from tests.careplans.exports.makers import NOT_FOR_ANALYSTS, file_of, make_export, of_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_board")]


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 7)


@pytest.fixture(params=["coordinator", "analyst"])
def person(request):
    return of_role(request.param)


def listed(person, what, **filters):
    """Every row of the API's list, page by page."""
    api, rows, params = Api(person), [], {"page_size": 200, **filters}
    while True:
        answer = api.get(f"/{what}/", **params).json()
        rows += answer["results"]
        if not answer["next"]:
            return rows
        params["cursor"] = answer["next"].partition("cursor=")[2].partition("&")[0]


def lines(export):
    return [json.loads(line) for line in file_of(export).splitlines()]


def table(export):
    return list(csv.DictReader(io.StringIO(file_of(export).decode("utf-8-sig"))))


@pytest.mark.parametrize("what", sorted(SOURCES))
def test_ndjson_holds_the_rows_of_the_list_as_this_person_reads_it(what, person):
    if what in NOT_FOR_ANALYSTS and person == of_role("analyst"):
        pytest.skip("not for this person")
    export = make_export(person, what)
    assert export.state == "done", export.reason
    rows = listed(person, what)
    assert rows, what
    assert lines(export) == rows
    assert export.rows == len(rows)


def test_the_filters_are_those_of_the_list(person):
    board = Board.objects.get(name="Demo NET board").pk
    export = make_export(person, "steps", board=board, status=["planned", "in_progress"], due_after="2020-01-01")
    rows = listed(person, "steps", board=board, status=["planned", "in_progress"], due_after="2020-01-01")
    assert rows and len(rows) < len(listed(person, "steps"))
    assert lines(export) == rows


@pytest.mark.parametrize("what", sorted(SOURCES))
def test_csv_holds_a_column_for_each_field_and_a_line_for_each_row(what):
    person = of_role("coordinator")
    export = make_export(person, what, "csv")
    rows, found = listed(person, what), table(export)
    assert list(found[0]) == [column.name for column in columns_of(SOURCES[what].serializer_class, with_text=True)]
    assert [row["id"] for row in found] == [str(row["id"]) for row in rows]


@pytest.mark.parametrize("what", sorted(SOURCES))
def test_csv_of_an_export_is_csv_of_the_list(what):
    """One table of columns, and one way to write a cell: to the byte."""
    person = of_role("coordinator")
    told = Api(person).get(f"/{what}/", format="csv")
    assert file_of(make_export(person, what, "csv")) == b"".join(told.streaming_content)


@pytest.mark.parametrize("what", sorted(SOURCES))
def test_a_column_of_many_rows_is_that_of_each(what):
    rows = listed(of_role("coordinator"), what)
    columns = columns_of(SOURCES[what].serializer_class, with_text=True)
    assert rows and columns
    for column in columns:
        assert column.of([*rows, {}]) == [column.read(row) for row in [*rows, {}]]


def test_csv_of_a_case_has_its_facts_their_bounds_and_days_known_in_part():
    person = of_role("coordinator")
    facts = {row["id"]: row["proforma"] for row in listed(person, "cases")}
    found = table(make_export(person, "cases", "csv"))
    assert any(row["proforma.ki67_percent"] for row in found)
    for row in found:
        told = facts[int(row["id"])]
        assert row["proforma.grade"] == told["grade"]
        assert row["proforma.ki67_percent"].lstrip("'") == (told["ki67_percent"] or "")
        low = told["bounds"].get("ki67_percent", {}).get("low")
        assert row["proforma.ki67_percent_low"] == ("" if low is None else str(low))
        day = told["diagnosed_on"]
        assert row["proforma.diagnosed_on_from"][: len(day or "")] == (day or "")


def test_an_analysts_table_has_no_column_of_free_text_or_names():
    found = table(make_export(of_role("analyst"), "steps", "csv"))
    assert {"id", "status", "due_on", "owner.id"} <= set(found[0])
    assert not {"description", "rationale", "owner.name", "outcome", "reason_note"} & set(found[0])


def test_a_dataset_holds_every_list_the_dictionary_and_what_was_asked():
    person = of_role("analyst")
    export = make_export(person, EVERYTHING, "dataset")
    assert export.state == "done", export.reason
    whole = zipfile.ZipFile(io.BytesIO(file_of(export)))
    assert whole.testzip() is None
    names = set(whole.namelist())
    nouns = set(SOURCES) - NOT_FOR_ANALYSTS
    assert {f"{noun}.csv" for noun in nouns} | {f"{noun}.parquet" for noun in nouns} <= names
    assert not any(noun in name for name in names for noun in NOT_FOR_ANALYSTS)
    told = {entry["noun"] for entry in json.loads(whole.read("dictionary.json"))}
    assert told == nouns
    about = json.loads(whole.read("about.json"))
    assert about["rows"] == {noun: len(listed(person, noun)) for noun in nouns}
    assert person.name not in whole.read("about.json").decode()
    assert whole.read("dictionary.csv").startswith(b"\xef\xbb\xbflist,field")
    assert "| grade" in whole.read("dictionary.md").decode() or "proforma.grade" in whole.read("dictionary.md").decode()


def test_moments_are_in_utc_whatever_zone_the_page_shows(client):
    person = of_role("coordinator")
    client.force_login(person)
    board = Board.objects.get(name="Demo NET board")
    client.get(f"/boards/{board.pk}/")
    made = client.post(f"/exports/new/?what=arms&board={board.pk}", {"form": "ndjson"}, follow=True)
    assert made.status_code == 200, made.content[:500]
    export = Export.objects.get()
    assert export.state == "done"
    assert lines(export) == listed(person, "arms", board=board.pk)


def test_nothing_in_an_analysts_dataset_names_anybody():
    """Not a patient, not a colleague, and nothing that somebody wrote."""
    whole = zipfile.ZipFile(io.BytesIO(file_of(make_export(of_role("analyst"), EVERYTHING, "dataset"))))
    text = "\n".join(whole.read(name).decode() for name in whole.namelist() if name.endswith(".csv") and name[0] != "d")
    written = {text for pair in Step.objects.values_list("description", "rationale") for text in pair if len(text) > 12}
    names = {name for patient in Patient.objects.all() for name in (patient.family_name, patient.record_number)}
    colleagues = set(User.objects.values_list("name", flat=True))
    titles = set(Case.objects.values_list("title", flat=True))
    assert all(len(found) > 5 for found in (written, names, colleagues, titles))
    assert {one for one in written | names | colleagues | titles if one in text} == set()
    theirs = zipfile.ZipFile(io.BytesIO(file_of(make_export(of_role("coordinator"), EVERYTHING, "dataset"))))
    told = "\n".join(theirs.read(name).decode() for name in theirs.namelist() if name.endswith(".csv"))
    assert all(any(one in told for one in found) for found in (written, names, colleagues, titles))

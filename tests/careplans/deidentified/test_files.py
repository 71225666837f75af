"""Whole lists and exports within a reporting project: the same masked rows as the list's pages, and of that project for good."""

import csv
import io
import json
import zipfile

import pyarrow.parquet as parquet
import pytest

from careplans.models import Case, Export, Plan
from careplans.services.step_progress import hold_step
from tests.careplans import makers
from tests.careplans.api import ROOT, Api
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def plan(board, ana, chloe):
    return makers.make_plan(makers.make_case(board, by=ana, title="Only here"), by=ana)


@pytest.fixture
def project(board, plan, chloe, anselm):
    return make_project(board, by=chloe, analysts=[anselm])


def pages(person, noun, **params):
    return Api(person).get(f"/{noun}/", page_size=200, **params).json()["results"]


def whole(person, noun, form, **params):
    response = Api(person).get(f"/{noun}/", format=form, **params)
    assert response.status_code == 200, response.content
    return response, b"".join(response.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("noun", ["cases", "plans", "steps"])
def test_a_whole_list_says_what_its_pages_say(project, anselm, noun):
    response, text = whole(anselm, noun, "ndjson")
    assert [json.loads(line) for line in text.splitlines()] == pages(anselm, noun)
    assert f"{noun}-project-{project.pk}.ndjson" in response["Content-Disposition"]


def test_a_table_has_no_column_of_what_is_not_told(project, anselm, chloe):
    _, text = whole(anselm, "cases", "csv")
    head, row = csv.reader(io.StringIO(text))
    told = dict(zip(head, row, strict=True))
    assert told["id"] == str(pages(anselm, "cases")[0]["id"]) != str(Case.objects.get().pk)
    assert not {"title", "proforma.men1", "proforma.haemoglobin_g_dl"} & set(head)
    assert {"title", "proforma.men1"} <= set(next(csv.reader(io.StringIO(whole(chloe, "cases", "csv")[1]))))
    assert "Only here" not in text


def test_a_break_names_its_step_and_plan_as_their_lists_do(project, board, ana, chloe, anselm):
    case = makers.make_case(board, by=ana, record_number="SYN-2")
    step = makers.make_active_plan(case, by=ana, chair=chloe).steps.get()
    today = board.today
    hold_step(step, by=ana, expected_version=step.version, on=today, due_on=today, reason="medical_reason")
    [row] = pages(anselm, "step-breaks")
    of_step = {one["id"]: one["plan"] for one in pages(anselm, "steps")}
    assert row["plan"] == of_step[row["step"]] != step.plan_id
    assert [one["id"] for one in pages(anselm, "step-breaks", plan=row["plan"])] == [row["id"]]
    _, text = whole(anselm, "step-breaks", "csv")
    assert "plan" in next(csv.reader(io.StringIO(text)))


def export(person, **body):
    api = Api(person)
    made = api.post("/exports/", {"what": "plans", "form": "ndjson"} | body)
    assert made.status_code == 201, made.content
    return api, made.json()


def content(api, made, **params):
    response = api.client.get(made["file"], params)
    assert response.status_code == 200, response.content
    return response, b"".join(response.streaming_content)


def test_an_export_holds_the_masked_rows(project, anselm):
    api, made = export(anselm)
    response, data = content(api, made)
    assert [json.loads(line) for line in data.splitlines()] == pages(anselm, "plans")
    assert f"-project-{project.pk}-" in response["Content-Disposition"]


def test_parquet_holds_pseudonyms_and_months(project, plan, anselm):
    api, made = export(anselm, form="parquet", what="steps")
    table = parquet.read_table(io.BytesIO(content(api, made)[1])).to_pylist()
    assert [row["plan"] for row in table] == [pages(anselm, "plans")[0]["id"]]
    assert table[0]["planned_start"].day == 1
    assert table[0]["plan"] != plan.pk


def test_a_dataset_says_of_which_project_it_is_and_leaves_out_what_is_not_told(project, anselm):
    api, made = export(anselm, form="dataset", what="everything")
    with zipfile.ZipFile(io.BytesIO(content(api, made)[1])) as file:
        about = json.loads(file.read("about.json"))
        dictionary = json.loads(file.read("dictionary.json"))
        text = "".join(file.read(name).decode() for name in file.namelist() if name.endswith(".csv"))
    assert (about["project"], about["dates"]) == (project.pk, "months")
    fields = {(one["noun"], one["field"]) for one in dictionary}
    assert (
        ("cases", "status") in fields and ("cases", "title") not in fields and ("plans", "content_hash") not in fields
    )
    assert "Only here" not in text


def test_filters_of_an_export_take_pseudonyms(project, plan, anselm):
    told = pages(anselm, "plans")[0]
    for case, rows in ((told["case"], 1), (plan.case_id, 0)):
        api, made = export(anselm, filters={"case": case})
        assert made["rows"] == rows


def test_it_stays_of_its_project(project, board, anselm, chloe):
    other = make_project(board, by=chloe, analysts=[anselm])
    api = Api(anselm)
    made = api.client.post(
        f"{ROOT}/exports/?project={project.pk}", {"what": "plans", "form": "ndjson"}, format="json"
    ).json()
    assert api.client.get(made["file"], {"project": project.pk}).status_code == 200
    assert api.client.get(made["file"], {"project": other.pk}).status_code == 404
    assert [row["id"] for row in api.get("/exports/", project=project.pk).json()["results"]] == [made["id"]]
    assert api.get("/exports/", project=other.pk).json()["results"] == []


def test_it_is_not_fetched_once_the_project_is_over(project, anselm):
    api, made = export(anselm)
    type(project).objects.filter(pk=project.pk).update(ends_on="2026-01-02")
    assert api.client.get(made["file"]).status_code in (403, 404)


def test_what_was_taken_before_the_project_is_not_fetched_within_it(board, plan, chloe, anselm):
    api, made = export(anselm)
    make_project(board, by=chloe, analysts=[anselm])
    assert api.client.get(made["file"]).status_code == 404
    assert (Export.objects.get().project, Plan.objects.count()) == (None, 1)

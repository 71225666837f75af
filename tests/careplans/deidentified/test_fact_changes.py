"""Changes of facts within a reporting project: by pseudonyms and months, of facts that are given there, and of no others."""

import pytest

from careplans.deidentified.reader import Reader
from careplans.models import FactChange
from careplans.services.proforma import save_proforma
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.deidentified.marked import masking_key
from tests.factories import make_project
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
FIRST = {
    "grade": "G1",
    "largest_primary_mm": 23,
    "diagnosed_on": PartialDate(2019, 5, 17),
    "pregnancy": "yes",
    "haemoglobin_g_dl": "13.1",
}


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {**FIRST, "primary_site_detail": "behind the caecum"}, by=ana)
    save_proforma(case, {"grade": "G2"}, by=ana)
    with rewriting():
        FactChange.objects.update(at="2026-03-17T11:12:13Z")
    return case


def told(anselm, project):
    return Api(anselm).get("/fact-changes/", project=project.pk).json()["results"]


def test_each_says_from_what_to_what_in_which_month(board, case, chloe, ana, anselm):
    project = make_project(board, by=chloe, analysts=[anselm])
    reader = Reader(project, masking_key(project))
    rows = [row for row in told(anselm, project) if row["field"] == "grade"]
    assert [(row["old"], row["new"]) for row in rows] == [("G1", "G2"), ("not_recorded", "G1")]
    assert {(row["case"], row["by"]["id"], row["at"]) for row in rows} == {
        (reader.pseudonym("case", case.pk), reader.pseudonym("user", ana.pk), "2026-03-01T00:00:00Z")
    }
    assert {row["id"] for row in rows} == {
        reader.pseudonym("factchange", row.pk) for row in FactChange.objects.filter(field="grade")
    }


def test_a_size_is_rough_and_a_day_a_month(board, case, chloe, anselm):
    rows = {row["field"]: row["new"] for row in told(anselm, make_project(board, by=chloe, analysts=[anselm]))}
    assert (rows["largest_primary_mm"], rows["diagnosed_on"]) == (20, "2019-05")


def test_that_a_rare_fact_was_recorded_is_not_told_at_all(board, case, chloe, anselm):
    project = make_project(board, by=chloe, analysts=[anselm])
    reader, api = Reader(project, masking_key(project)), Api(anselm)
    hidden = {"pregnancy", "haemoglobin_g_dl", "primary_site_detail"}
    assert not {row["field"] for row in told(anselm, project)} & hidden
    for row in FactChange.objects.filter(field__in=hidden):
        key = reader.pseudonym("factchange", row.pk)
        assert api.get(f"/fact-changes/{key}/", project=project.pk).status_code == 404
    assert FactChange.objects.filter(field__in=hidden).count() == 3
    for name in hidden:
        assert api.get("/fact-changes/", project=project.pk, field=name).status_code == 400
    shown = told(anselm, project)[0]["id"]
    assert api.get(f"/fact-changes/{shown}/", project=project.pk).json()["id"] == shown


def test_shifted_days_are_those_of_the_patient(board, case, chloe, anselm):
    project = make_project(board, by=chloe, analysts=[anselm], dates="offsets")
    reader = Reader(project, masking_key(project))
    rows = {row["field"]: row for row in told(anselm, project)}
    change = FactChange.objects.get(field="diagnosed_on")
    assert rows["grade"]["at"] == reader.moment(change.at, case.patient_id).isoformat().replace("+00:00", "Z")
    assert rows["grade"]["at"][:10] != "2026-03-17"
    listed = Api(anselm).get("/cases/", project=project.pk).json()["results"][0]["proforma"]["diagnosed_on"]
    assert rows["diagnosed_on"]["new"] == listed != "2019-05-17"


def test_they_are_asked_by_the_pseudonym_of_their_case(board, case, chloe, ana, anselm):
    other = makers.make_case(board, by=ana, record_number="SYN-2")
    save_proforma(other, {"grade": "G3"}, by=ana)
    project = make_project(board, by=chloe, analysts=[anselm])
    key = Reader(project, masking_key(project)).pseudonym("case", other.pk)
    rows = Api(anselm).get("/fact-changes/", project=project.pk, case=key, field="grade").json()["results"]
    assert [(row["case"], row["new"]) for row in rows] == [(key, "G3")]


def test_an_export_has_the_same_rows(board, case, chloe, anselm, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    project = make_project(board, by=chloe, analysts=[anselm])
    for form in ("csv", "ndjson"):
        text = Api(anselm).get("/fact-changes/", project=project.pk, format=form)
        text = (b"".join(text) if text.streaming else text.content).decode()
        assert "G2" in text and "2026-03-17" not in text and "pregnancy" not in text and "caecum" not in text


def test_outside_of_projects_they_are_as_before(board, case, omar):
    fields = {row["field"] for row in Api(omar).get("/fact-changes/").json()["results"]}
    assert {"pregnancy", "grade", "primary_site_detail"} <= fields

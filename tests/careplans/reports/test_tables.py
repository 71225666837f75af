"""Answers of reports as CSV and NDJSON over the API: what JSON says, by the columns of pages and exports."""

import csv
import gzip
import io
import json
import re

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Notice
from careplans.reports.api import tables
from careplans.reports.contents import ALL
from tests.careplans import makers
from tests.careplans.api import ROOT, Api, problem
from tests.careplans.deidentified.test_reports import MARCH, made_plans, plans, project  # noqa: F401
from tests.careplans.doors import browser
from tests.careplans.exports.makers import file_of, make_export
from tests.careplans.reports.test_pages import LATER
from tests.careplans.reports.test_withheld import BY_PHASE, some  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
FIGURES, ROWS, SCORECARD = "/reports/concordance/", "/reports/concordance/rows/", "/scorecard/"
MEDIA = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


def get(person, path, params, **headers):
    return Api(person).client.get(ROOT + path, params, **headers)


def asked(person, path, form, *, accept=False, **params):
    answer = (
        get(person, path, params, HTTP_ACCEPT=MEDIA[form]) if accept else get(person, path, params | {"format": form})
    )
    content = getattr(answer, "streaming_content", None)
    text = (b"".join(content) if content else answer.content).decode("utf-8-sig")
    assert answer.status_code == 200, text
    assert answer["Content-Type"] == f"{MEDIA[form]}; charset=utf-8"
    assert "Accept" in answer["Vary"]
    return answer, text


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("accept", [False, True])
def test_the_lines_are_the_rows_of_json_and_last_their_total(some, chloe, accept):  # noqa: F811
    told = Api(chloe).get(FIGURES, **BY_PHASE).json()
    moments = {name: told[name] for name in ("as_of", "known_by")}
    _, text = asked(chloe, FIGURES, "ndjson", accept=accept, **BY_PHASE, **moments)
    *rows, total = lines(text)
    assert rows == [{"total": False, **row, "rows_left_out": None} for row in told["results"]] != []
    assert total == {"total": True, "phase": None, **told["total"], "rows_left_out": False}


@pytest.mark.parametrize("address", [FIGURES, ROWS, "/scorecard/"])
def test_the_head_says_of_when_it_is_and_so_it_can_be_asked_again(some, ana, chloe, address):  # noqa: F811
    params = {"until": LATER} | ({"measure": "steps"} if address == ROWS else {})
    answer, text = asked(chloe, address, "csv", **params)
    said = dict(re.findall(r'(\w+)="([^"]+)"', answer["Asked"]))
    makers.make_active_plan(makers.make_case(some, by=ana), by=ana, chair=chloe)
    assert asked(chloe, address, "csv", **params)[1] != text
    assert set(said) - {"since", "until", "as_of", "known_by"} == set()
    again, same = asked(
        chloe, address, "csv", **params, **{name: said[name] for name in ("as_of", "known_by", "since")}
    )
    assert same == text and again["Asked"] == answer["Asked"]


def test_the_table_is_that_of_the_page_and_of_the_export(some, chloe):  # noqa: F811
    """To the byte, of the same moment."""
    made = make_export(chloe, "report.concordance", "csv", **BY_PHASE)
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by", "since")}
    params = BY_PHASE | moments
    _, text = asked(chloe, FIGURES, "csv", **params)
    page = browser(chloe).get(reverse("careplans:report_csv", args=["concordance"]), params)
    assert page.content.decode("utf-8-sig") == text == file_of(made).decode("utf-8-sig")
    assert [(row["phase"], row["steps"]) for row in table(text)] == [
        ("symptom_control", "6"), ("tumour_control", "2"), ("", "8")
    ]  # fmt: skip


def test_rows_come_all_in_one_answer_however_many(some, chloe, monkeypatch):  # noqa: F811
    """In stretches of three; JSON has them in pages."""
    told = Api(chloe).get(ROWS, measure="steps", until=LATER).json()["results"]
    monkeypatch.setattr(tables, "STRETCH", 3)
    _, text = asked(chloe, ROWS, "ndjson", measure="steps", until=LATER)
    assert lines(text) == told and len(told) == 8
    _, text = asked(chloe, ROWS, "csv", measure="steps", until=LATER)
    assert [row["case"] for row in table(text)] == [str(row["case"]) for row in told]
    assert AuditEvent.objects.filter(action="list.exported", data__rows=8, data__whole=True).count() == 2


def test_rows_as_a_table_are_those_of_the_export(some, chloe):  # noqa: F811
    made = make_export(chloe, "rows.concordance", "csv", measure="steps", until=LATER)
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by", "since")}
    _, text = asked(chloe, ROWS, "csv", measure="steps", until=LATER, **moments)
    assert text == file_of(made).decode("utf-8-sig")


def test_the_scorecard_as_a_table_is_that_of_the_export(some, chloe):  # noqa: F811
    made = make_export(chloe, "scorecard", "csv", by="quarter")
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by", "since", "until")}
    answer, text = asked(chloe, SCORECARD, "csv", by="quarter", **moments)
    assert text == file_of(made).decode("utf-8-sig")
    assert answer["Withheld"] == "figures=0, rows=?0, smallest=1"
    told = Api(chloe).get(SCORECARD, **moments).json()
    now = {row["indicator"]: row["count"] for row in table(text) if row["period"] == "now" and row["quarter"] == ""}
    assert set(now) == {one["name"] for one in told["results"]}


def test_the_list_of_reports_is_a_table_too(some, chloe):  # noqa: F811
    told = Api(chloe).get("/reports/").json()["results"]
    _, text = asked(chloe, "/reports/", "ndjson")
    assert lines(text) == told and len(told) == len(ALL)
    _, text = asked(chloe, "/reports/", "csv", accept=True)
    rows = table(text)
    assert [(row["name"], row["title"]) for row in rows] == [(one["name"], one["title"]) for one in told]
    assert json.loads(rows[0]["measures"]) == told[0]["measures"]


def test_who_is_not_shown_all_finds_how_much_in_the_head_and_no_line_of_it(some, anselm):  # noqa: F811
    told = Api(anselm).get(FIGURES, **BY_PHASE).json()
    left = told["withheld"]
    assert left["rows"] and left["smallest"] == 5
    for form in MEDIA:
        answer, text = asked(anselm, FIGURES, form, **BY_PHASE)
        assert answer["Withheld"] == f"figures={left['figures']}, rows=?1, smallest=5"
        rows = lines(text) if form == "ndjson" else table(text)
        assert len(rows) == len(told["results"]) + 1
        assert rows[-1]["rows_left_out"] in (True, "true")
        assert "tumour_control" not in text


def test_what_may_not_be_seen_is_refused_as_json_refuses_it(some, anselm):  # noqa: F811
    for form in ("json", *MEDIA):
        answer = Api(anselm).get(ROWS, phase="tumour_control", until=LATER, format=form)
        assert answer.status_code == 403 and "too few" in problem(answer)


def test_within_a_project_tables_say_what_json_says(project, anselm, chloe):  # noqa: F811
    """17 plans in March, two of them by embolisation: `tests/careplans/deidentified/test_reports.py`."""
    params = MARCH | {"by": "modality"}
    told = Api(anselm).get("/reports/releases/", **params).json()
    for form in MEDIA:
        answer, text = asked(anselm, "/reports/releases/", form, **params)
        assert f"project-{project.pk}.{form}" in answer["Content-Disposition"]
        assert answer["Withheld"] == f"figures={told['withheld']['figures']}, rows=?1, smallest=5"
        assert "TAE" not in text
    assert lines(text)[:-1] == [{"total": False, **row, "rows_left_out": None} for row in told["results"]] != []
    rows = Api(anselm).get("/reports/releases/rows/", **MARCH).json()["results"]
    _, text = asked(anselm, "/reports/releases/rows/", "ndjson", **MARCH)
    assert lines(text) == rows and len(rows) == 17
    own = Api(chloe).get("/reports/releases/rows/", **MARCH).json()["results"]
    assert not {row["case"] for row in rows} & {row["case"] for row in own}


def test_who_has_the_figures_already_is_told_so(some, chloe):  # noqa: F811
    params = BY_PHASE | {"as_of": Api(chloe).get(FIGURES, **BY_PHASE).json()["as_of"]}
    first, _ = asked(chloe, FIGURES, "csv", **params)
    again = get(chloe, FIGURES, params | {"format": "csv"}, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert get(chloe, FIGURES, params, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_figures_go_out_compressed_to_who_likes_that(some, chloe):  # noqa: F811
    answer = get(chloe, FIGURES, BY_PHASE | {"format": "csv"}, HTTP_ACCEPT_ENCODING="gzip")
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).decode("utf-8-sig").startswith("total,phase,")


def test_what_has_no_table_says_where_there_is_one(board, chloe):
    answer = Api(chloe).get("/report-pack/", format="csv")
    assert answer.status_code == 406
    assert "/reports/{name}/rows/" in problem(answer) and "/exports/" in problem(answer)


def test_a_table_of_rows_begins_at_its_beginning(some, chloe):  # noqa: F811
    answer = Api(chloe).get(ROWS, after="1", format="csv")
    assert answer.status_code == 400 and "after" in str(answer.json())


@pytest.mark.parametrize("name", [one.name for one in ALL])
def test_every_report_answers_as_a_table(board, chloe, name):
    for form in MEDIA:
        asked(chloe, f"/reports/{name}/", form)
        asked(chloe, f"/reports/{name}/rows/", form)


def test_a_word_that_a_spreadsheet_would_run_is_none(some, chloe, monkeypatch):  # noqa: F811
    """No report holds what somebody typed; were one to, its cell would be as in the other tables."""
    monkeypatch.setattr(tables, "figure_rows", lambda found: [{"total": False, "phase": "=1+1"}])
    _, text = asked(chloe, FIGURES, "csv", **BY_PHASE)
    assert table(text)[0]["phase"] == "'=1+1"


@pytest.mark.parametrize(
    ("what", "asked_for", "words"),
    [
        ("report.concordance", BY_PHASE, "rows_left_out of its total says whether rows are missing for that"),
        ("scorecard", {}, "suppressed marks such a figure"),
    ],
)
def test_an_export_says_on_its_page_and_in_its_notice_that_small_numbers_are_not_in_it(
    some, chloe, anselm, what, asked_for, words  # noqa: F811
):  # fmt: skip
    for person, is_told in ((anselm, True), (chloe, False)):
        made = make_export(person, what, "csv", **asked_for)
        page = browser(person).get(reverse("careplans:export", args=[made.pk])).content.decode()
        notice = Notice.objects.get(user=person).text
        told = f"What tells of fewer than 5 is not shown in it; {words}."
        assert (told in page, told in notice) == (is_told, is_told)


def test_an_export_of_figures_says_at_its_total_that_rows_are_left_out(some, chloe, anselm):  # noqa: F811
    for person, left_out in ((anselm, "true"), (chloe, "false")):
        rows = table(file_of(make_export(person, "report.concordance", "csv", **BY_PHASE)).decode("utf-8-sig"))
        assert [row["rows_left_out"] for row in rows if row["total"] == "true"] == [left_out]

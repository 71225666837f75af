"""Reports as somebody from outside of the board reads them: which figures are left out, worked out by hand, and their rows."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from careplans.deidentified.reader import Reader
from careplans.models import Case
from careplans.reports.contents import ALL
from careplans.reports.scorecard.contents import INDICATORS
from careplans.reports.scorecard.figures import IN_NUMERATOR
from careplans.reports.unit_columns import COLUMNS
from careplans.services.cases import open_case
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.reports.test_releases import on, released
from tests.factories import make_project
from tests.fuzzing import draw

pytestmark = pytest.mark.django_db
MARCH = {"since": "2026-03-01", "until": "2026-03-31", "as_of": "2026-04-30"}


@pytest.fixture
def made_plans(pages, board, ana, chloe):
    """In March: 9 of somatostatin analogues, 6 of PRRT, 2 of TAE; one plan of one patient each, on the 17th."""
    codes = ["OSA"] * 9 + ["PRRT"] * 6 + ["TAE"] * 2
    with on((3, 17)):
        for number, code in enumerate(codes):
            released(board, by=ana, chair=chloe, number=number, steps=[("tumour_control", code)])
    return codes


@pytest.fixture
def plans(made_plans):
    with on((5, 20)):
        yield made_plans


@pytest.fixture
def project(plans, board, chloe, anselm):
    return make_project(board, by=chloe, analysts=[anselm])


def read(person, **params):
    response = Api(person).get("/reports/releases/", **(MARCH | params))
    assert response.status_code == 200, response.content
    return response.json()


def by_modality(told):
    return {row["modality"]: row["plans"] for row in told["results"]}


def test_the_board_reads_every_number(plans, chloe):
    assert by_modality(read(chloe, by="modality")) == {"OSA": 9, "PRRT": 6, "TAE": 2}


@pytest.mark.parametrize("within", [False, True])
def test_two_of_embolisation_are_left_out_and_the_next_smallest_with_them(plans, board, chloe, anselm, within):
    """Of 17 in all with 9 and 6 shown, 2 would be the rest. A row of which nothing is shown is not there."""
    if within:
        make_project(board, by=chloe, analysts=[anselm])
    told = read(anselm, by="modality")
    assert by_modality(told) == {"OSA": 9}
    assert told["total"]["plans"] == 17


def test_a_filter_tells_no_more_than_the_table(project, anselm):
    """Asked alone, the 6 of PRRT would leave 17 - 9 - 6."""
    for code, plans in (("OSA", 9), ("PRRT", None), ("TAE", None)):
        assert read(anselm, by="", modality=code)["total"]["plans"] == plans
    assert by_modality(read(anselm, by="modality", modality="PRRT")) == {}


def test_where_every_number_is_large_all_are_shown(project, anselm):
    assert read(anselm, by="phase")["results"][0]["plans"] == 17


def test_the_rows_of_a_figure_that_is_not_shown_are_refused(project, anselm):
    ask = {**MARCH, "measure": "plans"}
    for code in ("TAE", "PRRT"):
        response = Api(anselm).get("/reports/releases/rows/", modality=code, **ask)
        assert response.status_code == 403
        assert "too few" in problem(response)


def test_rows_are_told_by_pseudonyms_and_months(project, anselm):
    rows = Api(anselm).get("/reports/releases/rows/", modality="OSA", measure="plans", **MARCH).json()["results"]
    reader = Reader(project, key=key_of(project))
    assert len(rows) == 9
    assert {row["day"] for row in rows} == {"2026-03-01"}
    cases = {reader.unmask("case", row["case"]) for row in rows}
    assert len(cases) == 9
    assert cases <= set(Case.objects.values_list("pk", flat=True))
    assert not {row["case"] for row in rows} & set(Case.objects.values_list("pk", flat=True))


def key_of(project):
    from accounts.pseudonyms import key_of

    return key_of(project)


def test_shifted_days_have_no_rows_of_a_period(plans, board, chloe, anselm):
    make_project(board, by=chloe, analysts=[anselm], dates="offsets")
    response = Api(anselm).get("/reports/releases/rows/", modality="OSA", measure="plans", **MARCH)
    assert response.status_code == 403
    assert "shifted" in problem(response)


def test_within_a_project_a_question_is_of_whole_months(project, anselm):
    """So two periods that differ by a day are one."""
    told = read(anselm, by="", since="2026-03-18", until="2026-03-20", as_of="2026-04-17")
    assert (told["since"], told["until"]) == ("2026-03-01", "2026-03-31")
    assert told["as_of"].startswith("2026-03-31T")
    assert told["total"]["plans"] == 17
    now = read(anselm, by="", as_of="now")
    assert now["as_of"].startswith("2026-04-30T")


def test_five_steps_of_one_patient_are_one_patient(pages, board, ana, chloe, anselm):
    with on((3, 17)):
        steps = [("tumour_control", "OSA")] * 6
        released(board, by=ana, chair=chloe, number=1, steps=steps)
    with on((5, 20)):
        assert read(chloe, by="")["total"]["steps"] == 6
        assert read(anselm, by="")["total"]["steps"] is None


def test_too_wide_a_question_is_refused_with_what_to_do(project, anselm, chloe):
    wide = MARCH | {"by": "board,phase,modality,course"}
    assert Api(chloe).get("/reports/releases/", **wide).status_code == 200
    refused = Api(anselm).get("/reports/releases/", **wide)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "by")


def test_the_scorecard_is_of_whole_months_and_hides_the_same(project, anselm, chloe):
    ask = {"since": "2026-03-10", "until": "2026-03-20", "as_of": "2026-04-30"}
    told = Api(anselm).get("/scorecard/", **ask).json()
    assert told["before"] == {"since": "2026-02-01", "until": "2026-02-28"}
    figures = {one["name"]: one["figure"] for one in told["results"]}
    whole = {one["name"]: one["figure"] for one in Api(chloe).get("/scorecard/", **ask).json()["results"]}
    assert figures["new-patients"]["count"] == whole["new-patients"]["count"] == 17
    for name, figure in figures.items():
        assert not 0 < (figure["count"] or 0) < 5, name
        assert figure["least"] is None, name


def test_owners_are_told_by_pseudonyms_and_asked_by_them(pages, board, ana, chloe, anselm):
    with on((3, 17)):
        for number in range(6):
            released(board, by=ana, chair=chloe, number=number, steps=[("tumour_control", "OSA")])
    with on((5, 20)):
        project = make_project(board, by=chloe, analysts=[anselm])
        api = Api(anselm)
        ask = {"since": "2026-01-01", "until": "2027-12-31"}
        row = api.get("/reports/concordance/", by="owner", **ask).json()["results"][0]
        assert row["owner"] == Reader(project, key=key_of(project)).pseudonym("user", ana.pk)
        assert row["steps"] == 6
        assert api.get("/reports/concordance/", by="", owner=row["owner"], **ask).json()["total"]["steps"] == 6
        assert api.get("/reports/concordance/", by="", owner=ana.pk, **ask).json()["total"]["steps"] == 0


def test_it_is_decided_of_every_column_how_it_is_told():
    for report in ALL:
        for name in (*report.shown, IN_NUMERATOR):
            dimensions = {one.column for one in report.dimensions}
            assert name in COLUMNS or name in dimensions, (report.name, name)


def test_the_file_and_the_page_say_the_same(project, anselm):
    from tests.careplans.reports.test_pages import page

    ask = MARCH | {"by": "modality", "project": project.pk}
    text = page(anselm, "report_csv", "releases", **ask).content.decode("utf-8-sig")
    lines = [line.split(",") for line in text.splitlines()]
    assert [line[:3] for line in lines[1:]] == [["false", "OSA", "9"], ["true", "", "17"]]
    assert "PRRT" not in text and (lines[0][-1], lines[-1][-1]) == ("rows_left_out", "true")
    html = page(anselm, "report", "releases", **ask).content.decode()
    assert "PRRT" not in html.split("<tbody>")[1].split("</tbody>")[0]
    assert date(2026, 3, 17).isoformat() not in html


@pytest.fixture
def waiting(plans, board, ana):
    """Three who wait to be taken on, too few to be shown."""
    with on((3, 18)):
        for number in range(30, 33):
            patient = makers.make_patient(board, by=ana, record_number=f"W-{number}")
            open_case(patient, by=ana, title="-", responsible=ana, status="referred")


@pytest.mark.parametrize("within", [False, True])
def test_each_indicator_and_each_figure_that_is_linked_opens(waiting, client, board, chloe, anselm, within):
    """Where the figure tells of few its page shows what it is, and that its rows are not shown."""
    if within:
        make_project(board, by=chloe, analysts=[anselm])
    client.force_login(anselm)
    hidden = 0
    for one in INDICATORS:
        page = client.get(reverse("careplans:scorecard_indicator", args=[one.name]))
        assert page.status_code == 200, one.name
        text = page.content.decode()
        assert one.says.split(".")[0][:30] in unescape(text), one.name
        hidden += "too few to be shown" in text
    assert hidden
    for report in ALL:
        page = client.get(reverse("careplans:report", args=[report.name]))
        found = sorted(set(re.findall(r'href="([^"]*/rows/[^"]*)"', page.content.decode())))
        for address in draw.some(found, 3, f"rows of {report.name}"):
            assert client.get(unescape(address)).status_code == 200, address

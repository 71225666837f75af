"""All reports in one: the page, the PDF and the JSON say the same, of the same moment."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from careplans.readers.known import moments
from careplans.reports.contents import REPORTS
from careplans.reports.pack import making
from careplans.reports.scorecard.contents import INDICATORS
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(pages, board, ana, chloe, omar):
    case = makers.make_case(board, by=ana)
    makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    makers.make_follow_up(case, by=ana, due_on=date(2026, 3, 9), assignee=omar)
    return case


def flat(text):
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def read_page(person, **params):
    html = browser(person).get(reverse("careplans:report_pack"), params).content.decode()
    seen = re.sub(r'<span class="nhsuk-u-visually-hidden">.*?</span>', "", html.split("<main")[1].split("</main>")[0])
    return flat(unescape(re.sub(r"<[^>]+>", " ", seen)))


def read_pdf(person, **params):
    response = browser(person).get(reverse("careplans:report_pack_pdf"), params)
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content))


def test_page_pdf_and_json_say_the_same(case, chloe):
    """Each figure of the JSON stands in the section of its report, in the words of page and PDF."""
    page, pdf = read_page(chloe), flat(" ".join(one.extract_text() for one in read_pdf(chloe).pages))
    told = Api(chloe).get("/report-pack/").json()
    assert [one["report"] for one in told["reports"] if one["by"] != ["reason"]] == [one.name for one in REPORTS]
    by_name = {one["report"]: one for one in told["reports"]}
    assert by_name["releases"]["total"] == {"plans": 1, "first_plans": 1, "cases": 1, "steps": 2}
    late = by_name["overdue"]["total"]["late"]["median"]
    begun = by_name["waiting"]["total"]["begun"]
    for text in (page, pdf):
        assert "All together 1 1 1 2" in re.sub(r", (Plans|First plans|Cases|Steps), all together: the rows", "", text)
        assert f"{late:g} days 1 measured" in re.sub(
            r", Days overdue, (all together|Omar Oncologist): the rows", "", text
        )
        assert (begun["count"], begun["among"]) == (0, 1) and "0 of 1, 0 %" in text
        assert all(one.title in text and one.question in text for one in REPORTS)


def test_why_what_was_planned_was_not_done_stands_in_all_three(case, omar, chloe):
    """Of two steps one was not done, since the patient did not want it."""
    step = case.plans.get().steps.order_by("position").first()
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice")
    period = {"until": str(step.board.today + timedelta(days=365))}
    told = Api(chloe).get("/report-pack/", **period).json()
    of_steps = [one for one in told["reports"] if one["report"] == "concordance"]
    assert [one["by"] for one in of_steps] == [["modality"], ["reason"]]
    assert {row["reason"]: row["not_done"] for row in of_steps[1]["results"]} == {"patient_choice": 1, None: 0}
    page, pdf = (
        read_page(chloe, **period), flat(" ".join(one.extract_text() for one in read_pdf(chloe, **period).pages)),
    )  # fmt: skip
    for text in (page, pdf):
        begin, end = text.index("Planned against delivered, by reason"), text.index("Which cycles, sessions")
        assert "Patient's choice 1 0" in re.sub(
            r", [^:,]+, Patient's choice: the rows", "", text[begin:end].replace("’", "'")
        )


def test_the_scorecard_stands_in_all_three(case, chloe):
    """Each indicator with its figure, in the words of its own page; as JSON as it answers alone."""
    page, pdf = read_page(chloe), flat(" ".join(one.extract_text() for one in read_pdf(chloe).pages))
    told = Api(chloe).get("/report-pack/").json()
    names = ("as_of", "known_by", "since", "until")
    alone = Api(chloe).get("/scorecard/", **{name: told[name] for name in names}).json()
    assert told["scorecard"] == alone and len(alone["results"]) == len(INDICATORS)
    asked = {"since": told["since"], "until": told["until"]}
    lines = browser(chloe).get(reverse("careplans:scorecard"), asked).context["groups"]
    assert sum(len(rows) for _, rows in lines) == len(INDICATORS)
    for line in (one for _, rows in lines for one in rows):
        for text in (page, pdf):
            assert line.indicator.title in text
        assert f"{line.indicator.title} {line.indicator.says} {line.value}" in pdf, line.indicator.name
        assert all(words in page and words in pdf for words in (*line.beside, *line.left_out, *line.before_beside))
    assert "Survival" in pdf or "survival" in pdf


def test_the_json_of_the_same_question_is_linked(case, chloe):
    client = browser(chloe)
    asked = {"since": "2026-01-01", "until": "2026-02-28", "as_of": "", "board": str(case.board_id)}
    html = client.get(reverse("careplans:report_pack"), asked).content.decode()
    [link] = re.findall(r'href="([^"]*)">as JSON', html)
    told = client.get(unescape(link))
    assert told.status_code == 200, told.content
    found = told.json()
    assert (found["since"], found["until"], found["board"]) == ("2026-01-01", "2026-02-28", case.board_id)


def test_beyond_the_board_the_scorecard_is_suppressed_in_all_three(case, anselm):
    told = Api(anselm).get("/report-pack/").json()["scorecard"]
    hidden = [one["name"] for one in told["results"] if one["figure"]["suppressed"]]
    assert hidden and told["smallest"] == 5
    page, pdf = read_page(anselm), flat(" ".join(one.extract_text() for one in read_pdf(anselm).pages))
    assert page.count("too few to show") >= len(hidden) and pdf.count("too few to show") >= len(hidden)


def test_the_pdf_is_tagged_and_has_a_title(case, chloe):
    found = read_pdf(chloe)
    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert found.metadata.title == "Reports of Northgate"


def test_all_are_as_of_one_moment(case, chloe):
    told = Api(chloe).get("/report-pack/", since="2026-01-01").json()
    assert {(one["as_of"], one["known_by"]) for one in told["reports"]} == {(told["as_of"], told["known_by"])}
    assert {one["since"] for one in told["reports"]} == {"2026-01-01", None}


def test_each_alone_answers_the_same(case, chloe):
    told = Api(chloe).get("/report-pack/").json()
    for one in told["reports"]:
        names = ("as_of", "known_by", *(("since", "until") if one["since"] else ()))
        params = {name: one[name] for name in names} | {"by": ",".join(one["by"])}
        assert Api(chloe).get(f"/reports/{one['report']}/", **params).json() == one


def test_what_cannot_be_asked_is_refused(board, chloe):
    assert Api(chloe).get("/report-pack/", by="board").status_code == 400
    assert browser(chloe).get(reverse("careplans:report_pack_pdf"), {"until": "x"}).status_code == 400


def test_page_and_pdf_say_where_lines_are_left_out_and_the_json_holds_all(case, chloe, monkeypatch):
    monkeypatch.setattr(making, "MOST_LINES", 1)
    told = Api(chloe).get("/report-pack/").json()
    counts = {one["report"]: len(one["results"]) for one in told["reports"]}
    cut = {name: count for name, count in counts.items() if count > 1}
    page, pdf = read_page(chloe), flat(" ".join(one.extract_text() for one in read_pdf(chloe).pages))
    words = [f"The first 1 of {count} lines. All of them stand in this report alone." for count in cut.values()]
    assert words
    for text in (page, pdf):
        assert text.count("of them stand in this report alone") == len(words)
        assert all(one in text for one in words)
    html = browser(chloe).get(reverse("careplans:report_pack")).content.decode()
    links = re.findall(r'href="([^"]*)">[^<]*, all lines', html)
    assert len(links) == len(words)
    alone = browser(chloe).get(unescape(links[0]))
    assert alone.status_code == 200 and "of them stand in this report alone" not in alone.content.decode()


def test_an_analyst_reads_no_names_on_paper(case, anselm, chloe):
    told = [flat(" ".join(one.extract_text() for one in read_pdf(person).pages)) for person in (chloe, anselm)]
    assert ["Omar" in text for text in told] == [True, False]
    assert ["not shown" in text for text in told] == [False, True]


def test_the_settled_moment_is_asked_once_and_more_rows_take_no_more_statements(
    case, board, ana, chloe, omar, monkeypatch
):
    """Of all reports together; by a lock of writers on SQLite, and a look at all sessions on PostgreSQL."""
    asked = []
    monkeypatch.setattr(making, "settled_now", lambda: asked.append(1) or moments.settled_now())
    monkeypatch.setattr("careplans.readers.known.asked.settled_now", lambda: pytest.fail("asked again"))
    Api(chloe).get("/report-pack/")

    def statements():
        with CaptureQueriesContext(connection) as heard:
            assert Api(chloe).get("/report-pack/").status_code == 200
        return len(heard)

    before, asked[:] = statements(), []
    for number in range(2, 12):
        more = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        makers.make_active_plan(more, by=ana, chair=chloe, steps=2)
        makers.make_follow_up(more, by=ana, due_on=date(2026, 3, 9), assignee=omar)
    assert statements() == before
    assert len(asked) == 1

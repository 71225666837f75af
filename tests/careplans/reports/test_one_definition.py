"""On the demo board, each number is the same wherever it is told: the pack as page, PDF, JSON and files, the scorecard and the
reports behind it, the override report, the lists and FHIR."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from accounts.models import User
from careplans.reports.contents import BY_NAME, REPORTS
from careplans.reports.pack.making import MOST_LINES, make_pack, sheet_of
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.reports.test_pack import flat, read_pdf

# Each test runs in a savepoint of the module's transaction.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_board")]


@pytest.fixture
def chair(demo_board):
    return User.objects.get(email="chair@consilium.example")


@pytest.fixture
def told(chair):
    return Api(chair).get("/report-pack/").json()


@pytest.fixture
def moments(told):
    return {name: told[name] for name in ("as_of", "known_by")}


def half_up(part):
    """In whole hundredths, as somebody rounds by hand."""
    return int((part * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def wilson(count, among):
    """The ends of the 95 % interval, unrounded: as the JSON has them they were rounded once already."""
    part, size, z = Decimal(count) / Decimal(among), Decimal(among), Decimal("1.959964")
    middle, half = part + z * z / (2 * size), z * (part * (1 - part) / size + z * z / (4 * size * size)).sqrt()
    return [max(Decimal(0), min(Decimal(1), edge / (1 + z * z / size))) for edge in (middle - half, middle + half)]


def in_words(measure, figure):
    """As a reader has it, worked out from the JSON alone: the figure, and what stands small below it."""
    if not isinstance(figure, dict):
        return str(figure), ""
    if "among" in figure:
        if figure["share"] is None:
            return "0 of 0", ""
        low, high = (f"{half_up(edge)} %" for edge in wilson(figure["count"], figure["among"]))
        share = half_up(Decimal(figure["count"]) / Decimal(figure["among"]))
        return f"{figure['count']} of {figure['among']}, {share} %", f"95 % interval {low} to {high}"
    if figure["count"] == 0:
        return "none measured", ""
    if figure["count"] == 1:
        return f"{figure['least']} {measure.unit}", "1 measured"
    half = f"half within {figure['lower_quartile']:g} to {figure['upper_quartile']:g}, {figure['count']} measured"
    return f"median {figure['median']:g} {measure.unit}", half


def lines_of(told):
    """Of one report every line with its figures, the total last."""
    report = BY_NAME[told["report"]]
    rows = told["results"][:MOST_LINES]
    rows = [*rows, told["total"]] if told["by"] and rows else rows
    return [[" ".join(in_words(one, row[one.name])).strip() for one in report.measures] for row in rows]


class Tables(HTMLParser):
    """The cells of each table of a page by its caption, without what only a screen reader says."""

    def __init__(self):
        super().__init__()
        self.found, self.caption, self.cell, self.hidden = {}, "", None, 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "caption":
            self.caption = None
        if tag == "span" and (self.hidden or "visually-hidden" in given.get("class", "")):
            self.hidden += 1
        if tag == "tr":
            self.row = []
        if tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag == "span" and self.hidden:
            self.hidden -= 1
        if tag in ("td", "th"):
            self.row.append(flat(self.cell).strip())
            self.cell = None
        if tag == "tr":
            self.found.setdefault(self.caption, []).append(self.row)

    def handle_data(self, data):
        if self.caption is None:
            self.caption = data.strip()
        elif self.cell is not None and not self.hidden:
            self.cell += f" {data}"


def test_each_figure_of_the_json_stands_on_the_page(chair, told):
    page = browser(chair).get(reverse("careplans:report_pack")).content.decode()
    tables = Tables()
    tables.feed(page)
    seen = 0
    for one in told["reports"]:
        lines = lines_of(one)
        wide = len(BY_NAME[one["report"]].measures)
        rows = tables.found.get(title_of(one), [[]])[1:]
        assert [row[-wide:] for row in rows] == lines, one["report"]
        seen += sum(map(len, lines))
    assert seen > 500


def test_what_is_set_in_type_is_each_figure_of_the_json_in_its_place(chair, told, moments):
    sheet = sheet_of(make_pack(chair, moments), printed="")
    for one, part in zip(told["reports"], sheet["parts"], strict=True):
        wide = len(BY_NAME[one["report"]].measures)
        rows = [*(line[-wide:] for line in part["lines"]), *([part["total"]] if one["by"] and part["lines"] else [])]
        assert [[" ".join(cell).strip() for cell in row] for row in rows] == lines_of(one), one["report"]


def title_of(one):
    """Planned against delivered stands there twice: by modality and by reason."""
    return BY_NAME[one["report"]].title + (", by reason" if one["by"] == ["reason"] else "")


def numbers(text):
    return Counter(re.findall(r"\d+(?:\.\d+)?", text))


def test_each_figure_of_the_json_stands_in_the_pdf(chair, told):
    """As often as in the JSON, within the section of its report: a line of several cells is read across them, so that what stands
    in one cell does not stand together in the text of a PDF."""
    text = flat(" ".join(page.extract_text() for page in read_pdf(chair).pages)).replace("\u2212", "-")
    begins = [text.index(f"{title_of(one)} {BY_NAME[one['report']].question}") for one in told["reports"]]
    assert begins == sorted(begins)
    for one, begin, end in zip(told["reports"], begins, [*begins[1:], len(text)], strict=True):
        wanted = numbers(" ".join(words for line in lines_of(one) for words in line))
        assert not wanted - numbers(text[begin:end]), one["report"]
        assert sum(wanted.values()) >= len(BY_NAME[one["report"]].measures)


def test_all_reports_of_the_demo_count_something(told):
    assert [one["report"] for one in told["reports"] if one["by"] != ["reason"]] == [one.name for one in REPORTS]
    assert [one["report"] for one in told["reports"] if not one["results"]] == []


def test_the_file_of_each_report_says_the_same(chair, told, moments):
    """Each figure of its JSON, one a cell."""
    for one in told["reports"]:
        period = {name: told[name] for name in ("since", "until")} if BY_NAME[one["report"]].period else {}
        asked = moments | period | ({"by": "reason"} if one["by"] == ["reason"] else {})
        answer = browser(chair).get(reverse("careplans:report_csv", args=[one["report"]]), asked)
        lines = answer.content.decode("utf-8-sig").splitlines()
        total = [part for row in [one["total"]] for value in row.values() for part in _parts(value)]
        assert lines[-1].split(",")[-len(total) - 1 : -1] == ["" if part is None else str(part) for part in total]
        assert len(lines) == len(one["results"]) + 2


def _parts(value):
    return value.values() if isinstance(value, dict) else [value]


# Numbers that are the same by their words


YEAR_PAST = {"since": str(date.today() - timedelta(days=400))}


def test_each_indicator_is_what_its_report_tells_in_all(chair, moments):
    card = Api(chair).get("/scorecard/", **moments).json()
    period = {"since": card["since"], "until": card["until"]}
    totals = {}
    for one in card["results"]:
        report = BY_NAME[one["report"]]
        if report.name not in totals:
            asked = moments | (period if report.period else {})
            totals[report.name] = Api(chair).get(f"/reports/{report.name}/", by="", **asked).json()["total"]
        figure = totals[report.name][one["measure"]]
        told = figure if isinstance(figure, dict) else {"count": figure}
        assert {name: one["figure"][name] for name in told} == told, one["name"]
    assert len(card["results"]) > 40 and len(totals) > 8


def test_each_indicator_stands_on_its_page_and_on_that_of_the_scorecard(chair, moments):
    card = Api(chair).get("/scorecard/", **moments).json()
    asked = {"since": card["since"], "until": card["until"]}
    page = flat(unescape(browser(chair).get(reverse("careplans:scorecard"), asked).content.decode()))
    for one in card["results"]:
        if one["figure"]["among"]:
            alone = reverse("careplans:scorecard_indicator", args=[one["name"]])
            for text in (page, flat(unescape(browser(chair).get(alone, asked).content.decode()))):
                assert f"{one['figure']['count']} of {one['figure']['among']}" in text, one["name"]


def test_the_override_report_is_the_report_of_the_answers(chair):
    rules = {row["rule"]: row for row in Api(chair).get("/overrides/", **YEAR_PAST).json()["results"]}
    told = {row["rule"]: row for row in Api(chair).get("/reports/answers/", by="rule", **YEAR_PAST).json()["results"]}
    assert len(rules) > 3 and set(rules) == set(told)
    for rule, row in told.items():
        of_overrides = tuple(rules[rule][name] for name in ("fired", "followed", "kept", "unanswered", "gone"))
        figures = row["fired"], row["followed"]["count"], row["kept"]["count"], row["unanswered"], row["gone"]
        assert of_overrides == figures, rule
    by_answer = Api(chair).get("/reports/answers/", by="rule,answer", **YEAR_PAST).json()["results"]
    reasons = {(rule, code): n for rule, row in rules.items() for code, n in row["reasons"].items() if n}
    kept = {(row["rule"], row["answer"]): row["fired"] for row in by_answer if row["answer"] not in (None, "followed")}
    assert reasons == kept


def test_what_is_overdue_is_told_alike_by_the_list_the_report_and_the_scorecard(chair):
    """Of all that was ever due."""
    overdue = Api(chair).get("/reports/overdue/", by="kind").json()["results"]
    by_kind = {row["kind"]: row["overdue"] for row in overdue}
    ever = {"since": "2020-01-01", "by": "state"}
    due = {row["state"]: row for row in Api(chair).get("/reports/follow-ups-due/", **ever).json()["results"]}
    listed = Api(chair).get("/follow-ups/", overdue="true", count="true").json()["count"]
    assert by_kind["follow-up"] == due["overdue"]["overdue"]["count"] == listed > 0


def test_fhir_tells_as_many_plans_of_each_status_as_the_list(chair):
    client = Api(chair).client
    for status, plans in (("active", ["active"]), ("on-hold", ["on_hold"]), ("completed", ["completed"])):
        told = client.get("/fhir/R4/CarePlan", {"status": status, "_summary": "count"}).json()["total"]
        listed = sum(Api(chair).get("/plans/", status=one, count="true").json()["count"] for one in plans)
        assert told == listed, status
